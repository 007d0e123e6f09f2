import { copyBytes } from "../bytes.js";
import { BAD_ALIAS, INCOMPLETE, MALFORMED, PROTOCOL_ERROR, REFUSED } from "../status.js";
import { DISCONNECT, PUBLISH } from "../wire/packet-type.js";
import { SESSION_EXPIRY_INTERVAL, TOPIC_ALIAS } from "../wire/property-id.js";
import { isReasonCode } from "../wire/reason-code.js";
import { isTopic } from "./received-topic.js";
import type { Session } from "./session.js";
import { TOO_LONG, type Version5 } from "./version5.js";

/**
 * Reads the reason code at `offset` and the properties behind it; both may be left out.
 *
 * @returns the code, or MALFORMED, PROTOCOL_ERROR
 */
export function readReason(session: Session, type: number, offset: number): number {
  "cold";
  const inbound = session.inbound;
  const bytes = inbound.bytes;
  const end = inbound.end;
  if (offset > end) return MALFORMED;
  const properties = (session.version5 as Version5).properties;
  properties.clear();
  if (offset === end) return 0;
  const code = bytes[offset];
  if (!isReasonCode(type, code)) return MALFORMED;
  if (offset + 1 === end) return code;
  const next = properties.open(bytes, offset + 1, end, type);
  if (next < 0) return next;
  return next === end ? code : MALFORMED;
}

/** Reads the properties at `offset` and behind them the one reason code of a SUBACK or UNSUBACK. */
export function readListAnswer(session: Session, type: number, offset: number): number {
  "cold";
  const inbound = session.inbound;
  const properties = (session.version5 as Version5).properties;
  const next = properties.open(inbound.bytes, offset, inbound.end, type);
  if (next < 0) return next;
  if (next + 1 !== inbound.end) return MALFORMED;
  const code = inbound.bytes[next];
  return isReasonCode(type, code) ? code : MALFORMED;
}

/** The broker ends the connection. @returns REFUSED, or MALFORMED, PROTOCOL_ERROR */
export function handleDisconnect(session: Session): number {
  "cold";
  const code = readReason(session, DISCONNECT, session.inbound.body);
  if (code < 0) return code;
  const properties = (session.version5 as Version5).properties;
  if (properties.find(SESSION_EXPIRY_INTERVAL)) return PROTOCOL_ERROR; // [MQTT-3.14.2-2]
  properties.rewind();
  session.reason = code;
  return REFUSED;
}

/**
 * Takes up a message's properties, which end where its payload begins, and its topic alias.
 *
 * @returns 0, or INCOMPLETE (they run past the end of a truncated packet, or the alias's topic was not
 *   kept), MALFORMED, PROTOCOL_ERROR, BAD_ALIAS
 */
export function openMessage(session: Session): number {
  const message = session.message;
  const inbound = session.inbound;
  const properties = (session.version5 as Version5).properties;
  const at = message.payloadOffset;
  if (at < inbound.end && message.bytes[at] === 0) {
    // Nothing is there, as nearly always.
    properties.clear();
    message.payloadOffset = at + 1;
    return checkTopic(session);
  }
  const next = properties.open(message.bytes, at, inbound.end, PUBLISH);
  if (next < 0) return inbound.isTruncated && next === MALFORMED ? INCOMPLETE : next;
  message.payloadOffset = next;
  const alias = properties.find(TOPIC_ALIAS) ? properties.value : -1;
  properties.rewind();
  return alias < 0 ? checkTopic(session) : useAlias(session, alias);
}

function checkTopic(session: Session): number {
  const message = session.message;
  if (message.topicLength === 0) return PROTOCOL_ERROR; // §3.3.2.1
  return isTopic(session.inbound, message.bytes, message.topicOffset, message.topicLength)
    ? 0
    : MALFORMED;
}

/**
 * Keeps the topic of a new alias, or finds that of a known one [MQTT-3.3.2-10]. A message of one that could
 * not be kept has no topic to show: it is told as oversize.
 *
 * @returns 0, or INCOMPLETE (the topic was too long to be kept), BAD_ALIAS, MALFORMED, PROTOCOL_ERROR
 */
function useAlias(session: Session, alias: number): number {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  const version5 = session.version5 as Version5;
  const serverTopics = version5.serverTopics;
  const serverTopicLengths = version5.serverTopicLengths;
  const aliasTopicBytes = version5.aliasTopicBytes;
  if (alias === 0 || alias >= serverTopicLengths.length) return BAD_ALIAS; // [MQTT-3.3.2-8] [MQTT-3.1.2-26]
  const place = (alias - 1) * aliasTopicBytes;
  const length = message.topicLength;
  if (length === 0) {
    if (serverTopicLengths[alias] === 0) return PROTOCOL_ERROR;
    if (serverTopicLengths[alias] === TOO_LONG) {
      inbound.lateId = message.packetId;
      return INCOMPLETE;
    }
    message.topicBytes = serverTopics;
    message.topicOffset = place;
    message.topicLength = serverTopicLengths[alias];
    return 0;
  }
  const status = checkTopic(session);
  if (status < 0) return status;
  serverTopicLengths[alias] = length > aliasTopicBytes ? TOO_LONG : length;
  if (length > aliasTopicBytes) return 0;
  copyBytes(message.bytes, message.topicOffset, length, serverTopics, place);
  return 0;
}
