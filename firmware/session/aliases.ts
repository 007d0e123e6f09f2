import { encodeVarint, varintSize } from "../wire/field.js";
import { QOS_MASK } from "../wire/packet-type.js";
import { TOPIC_ALIAS } from "../wire/property-id.js";
import { nextRecord } from "./outbox.js";
import { HEADER } from "./parts.js";
import { ALIAS, RECORD } from "./record.js";
import type { Session } from "./session.js";
import type { Topic } from "./topic.js";

/** Bytes of a Topic Alias among the properties. */
const ALIAS_LENGTH = 3;

/**
 * Gives a topic an alias if one is left and the topic, with its properties, is short enough. It keeps it
 * for ever; each connection tells the broker anew. Of clients that share a topic the first gives it one.
 *
 * @returns the alias that the topic has with this client, or 0
 */
export function assignAlias(session: Session, topic: Topic): number {
  "cold";
  const version5 = session.version5;
  if (!version5) return 0;
  const topics = version5.aliasTopics;
  if (topic.alias !== 0) return topics[topic.alias] === topic ? topic.alias : 0;
  if (version5.aliasCount >= version5.aliasCapacity) return 0;
  if (topic.overhead > version5.header.length) return 0;
  topic.alias = ++version5.aliasCount;
  topics[topic.alias] = topic;
  return topic.alias;
}

/**
 * Writes with an alias what the record at the cursor holds without one: a packet that may have to go out
 * again on another connection keeps its topic. The first time the topic goes along [MQTT-3.3.2-7], and the
 * packet is longer than without: not if that is too long for the broker.
 */
export function chooseAliased(session: Session, record: number): void {
  "cold";
  const version5 = session.version5;
  const alias = session.outbox.arena[record + ALIAS];
  if (!version5 || alias > version5.aliasLimit) return; // [MQTT-3.2.2-17] [MQTT-3.2.2-18]
  const isKnown = version5.aliasIsKnown[alias] === 1;
  const arena = session.outbox.arena;
  let at = record + RECORD + 1;
  while (arena[at] > 127) at++;
  const topic = at + 1;
  const afterTopic = topic + 2 + (arena[topic] << 8) + arena[topic + 1];
  const idLength = arena[record + RECORD] & QOS_MASK ? 2 : 0;
  let properties = afterTopic + idLength;
  let propertiesLength = 0;
  for (let shift = 0; ; shift += 7) {
    propertiesLength |= (arena[properties] & 0x7f) << shift;
    if (arena[properties++] < 0x80) break;
  }
  const payloadLength = nextRecord(arena, record) - properties - propertiesLength;
  const withAlias = propertiesLength + ALIAS_LENGTH;
  const topicEnd = isKnown ? topic : afterTopic;
  const topicLength = isKnown ? 2 : afterTopic - topic;
  const remaining = topicLength + idLength + varintSize(withAlias) + withAlias + payloadLength;
  if (1 + varintSize(remaining) + remaining > version5.limits.maximumPacketSize) return;
  version5.aliasIsKnown[alias] = 1;
  const header = version5.header;
  header[0] = arena[record + RECORD];
  let out = encodeVarint(remaining, header, 1);
  if (isKnown) header[out++] = header[out++] = 0;
  out = copy(arena, topic, topicEnd, header, out);
  out = copy(arena, afterTopic, afterTopic + idLength, header, out);
  out = encodeVarint(withAlias, header, out);
  out = copy(arena, properties, properties + propertiesLength, header, out);
  header[out++] = TOPIC_ALIAS;
  header[out++] = alias >> 8;
  header[out++] = alias;
  select(session, out, payloadLength);
}

/** The head that was made goes out, and then the payload as it lies in the record. */
function select(session: Session, headLength: number, payloadLength: number): void {
  "cold";
  const outbound = session.outbound;
  outbound.source = HEADER;
  outbound.bytes = session.version5?.header ?? outbound.bytes;
  outbound.offset = 0;
  outbound.length = headLength;
  outbound.payloadLength = payloadLength;
  outbound.isMore = payloadLength > 0;
}

function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): number {
  "cold";
  for (let i = start; i < end; i++) to[at++] = from[i];
  return at;
}
