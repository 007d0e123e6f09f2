import type { IPublishPacket, IPubrelPacket, Packet } from "mqtt-packet";
import type { Connection } from "./connection.js";
import { closeFor } from "./ending.js";
import { receive } from "./routing.js";
import type { RuleName } from "./rules.js";
import type { BrokerState } from "./state.js";

/** Reason codes from here on refuse. */
const REFUSED = 0x80;

/** PUBLISH of a client, whole and in itself in order. */
export function handlePublish(
  state: BrokerState,
  connection: Connection,
  packet: IPublishPacket,
): void {
  const broken = limitFault(connection, packet) ?? aliasFault(connection, packet);
  if (broken !== undefined) {
    closeFor(state, connection, broken, `PUBLISH ${packet.topic}`);
    return;
  }
  const topic = resolveAlias(connection, packet);
  if (packet.qos === 0) {
    receive(state, connection, packet, topic);
    return;
  }
  if (isQuotaUsed(state, connection, packet.messageId ?? 0)) {
    closeFor(state, connection, "tooMany", `PUBLISH ${packet.messageId}`);
    return;
  }
  police(state, connection, packet, topic);
  if (packet.qos === 1) takeAtLeastOnce(state, connection, packet, topic);
  else takeExactlyOnce(state, connection, packet, topic);
}

/** PUBREL of a client. */
export function handlePubrel(
  state: BrokerState,
  connection: Connection,
  packet: IPubrelPacket,
): void {
  const messageId = packet.messageId ?? 0;
  const answer = connection.expected.answer("pubrel", messageId);
  if (answer === "early") state.violate(connection, "pubrelOrder", `PUBREL ${messageId}`);
  if (answer === "unasked") {
    const wasRefused = connection.refusedIds.delete(messageId);
    const broken = wasRefused ? "pubrelRefused" : connection.view?.releaseFault(messageId);
    if (broken !== undefined) state.violate(connection, broken, `PUBREL ${messageId}`);
  }
  connection.view?.released(messageId);
  const received = connection.session?.received;
  const deliver = received?.get(messageId);
  received?.delete(messageId);
  deliver?.();
  const reasonCode = deliver === undefined ? 0x92 : 0;
  answerIn(state, connection, { cmd: "pubcomp", messageId, reasonCode }, () =>
    settle(state, connection, messageId),
  );
}

function takeAtLeastOnce(
  state: BrokerState,
  connection: Connection,
  packet: IPublishPacket,
  topic: string,
): void {
  const messageId = packet.messageId ?? 0;
  const reasonCode = connection.version === 5 ? state.options.publishCode(topic) : 0;
  if (reasonCode < REFUSED) receive(state, connection, packet, topic);
  answerIn(state, connection, { cmd: "puback", messageId, reasonCode }, () =>
    settle(state, connection, messageId),
  );
}

function takeExactlyOnce(
  state: BrokerState,
  connection: Connection,
  packet: IPublishPacket,
  topic: string,
): void {
  const messageId = packet.messageId ?? 0;
  const received = connection.session?.received;
  const isRepeated = received?.has(messageId) ?? false;
  const isJudged = connection.version === 5 && !isRepeated;
  const reasonCode = isJudged ? state.options.publishCode(topic) : 0;
  if (reasonCode >= REFUSED) {
    connection.refusedIds.add(messageId);
    answerIn(state, connection, { cmd: "pubrec", messageId, reasonCode }, () =>
      settle(state, connection, messageId),
    );
    return;
  }
  if (!isRepeated) {
    const deliver = () => receive(state, connection, packet, topic);
    const isAtOnce = state.options.deliversQos2 === "at PUBLISH";
    if (isAtOnce) deliver();
    received?.set(messageId, isAtOnce ? () => undefined : deliver);
  }
  connection.refusedIds.delete(messageId);
  const owed = state.expect(connection, "pubrel", messageId);
  for (let copy = 1; copy < state.options.copies; copy++) {
    connection.expected.allow("pubrel", messageId);
  }
  answerIn(state, connection, { cmd: "pubrec", messageId, reasonCode }, () => {
    owed();
    connection.view?.recorded(messageId);
    connection.expected.restart("publish", state.at);
  });
}

/** What CONNACK forbade. */
function limitFault(connection: Connection, packet: IPublishPacket): RuleName | undefined {
  if (connection.version === 4) return undefined;
  if (packet.qos > (connection.granted.maximumQoS ?? 2)) return "qosTooHigh";
  if (packet.retain && connection.granted.retainAvailable === false) return "retain";
  return undefined;
}

/** [MQTT-3.3.4-7] counts what the client has no answer to: 4.9 alone would let a resumed PUBREL slip in one more. */
function isQuotaUsed(state: BrokerState, connection: Connection, id: number): boolean {
  if (connection.version === 4) return false;
  const maximum = connection.granted.receiveMaximum ?? 65535;
  const { countsEarlier } = state.options;
  return (connection.view?.outstanding(countsEarlier, id) ?? 0) >= maximum;
}

function aliasFault(connection: Connection, packet: IPublishPacket): RuleName | undefined {
  const alias = packet.properties?.topicAlias;
  if (alias === undefined) return undefined;
  const maximum = connection.granted.topicAliasMaximum ?? 0;
  if (maximum === 0) return "aliasForbidden";
  if (alias > maximum) return "aliasTooLarge";
  return packet.topic === "" && !connection.aliasesIn.has(alias) ? "aliasUnknown" : undefined;
}

function resolveAlias(connection: Connection, packet: IPublishPacket): string {
  const alias = packet.properties?.topicAlias;
  if (alias === undefined) return packet.topic;
  if (packet.topic !== "") connection.aliasesIn.set(alias, packet.topic);
  return connection.aliasesIn.get(alias) ?? "";
}

function police(
  state: BrokerState,
  connection: Connection,
  packet: IPublishPacket,
  topic: string,
): void {
  const id = packet.messageId ?? 0;
  const { qos, dup } = packet;
  const payload = Buffer.from(packet.payload);
  const publication = { id, qos, dup, topic, payload };
  const broken = connection.view?.published(publication, connection.expected) ?? [];
  if (connection.asking.has(id)) broken.push("idInUse");
  for (const rule of broken) state.violate(connection, rule, `PUBLISH ${id}`);
}

/** PUBACK, PUBCOMP or a PUBREC that refuses has reached the client. */
function settle(state: BrokerState, connection: Connection, id: number): void {
  connection.view?.acknowledged(id);
  connection.expected.restart("publish", state.at);
}

function answerIn(
  state: BrokerState,
  connection: Connection,
  packet: Packet,
  reached: () => void,
): void {
  connection.say(packet, reached);
  for (let copy = 1; copy < state.options.copies; copy++) connection.say(packet);
}
