import { isText } from "./notation.js";
import { type Property, readProperties } from "./property-table.js";

const PACKETS: Readonly<Record<number, string>> = {
  2: "CONNACK",
  3: "PUBLISH",
  4: "PUBACK",
  5: "PUBREC",
  6: "PUBREL",
  7: "PUBCOMP",
  9: "SUBACK",
  11: "UNSUBACK",
  14: "DISCONNECT",
  15: "AUTH",
};
const PROPERTIES = new Map(readProperties().map((property) => [property.id, property]));
/** Properties of two or four bytes of which 0 is no value. */
const NEVER_0 = ["receiveMaximum", "maximumPacketSize", "subscriptionIdentifier"];
const OUTSIDE = "property outside of its bounds";

/** What is wrong with the properties of a packet that `mqtt-packet` does not look at. */
interface PropertyFlaws {
  /** The offset behind them, or -1 when they do not lie within the packet. */
  readonly end: number;
  readonly found: ReadonlySet<string>;
}

/** What the client has said of itself in its CONNECT. */
export interface Expected {
  readonly method: string | undefined;
  readonly aliases: number;
}

/** Walks through the properties that begin, with their length, at `offset` in the body of a packet. */
export function propertyFlaws(
  body: Uint8Array,
  offset: number,
  type: number,
  expected: Expected,
): PropertyFlaws {
  const found = new Set<string>();
  const packet = PACKETS[type] ?? "";
  const [length, start] = readVarint(body, offset, body.length, found);
  const end = start + length;
  if (start < 0 || end > body.length) return { end: -1, found: found.add(OUTSIDE) };
  const seen = new Map<string, number>();
  const values = new Map<string, string>();
  for (let at = start; at < end && at >= 0; ) {
    const property = PROPERTIES.get(body[at] ?? 0);
    if (!property) return { end, found: found.add("property of no table") };
    const { name, places } = property;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    if (!places.has(packet)) found.add("property out of place");
    else if (seen.get(name) === 2 && !places.get(packet)) found.add("property twice");
    const next = checkValue(body, at + 1, end, property, found);
    values.set(name, Buffer.from(body.subarray(at + 1, Math.max(next, at + 1))).toString("latin1"));
    at = next;
  }
  checkExpected(packet, values, expected, found);
  return { end, found };
}

/** Looks for what only the client can know to be wrong. */
function checkExpected(
  packet: string,
  values: ReadonlyMap<string, string>,
  { method, aliases }: Expected,
  found: Set<string>,
): void {
  // Behind the two bytes of its length.
  const named = values.get("authenticationMethod")?.slice(2);
  const isDue = packet === "AUTH" || (packet === "CONNACK" && method !== undefined);
  if (named === undefined ? isDue : named !== method) found.add("other method, or none");
  const alias = values.get("topicAlias");
  if (alias?.length !== 2) return;
  const number = Buffer.from(alias, "latin1").readUInt16BE();
  if (number === 0 || number > aliases) found.add("other alias");
}

/** @returns the offset behind the value, or -1 when it runs beyond `end` */
function checkValue(
  body: Uint8Array,
  at: number,
  end: number,
  { form, name }: Property,
  found: Set<string>,
): number {
  let value = 1;
  let next = at;
  if (form === "varint") [value, next] = readVarint(body, at, end, found);
  else if (form === "byte" || form === "uint16" || form === "uint32") {
    next = at + (form === "byte" ? 1 : form === "uint16" ? 2 : 4);
    value = body.subarray(at, next).reduce((sum, byte) => sum * 256 + byte, 0);
  } else {
    next = checkField(body, at, end, form !== "binary", name, found);
    if (form === "pair" && next >= 0) next = checkField(body, next, end, true, name, found);
  }
  if (next < 0 || next > end) {
    found.add(OUTSIDE);
    return -1;
  }
  const isWrong = form === "byte" ? value > 1 : value === 0 && NEVER_0.includes(name);
  if (isWrong) found.add("property of no such value");
  return next;
}

function checkField(
  body: Uint8Array,
  at: number,
  end: number,
  isTextual: boolean,
  name: string,
  found: Set<string>,
): number {
  if (at + 2 > end) return -1;
  const next = at + 2 + (((body[at] ?? 0) << 8) | (body[at + 1] ?? 0));
  if (next > end) return -1;
  const bytes = body.subarray(at + 2, next);
  if (isTextual && !isText(bytes)) found.add("ill-formed text");
  const isNoTopic = bytes.length === 0 || bytes.includes(0x2b) || bytes.includes(0x23);
  if (name === "responseTopic" && isNoTopic) found.add("property of no such value");
  return next;
}

/** @returns the value and the offset behind it, or -1 when it does not end in four bytes before `end` */
function readVarint(
  body: Uint8Array,
  offset: number,
  end: number,
  found: Set<string>,
): [number, number] {
  let value = 0;
  for (let i = 0; i < 4 && offset + i < end; i++) {
    const byte = body[offset + i] ?? 0;
    value += (byte & 127) * 128 ** i;
    if (byte > 127) continue;
    if (byte === 0 && i > 0) found.add("integer longer than it need be");
    return [value, offset + i + 1];
  }
  return [value, -1];
}
