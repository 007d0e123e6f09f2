import type { FieldReader } from "./field-reader.js";
import { hasWildcard } from "./topic-rules.js";

/** Where a property may stand: bits, since some stand in several packets. */
const CONNECT = 1;
const WILL = 2;
const PUBLISH = 4;
const ANSWER = 8;
const SUBSCRIBE = 16;
const UNSUBSCRIBE = 32;
const DISCONNECT = 64;
const AUTH = 128;
export const PLACES = {
  CONNECT,
  WILL,
  PUBLISH,
  ANSWER,
  SUBSCRIBE,
  UNSUBSCRIBE,
  DISCONNECT,
  AUTH,
} as const;

type Kind = "byte" | "uint16" | "uint32" | "integer" | "text" | "binary" | "pair";

interface Property {
  readonly kind: Kind;
  /** Packets of a client in which it may stand. */
  readonly places: number;
  readonly minimum: number;
  readonly maximum: number;
}

const ANY = Number.POSITIVE_INFINITY;
const MESSAGE = WILL | PUBLISH;
const EVERYWHERE = 255;
const SUBSCRIPTION_IDENTIFIER = 11;
const RESPONSE_TOPIC = 8;
const USER_PROPERTY = 38;
const TOPIC_ALIAS = 35;

export const AUTHENTICATION_METHOD = 21;
export const AUTHENTICATION_DATA = 22;

function property(kind: Kind, places: number, minimum = 0, maximum = ANY): Property {
  return { kind, places, minimum, maximum };
}

/** By identifier, §2.2.2.2. Those of a server alone may stand in no packet of a client. */
const PROPERTIES = new Map<number, Property>([
  [1, property("byte", MESSAGE, 0, 1)], // Payload Format Indicator
  [2, property("uint32", MESSAGE)], // Message Expiry Interval
  [3, property("text", MESSAGE)], // Content Type
  [RESPONSE_TOPIC, property("text", MESSAGE)],
  [9, property("binary", MESSAGE)], // Correlation Data
  [SUBSCRIPTION_IDENTIFIER, property("integer", SUBSCRIBE | PUBLISH, 1)],
  [17, property("uint32", CONNECT | DISCONNECT)], // Session Expiry Interval
  [18, property("text", 0)], // Assigned Client Identifier
  [19, property("uint16", 0)], // Server Keep Alive
  [AUTHENTICATION_METHOD, property("text", CONNECT | AUTH)],
  [AUTHENTICATION_DATA, property("binary", CONNECT | AUTH)],
  [23, property("byte", CONNECT, 0, 1)], // Request Problem Information
  [24, property("uint32", WILL)], // Will Delay Interval
  [25, property("byte", CONNECT, 0, 1)], // Request Response Information
  [26, property("text", 0)], // Response Information
  [28, property("text", 0)], // Server Reference
  [31, property("text", ANSWER | DISCONNECT | AUTH)], // Reason String
  [33, property("uint16", CONNECT, 1)], // Receive Maximum
  [34, property("uint16", CONNECT)], // Topic Alias Maximum
  [TOPIC_ALIAS, property("uint16", PUBLISH, 1)],
  [36, property("byte", 0)], // Maximum QoS
  [37, property("byte", 0)], // Retain Available
  [USER_PROPERTY, property("pair", EVERYWHERE)],
  [39, property("uint32", CONNECT, 1)], // Maximum Packet Size
  [40, property("byte", 0)], // Wildcard Subscription Available
  [41, property("byte", 0)], // Subscription Identifiers Available
  [42, property("byte", 0)], // Shared Subscription Available
]);

/**
 * Reads a property length and the properties that it counts; what is wrong becomes the reader's fault.
 *
 * @param place one of PLACES
 * @returns the values that are numbers or text, by identifier
 */
export function readProperties(reader: FieldReader, place: number): Map<number, number | string> {
  const values = new Map<number, number | string>();
  if (reader.isDone) {
    reader.fail("noPropertyLength");
    return values;
  }
  const length = reader.integer();
  const part = reader.part(length);
  while (!part.isDone) readProperty(part, place, values);
  if (part.fault !== undefined) reader.fail(part.fault);
  return values;
}

function readProperty(
  reader: FieldReader,
  place: number,
  values: Map<number, number | string>,
): void {
  const identifier = reader.integer();
  const known = PROPERTIES.get(identifier);
  if (known === undefined) {
    reader.fail("unknownProperty");
    return;
  }
  if ((known.places & place) === 0) reader.fail("foreignProperty");
  const value = readValue(reader, known.kind);
  if (typeof value === "number") checkRange(reader, identifier, value, known);
  if (identifier === RESPONSE_TOPIC && hasWildcard(String(value))) reader.fail("responseTopic");
  if (identifier === SUBSCRIPTION_IDENTIFIER && place === PUBLISH) reader.fail("subscriptionId");
  if (identifier === USER_PROPERTY) return;
  if (values.has(identifier)) reader.fail("propertyTwice");
  values.set(identifier, value);
}

function checkRange(reader: FieldReader, identifier: number, value: number, known: Property): void {
  if (value >= known.minimum && value <= known.maximum) return;
  reader.fail(identifier === TOPIC_ALIAS ? "aliasZero" : "propertyValue");
}

function readValue(reader: FieldReader, kind: Kind): number | string {
  switch (kind) {
    case "text":
      return reader.text();
    case "binary":
      return Buffer.from(reader.binary()).toString("hex");
    case "pair":
      return reader.text("illFormedPair") + reader.text("illFormedPair");
    default:
      return reader[kind]();
  }
}
