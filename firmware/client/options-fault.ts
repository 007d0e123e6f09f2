import { V5 } from "../features.js";
import type { ClientOptions } from "../session/options.js";
import type { Authentication, Will } from "../wire/connect.js";
import { connectProperties, willProperties } from "../wire/connect-properties.js";
import { CONNECT } from "../wire/packet-type.js";
import { arePropertiesLegal } from "../wire/properties-fault.js";
import { WILL_PROPERTIES } from "../wire/property-table.js";
import { encodeString, isTopicName } from "../wire/topic.js";

/** The longest string or data that a packet can hold. */
const LONGEST = 65535;
/** The largest packet that MQTT knows. */
const LARGEST_PACKET = 268_435_460;
/** Times are compared by their difference in 32 bits. */
const LONGEST_MS = 0x7fffffff;
const LARGEST_UINT32 = 0xffffffff;
/** What is left of the packet identifiers for subscriptions. */
const MOST_SUBSCRIPTIONS = 240;
/** The outbox keeps a message's alias in one byte. */
const MOST_ALIASES = 255;

/**
 * Says in one phrase what is wrong with a client's options; empty when nothing is. The runtime asks it at
 * start; a client that is made without it trusts its maker.
 */
export function optionsFault(options: ClientOptions): string {
  "cold";
  return (
    identityFault(options) ||
    (options.will ? willFault(options.will, options.protocolVersion === 5) : "") ||
    memoryFault(options) ||
    timeFault(options) ||
    versionFault(options)
  );
}

function identityFault(options: ClientOptions): string {
  "cold";
  const isV5 = options.protocolVersion === 5;
  if (options.clientId === "" && !options.cleanSession && !isV5) {
    return "client identifier: may be empty only with cleanSession"; // [MQTT-3.1.3-7]
  }
  if (options.password && options.userName === undefined && !isV5) {
    return "password: needs a user name"; // [MQTT-3.1.2-22]
  }
  return (
    textFault("client identifier", options.clientId) ||
    textFault("userName", options.userName ?? "") ||
    size("password", options.password, 0, LONGEST)
  );
}

function willFault(will: Will, isV5: boolean): string {
  "cold";
  const topic = encodeString(will.topic);
  if (!isTopicName(topic, 2, topic.length - 2)) return "will: its topic is no topic name";
  if (V5 && isV5 && !arePropertiesLegal(willProperties(will), WILL_PROPERTIES)) {
    return "will: properties that a will may not have, or twice";
  }
  return (
    range("will: QoS", will.qos, 0, 2) || // [MQTT-3.1.2-14]
    size("will: payload", will.payload, 0, LONGEST) ||
    range("will: delaySeconds", will.delaySeconds, 0, LARGEST_UINT32)
  );
}

function memoryFault(options: ClientOptions): string {
  "cold";
  const outcomes = options.outcomeCapacity ?? 0;
  if ((outcomes & (outcomes - 1)) !== 0) return "outcomeCapacity: a power of two";
  return (
    size("receiveBuffer", options.receiveBuffer, 16, LARGEST_PACKET) ||
    size("arena", options.arena, 32, LONGEST) ||
    size("streamBuffer", options.streamBuffer, 16, LARGEST_PACKET) ||
    range("inFlightWindow", options.inFlightWindow, 1, 65535) ||
    range("subscriptionCapacity", options.subscriptionCapacity, 0, MOST_SUBSCRIPTIONS) ||
    range("inboxCapacity", options.inboxCapacity, 1, 65535) ||
    range("maximumMessages", options.maximumMessages, 0, 65535) ||
    range("outcomeCapacity", outcomes, 0, 32768)
  );
}

function timeFault(options: ClientOptions): string {
  "cold";
  const backoff = options.backoff;
  return (
    range("keepAliveSeconds", options.keepAliveSeconds, 0, 65535) ||
    range("answerTimeoutMs", options.answerTimeoutMs, 1, LONGEST_MS) ||
    range("openTimeoutMs", options.openTimeoutMs, 0, LONGEST_MS) ||
    range("stableMs", options.stableMs, 0, LONGEST_MS) ||
    range("backoff: baseMs", backoff.baseMs, 0, LONGEST_MS) ||
    range("backoff: capMs", backoff.capMs, backoff.baseMs, LONGEST_MS) ||
    range("backoff: refusedMs", backoff.refusedMs, 0, LONGEST_MS)
  );
}

function versionFault(options: ClientOptions): string {
  "cold";
  const authentication = options.authentication;
  const isV5 = V5 && options.protocolVersion === 5;
  if (authentication && !isV5) return "authentication: needs MQTT 5";
  return (
    range("protocolVersion", options.protocolVersion, 4, 5) ||
    range("sessionExpirySeconds", options.sessionExpirySeconds, 0, LARGEST_UINT32) ||
    range("topicAliasMaximum", options.topicAliasMaximum, 0, 65535) ||
    range("maximumPacketSize", options.maximumPacketSize, 0, LARGEST_PACKET) ||
    range("aliasCapacity", options.aliasCapacity, 0, MOST_ALIASES) ||
    range("aliasTopicBytes", options.aliasTopicBytes, 1, LONGEST - 1) ||
    (authentication ? authenticationFault(authentication) : "") ||
    (isV5 ? propertiesFault(options) : "")
  );
}

function propertiesFault(options: ClientOptions): string {
  "cold";
  if (arePropertiesLegal(connectProperties(options, 1, 0), CONNECT)) return "";
  return "properties: such that a CONNECT may not have, or twice";
}

function authenticationFault(authentication: Authentication): string {
  "cold";
  if (authentication.method === "") return "authentication: needs a method";
  return (
    textFault("authentication: method", authentication.method) ||
    size("authentication: data", authentication.data, 0, LONGEST)
  );
}

/** An option that may be absent is right then. */
function range(what: string, value: number | undefined, lowest: number, highest: number): string {
  "cold";
  const isRight =
    value === undefined || (value >= lowest && value <= highest && Math.floor(value) === value);
  return isRight ? "" : `${what}: ${lowest} to ${highest}`;
}

function size(what: string, bytes: Uint8Array | undefined, least: number, most: number): string {
  "cold";
  const isRight = !bytes || (bytes.length >= least && bytes.length <= most);
  return isRight ? "" : `${what}: ${least} to ${most} bytes`;
}

/** [MQTT-1.5.3-2], and what a packet cannot hold. */
function textFault(what: string, text: string): string {
  "cold";
  if (text.indexOf("\0") >= 0) return `${what}: must not hold U+0000`;
  return encodeString(text).length - 2 > LONGEST ? `${what}: at most ${LONGEST} bytes` : "";
}
