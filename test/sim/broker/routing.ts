import type { IPublishPacket } from "mqtt-packet";
import type { Connection } from "./connection.js";
import { pump } from "./downlink.js";
import type { PublishProperties } from "./options.js";
import type { Delivery, Session, Subscription } from "./session.js";
import type { BrokerState, Message, Retained } from "./state.js";
import { isShared, matches, withoutShare } from "./topic-rules.js";

/** A message of a client has arrived: the moment from which subscribers see it. */
export function receive(
  state: BrokerState,
  connection: Connection,
  packet: IPublishPacket,
  topic: string,
): void {
  const { qos, retain, dup } = packet;
  const properties = { ...packet.properties };
  delete properties.topicAlias; // It belongs to the connection. [MQTT-3.3.2-7]
  const message = { topic, payload: Buffer.from(packet.payload), qos, retain, properties };
  const clientId = connection.session?.clientId ?? "";
  state.received.push({ ...message, clientId, dup, isWill: false, at: state.at });
  route(state, message, clientId);
}

/** Brings a message to all who want it. @param publisher its client, for No Local */
export function route(state: BrokerState, message: Message, publisher: string): Delivery[] {
  if (message.retain) retain(state, message);
  const made: Delivery[] = [];
  const served = new Set<string>();
  for (const session of state.sessions.values()) {
    const wanted = [...session.subscriptions.values()].filter((one) =>
      isWanted(one, message.topic, session.clientId === publisher, served),
    );
    if (wanted.length > 0) made.push(enqueue(state, session, message, wanted, false));
  }
  for (const connection of state.connections) pump(state, connection);
  return made;
}

/** A new subscription gets what was retained. */
export function sendRetained(
  state: BrokerState,
  session: Session,
  subscription: Subscription,
): void {
  for (const message of state.retained.values()) {
    if (message.expiresAt <= state.at) continue;
    if (!matches(subscription.filter, message.topic)) continue;
    enqueue(state, session, message, [subscription], true, message.expiresAt);
  }
}

function retain(state: BrokerState, message: Message): void {
  if (message.payload.length === 0) state.retained.delete(message.topic);
  else {
    const kept: Retained = { ...message, expiresAt: expiryOf(state, message.properties) };
    state.retained.set(message.topic, kept);
  }
}

function isWanted(
  subscription: Subscription,
  topic: string,
  isOwn: boolean,
  served: Set<string>,
): boolean {
  const { filter, version } = subscription;
  if (subscription.noLocal && isOwn) return false;
  if (!matches(withoutShare(filter, version), topic)) return false;
  if (version === 4 || !isShared(filter)) return true;
  // One of those that share has it: always the first, which the standard allows.
  const isFirst = !served.has(filter);
  served.add(filter);
  return isFirst;
}

function enqueue(
  state: BrokerState,
  session: Session,
  message: Message,
  wanted: readonly Subscription[],
  isRetained: boolean,
  expiresAt = expiryOf(state, message.properties),
): Delivery {
  const highest = Math.max(...wanted.map((one) => one.qos));
  const qos = message.qos < highest ? message.qos : toQos(highest);
  const isAsPublished = wanted.some((one) => one.retainAsPublished);
  const identifiers = wanted.flatMap(({ identifier }) => identifier ?? []);
  const properties: PublishProperties = { ...message.properties };
  if (identifiers.length > 0) properties.subscriptionIdentifier = identifiers;
  const delivery: Delivery = {
    clientId: session.clientId,
    topic: message.topic,
    payload: message.payload,
    qos,
    retain: isRetained || (isAsPublished && message.retain),
    properties,
    expiresAt,
    state: "queued",
    packetId: 0,
    timesSent: 0,
    reasonCode: 0,
  };
  state.deliveries.push(delivery);
  const isConnected = state.connectionOf(session.clientId) !== undefined;
  if (qos > 0 || isConnected) session.queue.push(delivery);
  else delivery.state = "lost"; // QoS 0 is not kept for those who are away.
  return delivery;
}

function toQos(value: number): 0 | 1 | 2 {
  return value === 2 ? 2 : value === 1 ? 1 : 0;
}

function expiryOf(state: BrokerState, properties: PublishProperties): number {
  const seconds = properties.messageExpiryInterval;
  return seconds === undefined ? Number.POSITIVE_INFINITY : state.at + seconds * 1000;
}
