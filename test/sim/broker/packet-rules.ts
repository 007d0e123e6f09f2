import { connectFault } from "./connect-rules.js";
import { FieldReader, isText } from "./field-reader.js";
import type { RawPacket } from "./framer.js";
import { PLACES, readProperties } from "./property-rules.js";
import type { RuleName, Version } from "./rules.js";
import { filterFault, hasWildcard, isShared } from "./topic-rules.js";

const PUBACK_CODES = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const PUBREL_CODES = [0x00, 0x92];
/** Those that a client may send. */
const DISCONNECT_CODES = [
  0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
];
const AUTH_CODES = [0x18, 0x19];

/** By packet type: rules for the flags, where the type has one of its own. */
const FLAG_RULES: Readonly<Record<number, RuleName>> = {
  6: "pubrelFlags",
  8: "subscribeFlags",
  10: "unsubscribeFlags",
  14: "disconnectFlags",
  15: "authFlags",
};
const FLAGS_OF_TWO = [6, 8, 10];
const FROM_SERVER = [2, 9, 11, 13];

/**
 * Reads one packet of a client byte by byte, for what an easy-going parser passes over.
 *
 * @returns the first rule that it breaks by itself, whatever came before it
 */
export function packetFault(packet: RawPacket, version: Version): RuleName | undefined {
  const { type, flags } = packet;
  if (type === 0 || (type === 15 && version === 4)) return "reservedType";
  if (FROM_SERVER.includes(type)) return "serverPacket";
  if (type !== 3 && flags !== (FLAGS_OF_TWO.includes(type) ? 2 : 0)) {
    return FLAG_RULES[type] ?? "flags";
  }
  const reader = new FieldReader(packet.bytes, packet.bodyOffset, packet.bytes.length);
  if (type === 1) return connectFault(reader);
  readBody(reader, type, flags, version);
  if (!reader.isDone) reader.fail("trailing");
  return reader.fault;
}

function readBody(reader: FieldReader, type: number, flags: number, version: Version): void {
  if (type === 3) readPublish(reader, flags, version);
  else if (type === 4) readAnswer(reader, version, PUBACK_CODES, "pubackCode");
  else if (type === 5) readAnswer(reader, version, PUBACK_CODES, "pubrecCode");
  else if (type === 6) readAnswer(reader, version, PUBREL_CODES, "pubrelCode");
  else if (type === 7) readAnswer(reader, version, PUBREL_CODES, "pubcompCode");
  else if (type === 8) readSubscribe(reader, version);
  else if (type === 10) readUnsubscribe(reader, version);
  else if (type === 14) readReason(reader, version, DISCONNECT_CODES, "disconnectCode");
  else if (type === 15) readReason(reader, version, AUTH_CODES, "authCode");
}

function readPublish(reader: FieldReader, flags: number, version: Version): void {
  const qos = (flags >> 1) & 3;
  if (qos === 3) reader.fail("qos3");
  if (qos === 0 && flags & 8) reader.fail("dupAtQos0");
  const topic = reader.text();
  if (hasWildcard(topic)) reader.fail("topicWildcard");
  if (qos > 0 && reader.uint16() === 0) reader.fail("zeroId");
  const properties = version === 5 ? readProperties(reader, PLACES.PUBLISH) : undefined;
  if (topic === "" && !properties?.has(35)) reader.fail("emptyTopic");
  const payload = reader.rest();
  if (properties?.get(1) === 1 && !isText(payload)) reader.fail("payloadFormat");
}

function readAnswer(
  reader: FieldReader,
  version: Version,
  codes: readonly number[],
  ifAnotherCode: RuleName,
): void {
  if (reader.uint16() === 0) reader.fail("zeroIdInAnswer");
  if (version === 4 || reader.isDone) return;
  if (!codes.includes(reader.byte())) reader.fail(ifAnotherCode);
  if (!reader.isDone) readProperties(reader, PLACES.ANSWER);
}

/** DISCONNECT and AUTH: a reason code and properties, either of which may be left out. */
function readReason(
  reader: FieldReader,
  version: Version,
  codes: readonly number[],
  ifAnotherCode: RuleName,
): void {
  if (version === 4) return;
  const code = reader.isDone ? 0 : reader.byte();
  if (!codes.includes(code)) reader.fail(ifAnotherCode);
  const place = ifAnotherCode === "authCode" ? PLACES.AUTH : PLACES.DISCONNECT;
  if (!reader.isDone) readProperties(reader, place);
}

function readSubscribe(reader: FieldReader, version: Version): void {
  if (reader.uint16() === 0) reader.fail("zeroId");
  if (version === 5) readProperties(reader, PLACES.SUBSCRIBE);
  if (reader.isDone) reader.fail("noFilter");
  while (!reader.isDone) {
    const filter = reader.text();
    const options = reader.byte();
    if (options & (version === 5 ? 0xc0 : 0xfc)) reader.fail("optionBits");
    if ((options & 3) === 3 || (options & 0x30) === 0x30) reader.fail("optionValue");
    if (version === 5 && options & 4 && isShared(filter)) reader.fail("noLocalShared");
    checkFilter(reader, filter, version);
  }
}

function readUnsubscribe(reader: FieldReader, version: Version): void {
  if (reader.uint16() === 0) reader.fail("zeroId");
  if (version === 5) readProperties(reader, PLACES.UNSUBSCRIBE);
  if (reader.isDone) reader.fail("noFilterGivenUp");
  while (!reader.isDone) checkFilter(reader, reader.text(), version);
}

function checkFilter(reader: FieldReader, filter: string, version: Version): void {
  const fault = filterFault(filter, version);
  if (fault !== undefined) reader.fail(fault);
}
