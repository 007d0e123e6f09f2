import type { FieldReader } from "./field-reader.js";
import {
  AUTHENTICATION_DATA,
  AUTHENTICATION_METHOD,
  PLACES,
  readProperties,
} from "./property-rules.js";
import type { RuleName } from "./rules.js";
import { hasWildcard } from "./topic-rules.js";

const CLEAN = 2;
const WILL = 4;
const WILL_QOS = 0x18;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USER = 0x80;

/** The first rule that the body of a CONNECT breaks. */
export function connectFault(reader: FieldReader): RuleName | undefined {
  if (reader.text() !== "MQTT") reader.fail("protocolName");
  const level = reader.byte();
  if (level !== 4 && level !== 5) reader.fail("protocolLevel");
  const flags = reader.byte();
  reader.uint16();
  const broken = flagsFault(flags, level);
  if (broken !== undefined) reader.fail(broken);
  if (level === 5) {
    const properties = readProperties(reader, PLACES.CONNECT);
    const hasMethod = properties.has(AUTHENTICATION_METHOD);
    if (properties.has(AUTHENTICATION_DATA) && !hasMethod) reader.fail("dataWithoutMethod");
  }
  readPayload(reader, flags, level);
  if (!reader.isDone) reader.fail("unannounced");
  return reader.fault;
}

function flagsFault(flags: number, level: number): RuleName | undefined {
  if (flags & 1) return "connectReserved";
  if (!(flags & WILL) && flags & WILL_QOS) return "willQosWithoutWill";
  if (!(flags & WILL) && flags & WILL_RETAIN) return "willRetainNoWill";
  if ((flags & WILL_QOS) === WILL_QOS) return "willQos3";
  if (level === 4 && flags & PASSWORD && !(flags & USER)) return "passwordWithoutUser";
  return undefined;
}

function readPayload(reader: FieldReader, flags: number, level: number): void {
  if (reader.isDone) reader.fail("clientIdMissing");
  const clientId = reader.text();
  if (level === 4 && clientId === "" && !(flags & CLEAN)) reader.fail("emptyClientId");
  if (flags & WILL) {
    if (reader.isDone) reader.fail("willMissing");
    if (level === 5) readProperties(reader, PLACES.WILL);
    const topic = reader.text();
    if (hasWildcard(topic)) reader.fail("willTopic");
    if (topic === "") reader.fail("emptyTopic");
    reader.binary();
  }
  if (flags & USER) {
    if (reader.isDone) reader.fail("userMissing");
    reader.text();
  }
  if (flags & PASSWORD) {
    if (reader.isDone) reader.fail("passwordMissing");
    reader.binary();
  }
}
