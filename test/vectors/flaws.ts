import { isText } from "./notation.js";
import type { Vector } from "./page.js";
import { type Expected, propertyFlaws } from "./property-flaws.js";

/** One control packet in a run of bytes. */
interface Packet {
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
  /** False when the run ends before the packet does. */
  readonly isWhole: boolean;
  /** The length is written in more bytes than it needs. */
  readonly isOverlong: boolean;
}

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PUBCOMP = 7;
const SUBSCRIBE = 8;
const SUBACK = 9;
const UNSUBSCRIBE = 10;
const UNSUBACK = 11;
const PINGRESP = 13;
const DISCONNECT = 14;
const AUTH = 15;
const CLIENT_ONLY = [1, SUBSCRIBE, UNSUBSCRIBE, 12];
const CONNACK_REASONS = [
  0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97,
  0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
];

/** What the client knows when the bytes come. */
interface Context extends Expected {
  readonly isVersion5: boolean;
  /** CONNACK has not come yet. */
  readonly isConnecting: boolean;
  /** The client asked for a clean start. */
  readonly isClean: boolean;
  /** The type of the last SUBSCRIBE or UNSUBSCRIBE, or 0. */
  readonly asked: number;
}

/**
 * What is wrong with the bytes that come in step `index` of a vector, changed, and what `mqtt-packet` does not look
 * at, by the names that the table of flipped bits gives: the reasons for which the client may refuse what that
 * parser takes.
 */
export function flawsOf(bytes: Uint8Array, vector: Vector, index: number): string[] {
  const flaws = new Set<string>();
  const context = contextOf(vector, index);
  let isFirst = context.isConnecting;
  for (const packet of packetsOf(bytes)) {
    if (packet.isOverlong && context.isVersion5) flaws.add("integer longer than it need be");
    if (packet.isWhole) addFlaws(packet, context, isFirst, flaws);
    else flaws.add("not whole yet");
    isFirst = false;
  }
  return [...flaws];
}

function contextOf({ version, phase, options, steps }: Vector, index: number): Context {
  const types = steps
    .slice(0, index)
    .map((step) => (step.verb === "sends" ? step.bytes[0]! >> 4 : 0))
    .filter((type) => type === SUBSCRIBE || type === UNSUBSCRIBE);
  return {
    isVersion5: version === "5",
    isConnecting: phase !== "connected",
    isClean: phase !== "reconnecting",
    asked: types.at(-1) ?? 0,
    method: options.text("authenticationMethod"),
    aliases: options.number("aliases", 0),
  };
}

function* packetsOf(bytes: Uint8Array): Generator<Packet> {
  for (let at = 0; at < bytes.length; ) {
    const type = bytes[at]! >> 4;
    const flags = bytes[at]! & 15;
    let length = 0;
    let size = 0;
    let byte = 0x80;
    while (byte > 127 && size < 4 && at + 1 + size < bytes.length) {
      byte = bytes[at + 1 + size]!;
      length += (byte & 127) * 128 ** size;
      size++;
    }
    const start = at + 1 + size;
    const end = start + length;
    const isWhole = byte < 128 && end <= bytes.length;
    const isOverlong = byte === 0 && size > 1;
    yield { type, flags, body: bytes.slice(start, end), isWhole, isOverlong };
    if (!isWhole) return;
    at = end;
  }
}

function addFlaws(packet: Packet, context: Context, isFirst: boolean, flaws: Set<string>): void {
  const { type, body } = packet;
  const { isVersion5 } = context;
  const isAuth = isVersion5 && type === AUTH;
  const isFromClient = CLIENT_ONLY.includes(type) || (type === DISCONNECT && !isVersion5);
  if (isFromClient) flaws.add("from a client alone");
  if (isFirst ? type !== CONNACK && !isAuth : type === CONNACK || isAuth) flaws.add("out of place");
  if (type === PUBLISH) addPublishFlaws(packet, context, flaws);
  else if (type >= PUBACK && type <= PUBCOMP) addAnswerFlaws(packet, context, flaws);
  else if (type === SUBACK || type === UNSUBACK) addListFlaws(packet, context, flaws);
  else if (type === CONNACK) addConnackFlaws(packet, context, flaws);
  else if (type === PINGRESP && body.length > 0) flaws.add("bytes behind the last field");
  else if (isAuth || (isVersion5 && type === DISCONNECT)) addReasonFlaws(packet, context, flaws);
}

/** DISCONNECT and AUTH. */
function addReasonFlaws(packet: Packet, context: Context, flaws: Set<string>): void {
  const { type, body } = packet;
  const isFromClient = type === DISCONNECT ? body[0] === 0x04 : body[0] === 0x19;
  if (isFromClient) flaws.add("from a client alone");
  if (type === AUTH && body[0] === 0) flaws.add("out of place");
  if (body.length > 1) addPropertyFlaws(packet, context, 1, false, flaws);
  if (type === AUTH && body.length === 1) flaws.add("other method, or none");
}

function addPublishFlaws({ flags, body }: Packet, context: Context, flaws: Set<string>): void {
  const qos = (flags >> 1) & 3;
  if (qos === 0 && flags & 8) flaws.add("DUP at QoS 0");
  const topicEnd = 2 + uint16(body, 0);
  const idEnd = topicEnd + (qos > 0 ? 2 : 0);
  if (body.length < idEnd + (context.isVersion5 ? 1 : 0)) {
    flaws.add("field missing");
    return;
  }
  const topic = Buffer.from(body.subarray(2, topicEnd));
  if (topic.length === 0) flaws.add("no topic");
  if (/[+#]/.test(topic.toString("latin1"))) flaws.add("wildcard in a topic");
  if (!isText(topic)) flaws.add("ill-formed text");
  if (qos > 0 && uint16(body, topicEnd) === 0) flaws.add("identifier 0");
  if (context.isVersion5) addPropertyFlaws({ type: PUBLISH, body }, context, idEnd, true, flaws);
}

function addAnswerFlaws(packet: Packet, context: Context, flaws: Set<string>): void {
  const { body } = packet;
  if (body.length < 2) flaws.add("field missing");
  else if (uint16(body, 0) === 0) flaws.add("identifier 0");
  if (context.isVersion5) {
    if (body.length > 3) addPropertyFlaws(packet, context, 3, false, flaws);
  } else if (body.length > 2) flaws.add("bytes behind the last field");
}

function addListFlaws(packet: Packet, context: Context, flaws: Set<string>): void {
  const { body, type } = packet;
  if (body.length >= 2 && uint16(body, 0) === 0) flaws.add("identifier 0");
  if (context.asked !== 0 && context.asked !== type - 1) flaws.add("answer to another question");
  if (!context.isVersion5) {
    const length = type === SUBACK ? 3 : 2;
    if (body.length < length) flaws.add("field missing");
    if (body.length > length) flaws.add("several codes for one filter");
    return;
  }
  if (body.length < 4) flaws.add("field missing");
  const end = addPropertyFlaws(packet, context, 2, true, flaws);
  if (end >= 0 && body.length > end + 1) flaws.add("several codes for one filter");
  if (end >= 0 && body.length < end + 1) flaws.add("field missing");
}

function addConnackFlaws(packet: Packet, context: Context, flaws: Set<string>): void {
  const { body } = packet;
  if (body.length < (context.isVersion5 ? 3 : 2)) flaws.add("field missing");
  if (!context.isVersion5) {
    if (body.length > 2) flaws.add("bytes behind the last field");
    return;
  }
  if (!CONNACK_REASONS.includes(body[1] ?? 0)) flaws.add("reason of no table");
  if (body[0] === 1 && context.isClean) flaws.add("session of a clean start");
  if (body.length > 2) addPropertyFlaws(packet, context, 2, false, flaws);
}

/** @returns the offset behind the properties, or -1 when they do not lie within the packet */
function addPropertyFlaws(
  { type, body }: Pick<Packet, "type" | "body">,
  context: Context,
  offset: number,
  hasMore: boolean,
  flaws: Set<string>,
): number {
  const { end, found } = propertyFlaws(body, offset, type, context);
  for (const flaw of found) flaws.add(flaw);
  if (end >= 0 && !hasMore && end < body.length) flaws.add("bytes behind the last field");
  return end;
}

function uint16(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}
