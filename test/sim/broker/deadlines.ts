import type { Connection } from "./connection.js";
import { closeFor, end, endSession, publishWill } from "./ending.js";
import type { DueKind } from "./expected.js";
import type { RuleName } from "./rules.js";
import type { Session } from "./session.js";
import type { BrokerState } from "./state.js";

const NEVER = Number.POSITIVE_INFINITY;

const IF_MISSING: Readonly<Record<DueKind, RuleName>> = {
  puback: "pubackMissing",
  pubrec: "pubrecMissing",
  pubrel: "pubrelMissing",
  pubcomp: "pubcompMissing",
  publish: "notResent",
  auth: "authMissing",
};

/** Does what time asks for. */
export function tick(state: BrokerState): void {
  for (const connection of state.connections) tickConnection(state, connection);
  state.connections = state.connections.filter((one) => one.isOpen);
  for (const session of [...state.sessions.values()]) tickSession(state, session);
}

/** When `tick` is due next, in the broker's milliseconds; Infinity: at no time. */
export function nextTick(state: BrokerState): number {
  let next = NEVER;
  for (const connection of state.connections) {
    if (!connection.isOpen) continue;
    next = Math.min(next, silentAt(state, connection), goneAt(state, connection));
    if (connection.phase === "left") continue;
    next = Math.min(next, connection.expected.nextOverdue(state.options.answerDueMs));
  }
  for (const session of state.sessions.values()) {
    next = Math.min(next, session.willDueAt, session.expiresAt ?? NEVER);
  }
  return next;
}

function tickConnection(state: BrokerState, connection: Connection): void {
  if (!connection.isOpen) return;
  if (goneAt(state, connection) <= state.at) {
    closeFor(state, connection, "notClosed");
    end(state, connection);
    return;
  }
  if (connection.phase !== "left") reportOverdue(state, connection);
  if (silentAt(state, connection) > state.at) return;
  const isServers = connection.granted.serverKeepAlive !== undefined && connection.version === 5;
  closeFor(state, connection, isServers ? "serverKeepAlive" : "keepAlive");
}

function reportOverdue(state: BrokerState, connection: Connection): void {
  // A window that is full of unanswered publishes holds resends back.
  if ((connection.view?.outstanding(true, 0) ?? 0) > 0)
    connection.expected.restart("publish", state.at);
  for (const due of connection.expected.takeOverdue(state.at, state.options.answerDueMs)) {
    state.violate(connection, IF_MISSING[due.kind], due.kind === "auth" ? "" : `id ${due.id}`);
  }
}

/** [MQTT-3.1.2-24] in 3.1.1, [MQTT-3.1.2-22] in 5 */
function silentAt(state: BrokerState, connection: Connection): number {
  if (connection.keepAliveMs === 0 || connection.phase !== "connected") return NEVER;
  return connection.heardAt + connection.keepAliveMs * state.options.keepAliveFactor;
}

function goneAt(state: BrokerState, connection: Connection): number {
  return connection.leftAt + state.options.closeDueMs;
}

function tickSession(state: BrokerState, session: Session): void {
  if (session.willDueAt <= state.at) publishWill(state, session);
  if (session.expiresAt !== undefined && session.expiresAt <= state.at) endSession(state, session);
}
