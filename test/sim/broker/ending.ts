import type { IDisconnectPacket } from "mqtt-packet";
import type { Connection } from "./connection.js";
import { route } from "./routing.js";
import { RULES, type RuleName } from "./rules.js";
import type { Session, Will } from "./session.js";
import type { BrokerState } from "./state.js";

/** Records that the client broke a rule, and closes the connection where the rule says so. */
export function closeFor(
  state: BrokerState,
  connection: Connection,
  rule: RuleName,
  detail = "",
): void {
  state.violate(connection, rule, detail);
  const { reason } = RULES[rule];
  if (reason > 0) closeWith(state, connection, reason);
}

/** Ends a connection from the broker's side, in 5 with a word. */
export function closeWith(
  state: BrokerState,
  connection: Connection,
  reasonCode: number,
  properties: NonNullable<IDisconnectPacket["properties"]> = {},
): void {
  if (connection.phase === "closed") return;
  if (connection.version === 5 && connection.phase === "authenticating") {
    connection.say({ cmd: "connack", sessionPresent: false, reasonCode });
  } else if (connection.version === 5 && connection.phase === "connected") {
    connection.say({ cmd: "disconnect", reasonCode, properties });
  }
  end(state, connection);
}

/** DISCONNECT of a client. */
export function handleDisconnect(
  state: BrokerState,
  connection: Connection,
  packet: IDisconnectPacket,
): void {
  const expiry = packet.properties?.sessionExpiryInterval;
  const session = connection.session;
  if (expiry !== undefined && session !== undefined && connection.version === 5) {
    if (session.expiryMs === 0 && expiry > 0) {
      closeFor(state, connection, "expiryRaised");
      return;
    }
    session.expiryMs = expiryMs(expiry);
  }
  // In 5 any code but 0 leaves the will; in 3.1.1 there is no code. [MQTT-3.14.4-3]
  if ((packet.reasonCode ?? 0) === 0) connection.will = undefined;
  detach(state, connection);
  connection.phase = "left";
  connection.leftAt = state.at;
}

/** The network connection is gone, whoever ended it. */
export function end(state: BrokerState, connection: Connection): void {
  if (connection.phase === "closed") return;
  detach(state, connection);
  connection.phase = "closed";
  state.transcript.push(`${connection.name} closed`);
}

/** Session Expiry Interval in milliseconds. */
export function expiryMs(seconds: number): number {
  return seconds === 0xffffffff ? Number.POSITIVE_INFINITY : seconds * 1000;
}

/** The session ends, and with it what waited in it. */
export function endSession(state: BrokerState, session: Session): void {
  if (state.sessions.get(session.clientId) === session) state.sessions.delete(session.clientId);
  for (const delivery of [...session.inFlight, ...session.queue]) delivery.state = "lost";
  publishWill(state, session);
}

/** Publishes the will that waits for its delay, if one does. */
export function publishWill(state: BrokerState, session: Session): void {
  const will = session.will;
  session.will = undefined;
  session.willDueAt = Number.POSITIVE_INFINITY;
  if (will === undefined) return;
  const { topic, payload, qos, retain, properties } = will;
  const message = { topic, payload, qos, retain, properties };
  const { clientId } = session;
  state.received.push({ ...message, clientId, dup: false, isWill: true, at: state.at });
  route(state, message, clientId);
}

/** Parts a connection from its session. */
function detach(state: BrokerState, connection: Connection): void {
  const session = connection.session;
  if (session === undefined || connection.phase === "left") return;
  connection.phase = "closed";
  const will: Will | undefined = connection.will;
  connection.will = undefined;
  session.queue = session.queue.filter((delivery) => {
    if (delivery.qos === 0) delivery.state = "lost";
    return delivery.qos > 0;
  });
  if (!state.options.remembersIds) session.received.clear();
  session.will = will;
  session.willDueAt = state.at + (will?.delayMs ?? 0);
  session.expiresAt = state.at + session.expiryMs;
  if (session.willDueAt <= state.at) publishWill(state, session);
  if (session.expiresAt <= state.at) endSession(state, session);
}
