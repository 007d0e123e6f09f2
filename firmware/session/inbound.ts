import {
  INCOMPLETE,
  MALFORMED,
  PROTOCOL_ERROR,
  REFUSED,
  TABLE_FULL,
  TOO_LARGE,
} from "../status.js";
import { decodeAcknowledge } from "../wire/acknowledge.js";
import { decodeConnack, SESSION_PRESENT } from "../wire/connack.js";
import {
  CONNACK,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  QOS_SHIFT,
  RESERVED_FLAGS,
  SUBACK,
  UNSUBACK,
} from "../wire/packet-type.js";
import { decodePublish } from "../wire/publish.js";
import { decodeSuback, SUBSCRIBE_FAILED } from "../wire/subscribe.js";
import { isTopicName } from "../wire/topic.js";
import {
  ACKNOWLEDGED_EVENT,
  CONNACK_DUE,
  CONNECTED,
  CONNECTED_EVENT,
  CONNECTING,
  DENIED_EVENT,
  GRANTED_EVENT,
  LEAVING,
  MESSAGE_EVENT,
  NO_EVENT,
  REMOVED_EVENT,
  type SessionState,
} from "./state.js";

/** Does what the packet in the session's reader asks for. @returns 0, or why the connection must end */
export function handlePacket(session: SessionState): number {
  const reader = session.reader;
  const firstByte = reader.bytes[reader.offset];
  const type = firstByte >> 4;
  if (session.phase === CONNECTING) {
    return type === CONNACK ? handleConnack(session) : PROTOCOL_ERROR;
  }
  if (type === PUBLISH) return handlePublish(session);
  if ((firstByte & 15) !== (type === PUBREL ? RESERVED_FLAGS : 0)) return MALFORMED; // [MQTT-2.2.2-2]
  if (reader.isTruncated) return TOO_LARGE;
  switch (type) {
    case PUBACK:
    case PUBREC:
    case PUBREL:
    case PUBCOMP:
    case UNSUBACK:
      return handleAcknowledge(session, type);
    case SUBACK:
      return handleSuback(session);
    case PINGRESP:
      return 0;
    default:
      return PROTOCOL_ERROR;
  }
}

function handleConnack(session: SessionState): number {
  const reader = session.reader;
  if (reader.bytes[reader.offset] & 15) return MALFORMED;
  const code = decodeConnack(reader.bytes, reader.bodyOffset, reader.end);
  if (code === MALFORMED) return MALFORMED;
  session.detail = code & 0xff;
  if (session.detail !== 0) return REFUSED;
  session.deadlines.clear(CONNACK_DUE);
  session.isSessionPresent = (code & SESSION_PRESENT) !== 0;
  const isCertain = session.isSessionPresent && !session.isSessionUncertain;
  session.isSessionUncertain = false;
  if (session.isPurgeDue) {
    // The broker has forgotten the earlier life; with DISCONNECT this connection's session ends too.
    session.isPurgeDue = false;
    session.phase = LEAVING;
    return 0;
  }
  session.phase = CONNECTED;
  session.subscriptions.rewind(isCertain);
  session.isSweepDue = !isCertain;
  if (!session.isSessionPresent) session.inbox.clear();
  session.event = CONNECTED_EVENT;
  return 0;
}

function handlePublish(session: SessionState): number {
  const reader = session.reader;
  const message = session.message;
  const flags = reader.bytes[reader.offset] & 15;
  const status = decodePublish(reader.bytes, reader.bodyOffset, reader.end, flags, message);
  if (status === INCOMPLETE && reader.isTruncated) return handleHeadless(session, flags);
  if (status < 0) return MALFORMED;
  if (!isTopicName(reader.bytes, message.topicOffset, message.topicLength)) return MALFORMED;
  message.isTruncated = reader.isTruncated;
  session.statistics.received++;
  if (message.qos === 2) {
    if (session.inbox.has(message.packetId)) {
      session.statistics.repeated++;
      session.acknowledgements.push(PUBREC, message.packetId);
      return 0;
    }
    if (session.inbox.isFull()) return TABLE_FULL;
  }
  if (reader.isTruncated) session.statistics.oversize++;
  session.event = MESSAGE_EVENT;
  return 0;
}

/**
 * A PUBLISH whose topic alone is larger than the receive buffer cannot be shown. It is counted, and
 * acknowledged, or the broker would send it again for ever.
 */
function handleHeadless(session: SessionState, flags: number): number {
  const message = session.message;
  const packetId = session.reader.lateUint16;
  session.statistics.received++;
  session.statistics.oversize++;
  message.qos = (flags >> QOS_SHIFT) & 3;
  if (message.qos === 0) return 0;
  if (packetId === 0) return MALFORMED;
  const isRepeated = message.qos === 2 && session.inbox.has(packetId);
  if (message.qos === 2 && !isRepeated) {
    if (session.inbox.isFull()) return TABLE_FULL;
    session.inbox.add(packetId);
  }
  session.acknowledgements.push(message.qos === 2 ? PUBREC : PUBACK, packetId);
  return 0;
}

function handleAcknowledge(session: SessionState, type: number): number {
  const reader = session.reader;
  const packetId = decodeAcknowledge(reader.bytes, reader.bodyOffset, reader.end);
  if (packetId < 0) return packetId;
  if (type === PUBREC) return handleReceived(session, packetId);
  if (type === PUBREL) {
    session.inbox.remove(packetId);
    session.acknowledgements.push(PUBCOMP, packetId); // also for one that is not known: the broker waits
    return 0;
  }
  if (type === UNSUBACK) {
    session.detail = session.subscriptions.removed(packetId);
    session.event = REMOVED_EVENT;
  } else {
    const outbox = session.outbox;
    session.detail = type === PUBACK ? outbox.acknowledge(packetId) : outbox.complete(packetId);
    session.event = ACKNOWLEDGED_EVENT;
    if (session.detail >= 0) session.statistics.acknowledged++;
  }
  return dropStray(session);
}

/** PUBREL answers every PUBREC, also one of a publish that is not known: the broker waits for it. */
function handleReceived(session: SessionState, packetId: number): number {
  if (!session.outbox.release(packetId)) session.statistics.strayAcknowledgements++;
  session.acknowledgements.push(PUBREL, packetId);
  return 0;
}

function handleSuback(session: SessionState): number {
  const reader = session.reader;
  const answer = decodeSuback(reader.bytes, reader.bodyOffset, reader.end);
  if (answer < 0) return answer;
  const isGranted = (answer & 0xff) !== SUBSCRIBE_FAILED;
  session.detail = session.subscriptions.granted(answer >> 8, isGranted);
  session.event = isGranted ? GRANTED_EVENT : DENIED_EVENT;
  return dropStray(session);
}

/** An acknowledgement of nothing is no reason to close: a broker may repeat one. It is counted. */
function dropStray(session: SessionState): number {
  if (session.detail >= 0) return 0;
  session.statistics.strayAcknowledgements++;
  session.event = NO_EVENT;
  return 0;
}
