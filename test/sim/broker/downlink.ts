import type { IPubackPacket, IPubcompPacket, IPublishPacket, IPubrecPacket } from "mqtt-packet";
import type { Connection } from "./connection.js";
import type { PublishProperties } from "./options.js";
import type { RuleName } from "./rules.js";
import type { Delivery, DeliveryState, Session } from "./session.js";
import type { BrokerState } from "./state.js";

/** Writes to a client what its quota allows: first what the resumed session owes, then what waits. */
export function pump(state: BrokerState, connection: Connection): void {
  const session = connection.session;
  if (session === undefined || connection.phase !== "connected") return;
  if (state.options.isSilent) return;
  while (connection.resends.length > 0) {
    const [delivery] = connection.resends;
    if (delivery.state === "sent" && isQuotaUsed(state, connection)) return;
    connection.resends.shift();
    if (delivery.state === "received") sendPubrel(state, connection, delivery);
    else sendIfSmall(state, connection, session, delivery);
  }
  for (const delivery of [...session.queue]) {
    if (delivery.qos > 0 && isQuotaUsed(state, connection)) continue; // [MQTT-4.9.0-3]
    session.queue.splice(session.queue.indexOf(delivery), 1);
    sendFirst(state, connection, session, delivery);
  }
}

/** The session lives on over this connection. [MQTT-4.4.0-1] */
export function resume(connection: Connection, session: Session): void {
  connection.resends = [...session.inFlight];
  // However one counts what is released: a client must never see more than its Receive Maximum.
  for (const delivery of session.inFlight) {
    if (delivery.state === "received") connection.outstanding.add(delivery);
  }
}

export function handlePuback(
  state: BrokerState,
  connection: Connection,
  packet: IPubackPacket,
): void {
  if (!isAnswered(state, connection, "puback", packet.messageId, "pubackOrder")) return;
  end(state, connection, packet, "acknowledged");
}

export function handlePubrec(
  state: BrokerState,
  connection: Connection,
  packet: IPubrecPacket,
): void {
  if (!isAnswered(state, connection, "pubrec", packet.messageId, "pubrecOrder")) return;
  const delivery = find(connection, packet.messageId);
  if (delivery === undefined) return;
  if ((packet.reasonCode ?? 0) >= 0x80) {
    end(state, connection, packet, "refused");
    return;
  }
  delivery.state = "received";
  sendPubrel(state, connection, delivery);
}

export function handlePubcomp(
  state: BrokerState,
  connection: Connection,
  packet: IPubcompPacket,
): void {
  if (!isAnswered(state, connection, "pubcomp", packet.messageId, undefined)) return;
  end(state, connection, packet, "acknowledged");
}

/** Looks whether the client owed this answer, and whether others were owed before it. */
function isAnswered(
  state: BrokerState,
  connection: Connection,
  kind: "puback" | "pubrec" | "pubcomp",
  id: number | undefined,
  ifEarly: RuleName | undefined,
): boolean {
  const answer = connection.expected.answer(kind, id ?? 0);
  const detail = `${kind} ${id}`;
  if (answer === "early" && ifEarly !== undefined) state.violate(connection, ifEarly, detail);
  if (answer === "unasked") {
    const isOfOther = connection.expected.owesAnswer(id ?? 0);
    state.violate(connection, isOfOther ? "wrongAnswer" : "unasked", detail);
  }
  return answer === "early" || answer === "in order";
}

function find(connection: Connection, id: number | undefined): Delivery | undefined {
  return connection.session?.inFlight.find((one) => one.packetId === id);
}

function end(
  state: BrokerState,
  connection: Connection,
  packet: IPubackPacket | IPubrecPacket | IPubcompPacket,
  how: DeliveryState,
): void {
  const session = connection.session;
  const delivery = find(connection, packet.messageId);
  if (session === undefined || delivery === undefined) return;
  delivery.reasonCode = packet.reasonCode ?? 0;
  delivery.state = packet.cmd === "puback" && delivery.reasonCode >= 0x80 ? "refused" : how;
  session.inFlight = session.inFlight.filter((one) => one !== delivery);
  connection.outstanding.delete(delivery);
  pump(state, connection);
}

/** Whether as many messages of QoS 1 and 2 are in flight to the client as may be. */
function isQuotaUsed(state: BrokerState, connection: Connection): boolean {
  const receiveMaximum = connection.connect?.properties?.receiveMaximum ?? 65535;
  return connection.outstanding.size >= Math.min(state.options.inFlightWindow, receiveMaximum);
}

function sendFirst(
  state: BrokerState,
  connection: Connection,
  session: Session,
  delivery: Delivery,
): void {
  if (delivery.expiresAt <= state.at) {
    delivery.state = "expired";
    return;
  }
  if (delivery.qos > 0) delivery.packetId = session.unusedPacketId(state.options.lastPacketId);
  if (delivery.qos > 0) session.inFlight.push(delivery);
  sendIfSmall(state, connection, session, delivery);
}

/** What the client does not take counts as delivered. [MQTT-3.1.2-25] */
function sendIfSmall(
  state: BrokerState,
  connection: Connection,
  session: Session,
  delivery: Delivery,
): void {
  const packet = toPacket(state, connection, delivery);
  if (connection.lengthOf(packet) <= connection.maximumPacketSize) {
    sendPublish(state, connection, delivery, packet);
    return;
  }
  delivery.state = "too large";
  session.inFlight = session.inFlight.filter((one) => one !== delivery);
  connection.outstanding.delete(delivery);
  if (packet.topic !== "") connection.aliasesOut.delete(packet.topic);
}

function sendPublish(
  state: BrokerState,
  connection: Connection,
  delivery: Delivery,
  packet: IPublishPacket,
): void {
  delivery.timesSent++;
  if (delivery.qos === 0) {
    delivery.state = "acknowledged";
    connection.say(packet);
    return;
  }
  delivery.state = "sent";
  connection.outstanding.add(delivery);
  const kind = delivery.qos === 1 ? "puback" : "pubrec";
  connection.say(packet, state.expect(connection, kind, delivery.packetId));
}

function sendPubrel(state: BrokerState, connection: Connection, delivery: Delivery): void {
  const messageId = delivery.packetId;
  const reached = state.expect(connection, "pubcomp", messageId);
  connection.say({ cmd: "pubrel", messageId, reasonCode: 0 }, reached);
  for (let copy = 1; copy < state.options.copies; copy++) {
    connection.expected.allow("pubcomp", messageId);
    connection.say({ cmd: "pubrel", messageId, reasonCode: 0 });
  }
}

function toPacket(state: BrokerState, connection: Connection, delivery: Delivery): IPublishPacket {
  const { qos, retain, payload } = delivery;
  const dup = delivery.timesSent > 0;
  const packet = { cmd: "publish", qos, dup, retain, payload, topic: delivery.topic } as const;
  const identified = qos === 0 ? packet : { ...packet, messageId: delivery.packetId };
  if (connection.version === 4) return identified;
  const properties: PublishProperties = { ...delivery.properties };
  if (Number.isFinite(delivery.expiresAt)) {
    const left = Math.ceil((delivery.expiresAt - state.at) / 1000);
    properties.messageExpiryInterval = Math.max(left, 0); // [MQTT-3.3.2-6]
  }
  const topic = aliased(state, connection, delivery.topic, properties);
  return { ...identified, topic, properties };
}

/** The topic to write, empty where an alias says it. */
function aliased(
  state: BrokerState,
  connection: Connection,
  topic: string,
  properties: PublishProperties,
): string {
  const maximum = connection.connect?.properties?.topicAliasMaximum ?? 0;
  if (!state.options.usesAliases || maximum === 0) return topic;
  const known = connection.aliasesOut.get(topic);
  if (known !== undefined) {
    properties.topicAlias = known;
    return "";
  }
  if (connection.aliasesOut.size >= maximum) return topic;
  properties.topicAlias = connection.aliasesOut.size + 1;
  connection.aliasesOut.set(topic, properties.topicAlias);
  return topic;
}
