import type { Random } from "../sim/random.js";
import { mutate, replace } from "./mutate.js";

/** Bytes in front of the stream: the set-up and the cut. */
export const HEAD = 2;
/** Bodies of packets that a change may put in, by the high four bits of their first byte. */
const TEMPLATES = [
  "200200 00", // CONNACK
  "2003000000", // CONNACK of MQTT 5
  "20090000062100012400 25", // with Receive Maximum and more
  "3007000361 2f626869", // PUBLISH, QoS 0
  "3209000361 2f6200076869", // QoS 1
  "3409000361 2f6200076869", // QoS 2
  "320f000361 2f620007050300017823 00", // with properties
  "3008000000 03230001 78", // with an alias alone
  "40020001", // PUBACK
  "50020001", // PUBREC
  "62020007", // PUBREL
  "70020001", // PUBCOMP
  "40060001800 21f0000", // PUBACK of MQTT 5 that refuses
  "9003000100", // SUBACK
  "900400010000", // SUBACK of MQTT 5
  "b0020001", // UNSUBACK
  "b00400010000", // UNSUBACK of MQTT 5
  "d000", // PINGRESP
  "e0018b", // DISCONNECT
  "f00618041500016d", // AUTH
].map((hex) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
/** Properties with small values, for a list of them. */
const PROPERTIES = [
  "0101",
  "020000003c",
  "03000174",
  "08000172",
  "09000163",
  "0b05",
  "1100000e10",
  "12000269 64",
  "13001e",
  "1500016d",
  "16000178",
  "1f000177",
  "210001",
  "220005",
  "230001",
  "2400",
  "2500",
  "2600016b000176",
  "2700000040",
  "2800",
].map((hex) => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex")));
const TYPES = [2, 3, 3, 3, 4, 5, 6, 7, 9, 11, 13, 14, 15];
const PACKET_IDS = [0, 1, 2, 3, 7, 256, 65535];

interface Span {
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** A change that knows packets: the lengths of those that it touches are put right, mostly. */
export function mutatePackets(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const packets = packetsIn(input);
  const what = random.below(10);
  if (packets.length === 0 || what < 2) return insert(input, packets, random, other);
  const one = packets[random.below(packets.length)]!;
  const packet = input.slice(one.start, one.end);
  const put = (part: Uint8Array) => replace(input, one.start, one.end, part);
  switch (what) {
    case 2:
      return put(new Uint8Array(0));
    case 3:
      return put(Uint8Array.of(...packet, ...packet));
    case 4:
      return put(
        withFirstByte(packet, (TYPES[random.below(TYPES.length)]! << 4) | (packet[0]! & 15)),
      );
    case 5:
      return put(withFirstByte(packet, (packet[0]! & 0xf0) | random.below(16)));
    case 6:
      return put(withPacketId(packet, one.body - one.start, random));
    case 7:
      return put(withProperty(packet, one.body - one.start, random));
    default: {
      const body = mutate(input.slice(one.body, one.end), random, other);
      return put(withBody(packet[0]!, body));
    }
  }
}

/** The packets that a stream holds, as far as its lengths make sense. */
function packetsIn(input: Uint8Array): Span[] {
  const spans: Span[] = [];
  for (let start = HEAD; start < input.length; ) {
    let length = 0;
    let at = start + 1;
    for (let shift = 0; at < input.length; shift += 7) {
      const byte = input[at++]!;
      length += (byte & 127) * 2 ** shift;
      if (byte < 128 || shift === 21) break;
    }
    const end = Math.min(input.length, at + length);
    spans.push({ start, body: Math.min(at, end), end });
    start = end;
  }
  return spans;
}

function withBody(firstByte: number, body: Uint8Array): Uint8Array {
  const length: number[] = [];
  for (let rest = body.length; ; rest >>>= 7) {
    length.push(rest > 127 ? (rest & 127) | 128 : rest);
    if (rest <= 127) break;
  }
  return Uint8Array.of(firstByte, ...length, ...body);
}

function withFirstByte(packet: Uint8Array, firstByte: number): Uint8Array {
  packet[0] = firstByte;
  return packet;
}

/** An identifier that is in use, or at a limit. */
function withPacketId(packet: Uint8Array, body: number, random: Random): Uint8Array {
  const topicLength = ((packet[body] ?? 0) << 8) | (packet[body + 1] ?? 0);
  const at = packet[0]! >> 4 === 3 ? body + 2 + topicLength : body;
  const id = PACKET_IDS[random.below(PACKET_IDS.length)]!;
  if (at + 1 < packet.length) packet.set([id >> 8, id & 255], at);
  return packet;
}

/** A property more, where a short list of them may begin; its length counts it. */
function withProperty(packet: Uint8Array, body: number, random: Random): Uint8Array {
  if (packet.length === body) return packet;
  const at = body + random.below(packet.length - body);
  const property = PROPERTIES[random.below(PROPERTIES.length)]!;
  const changed = replace(packet, at + 1, at + 1, property);
  changed[at]! += property.length;
  return withBody(packet[0]!, changed.slice(body));
}

/** Puts in a packet that is in order, or one of another input. */
function insert(
  input: Uint8Array,
  packets: readonly Span[],
  random: Random,
  other: Uint8Array,
): Uint8Array {
  const at = packets.length === 0 ? input.length : packets[random.below(packets.length)]!.start;
  const theirs = packetsIn(other);
  if (theirs.length === 0 || random.below(2) === 0) {
    return replace(input, at, at, TEMPLATES[random.below(TEMPLATES.length)]!);
  }
  const one = theirs[random.below(theirs.length)]!;
  return replace(input, at, at, other.slice(one.start, one.end));
}
