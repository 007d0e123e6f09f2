import type { ISubscribePacket, ISubscription, IUnsubscribePacket } from "mqtt-packet";
import type { Connection } from "./connection.js";
import { pump } from "./downlink.js";
import { closeFor } from "./ending.js";
import { sendRetained } from "./routing.js";
import type { RuleName } from "./rules.js";
import type { Session, Subscription } from "./session.js";
import type { BrokerState } from "./state.js";
import { hasWildcard, isShared, withoutShare } from "./topic-rules.js";

const REFUSED = 0x80;
const NO_SUBSCRIPTION = 0x11;
/** Retain Handling: only if the subscription is new; never. */
const IF_NEW = 1;
const NEVER = 2;

/** SUBSCRIBE, in itself in order. */
export function handleSubscribe(
  state: BrokerState,
  connection: Connection,
  packet: ISubscribePacket,
): void {
  const session = connection.session;
  if (session === undefined) return;
  for (const { topic } of packet.subscriptions) {
    const broken = availabilityFault(connection, packet, topic);
    if (broken === undefined) continue;
    closeFor(state, connection, broken, topic);
    return;
  }
  const messageId = packet.messageId ?? 0;
  claimId(state, connection, messageId);
  const wanted: Subscription[] = [];
  const granted = packet.subscriptions.map((one) => {
    const grantable = Math.min(one.qos, connection.granted.maximumQoS ?? 2);
    const code = state.options.subackCode(one.topic, one.qos) ?? grantable;
    if (code >= REFUSED) return code;
    const subscription = toSubscription(connection, packet, one, code);
    if (wantsRetained(session, subscription, one.rh ?? 0)) wanted.push(subscription);
    session.subscriptions.set(one.topic, subscription);
    return code;
  });
  connection.say({ cmd: "suback", messageId, granted }, () => connection.asking.delete(messageId));
  for (const subscription of wanted) sendRetained(state, session, subscription);
  pump(state, connection);
}

/** UNSUBSCRIBE, in itself in order. */
export function handleUnsubscribe(
  state: BrokerState,
  connection: Connection,
  packet: IUnsubscribePacket,
): void {
  const messageId = packet.messageId ?? 0;
  claimId(state, connection, messageId);
  const granted = packet.unsubscriptions.map((filter) =>
    connection.session?.subscriptions.delete(filter) ? 0 : NO_SUBSCRIPTION,
  );
  connection.say({ cmd: "unsuback", messageId, granted }, () => {
    connection.asking.delete(messageId);
  });
}

/** The identifier is in use until the answer has reached the client. */
function claimId(state: BrokerState, connection: Connection, id: number): void {
  if (connection.asking.has(id) || connection.view?.hasId(id)) {
    state.violate(connection, "idInUse", `identifier ${id}`);
  }
  connection.asking.add(id);
}

function availabilityFault(
  connection: Connection,
  packet: ISubscribePacket,
  filter: string,
): RuleName | undefined {
  if (connection.version === 4) return undefined;
  const granted = connection.granted;
  const isIdentified = packet.properties?.subscriptionIdentifier !== undefined;
  if (granted.subscriptionIdentifiersAvailable === false && isIdentified) return "identifier";
  if (granted.sharedSubscriptionAvailable === false && isShared(filter)) return "shared";
  if (granted.wildcardSubscriptionAvailable !== false) return undefined;
  return hasWildcard(withoutShare(filter, 5)) ? "wildcard" : undefined;
}

function toSubscription(
  connection: Connection,
  packet: ISubscribePacket,
  { topic, nl, rap }: ISubscription,
  qos: number,
): Subscription {
  return {
    filter: topic,
    qos,
    identifier: packet.properties?.subscriptionIdentifier,
    noLocal: nl ?? false,
    retainAsPublished: rap ?? false,
    version: connection.version,
  };
}

function wantsRetained(session: Session, subscription: Subscription, handling: number): boolean {
  if (subscription.version === 5 && isShared(subscription.filter)) return false;
  if (handling === NEVER) return false;
  return handling !== IF_NEW || !session.subscriptions.has(subscription.filter);
}
