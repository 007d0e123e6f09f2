import { JOURNAL, QOS2, STATISTICS, STREAMS, V5 } from "../features.js";
import { INCOMPLETE, MALFORMED, QUOTA_EXCEEDED, TABLE_FULL } from "../status.js";
import {
  PUBACK_BYTE,
  PUBCOMP_BYTE,
  PUBREC_BYTE,
  QOS_1,
  QOS_2,
  QOS_MASK,
} from "../wire/packet-type.js";
import { OVERSIZE_EVENT } from "./event.js";
import { openMessage } from "./inbound5.js";
import { COMPLETED } from "./journal.js";
import { note, noteArrival, noteReceived } from "./journal-notes.js";
import { ACKNOWLEDGEMENT_LENGTH, BUSY } from "./parts.js";
import { isTopic } from "./received-topic.js";
import { CONNECTED, type Session } from "./session.js";

/** By the low four bits of a PUBLISH's first byte: whether DUP and QoS may be so. */
const LEGAL_FLAGS = 0x3c3f;

/** Queues a PUBACK, PUBREC, PUBREL or PUBCOMP. @returns 0 */
export function acknowledge(session: Session, firstByte: number, packetId: number): number {
  const outbound = session.outbound;
  const packets = outbound.packets;
  const at = outbound.ackFill;
  packets[at] = firstByte;
  packets[at + 1] = ACKNOWLEDGEMENT_LENGTH - 2;
  packets[at + 2] = packetId >> 8;
  packets[at + 3] = packetId;
  outbound.ackFill = at + ACKNOWLEDGEMENT_LENGTH;
  session.outbox.idle = BUSY;
  return 0;
}

/**
 * Delivers the message in `inbound`, and answers it.
 *
 * @param firstByte type, DUP, QoS and RETAIN
 */
export function handlePublish(session: Session, firstByte: number): number {
  const inbound = session.inbound;
  const message = session.message;
  const bytes = inbound.bytes;
  const topic = inbound.body + 2;
  const qos = firstByte & QOS_MASK;
  if (((LEGAL_FLAGS >> (firstByte & 15)) & 1) === 0) return MALFORMED; // [MQTT-3.3.1-4] [MQTT-3.3.1-2]
  const end = topic + (bytes[topic - 2] << 8) + bytes[topic - 1];
  let payload = end;
  if (qos !== 0) payload += 2;
  // Nor is it less where bytes of the length are missing: then it is no number.
  if (!(payload <= inbound.end)) return handleLong(session, qos, payload);
  message.bytes = message.topicBytes = bytes;
  message.topicOffset = topic;
  message.topicLength = end - topic;
  message.flags = firstByte;
  message.payloadOffset = payload;
  if (qos !== 0) {
    message.packetId = (bytes[end] << 8) | bytes[end + 1];
    if (message.packetId === 0) return MALFORMED; // [MQTT-2.3.1-1]
  }
  let status = 0;
  if (V5 && session.version5) status = openMessage(session);
  else if (!isTopic(inbound, bytes, topic, end - topic)) return MALFORMED;
  message.payloadLength = inbound.end - message.payloadOffset;
  message.position = message.remaining = 0;
  message.isTruncated = false;
  if (inbound.isTruncated) status = cutShort(session, status);
  if (status < 0) return status === INCOMPLETE ? handleHeadless(session, qos) : status;
  if (STATISTICS) session.statistics.received++;
  if (QOS2 && qos === QOS_2 && !admit(session)) return 0;
  session.handler.onMessage(message, session.now);
  if (qos === 0 || message.remaining > 0) return 0;
  return answer(session, qos, message.packetId);
}

/**
 * The packet is larger than the buffer: this is its beginning, and all there is of it unless pieces follow.
 *
 * @param status of what was read of it
 * @returns `status`, or INCOMPLETE: pieces are to follow, and the buffer has no room for any
 */
function cutShort(session: Session, status: number): number {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  if (status < 0) return status;
  if (STREAMS) message.remaining = inbound.total - inbound.fill;
  message.isTruncated = message.remaining === 0;
  if (message.isTruncated) session.statistics.oversize++;
  else if (message.payloadLength === 0) return INCOMPLETE;
  return 0;
}

/**
 * Acknowledges a message, unless the application has ended the connection meanwhile.
 *
 * @returns 0, or why the connection must end
 */
export function answer(session: Session, qos: number, packetId: number): number {
  if (JOURNAL && QOS2 && qos === QOS_2 && session.outbox.journal) {
    const status = noteReceived(session, packetId);
    if (status < 0) return status;
  }
  if (session.phase < CONNECTED) return 0;
  return acknowledge(session, qos === QOS_1 ? PUBACK_BYTE : PUBREC_BYTE, packetId);
}

/**
 * Keeps a QoS 2 message's identifier, so that the message is delivered once [MQTT-4.3.3-2]. It is kept
 * before the delivery, of pieces the last one's: what the application does may end the connection.
 *
 * @returns whether it is to be delivered
 */
function admit(session: Session): boolean {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  const received = inbound.received;
  if (received.indexOf(message.packetId) >= 0) {
    session.statistics.repeated++;
    // Of a payload that comes in pieces the rest is still to pass.
    if (STREAMS && message.remaining > 0) inbound.isSkipped = true;
    else answer(session, QOS_2, message.packetId);
    return false;
  }
  const place = received.indexOf(0);
  if (place < 0) {
    if (V5 && session.version5) session.fault = QUOTA_EXCEEDED;
    session.outbox.idle = BUSY;
    // Unanswered, the broker keeps it; when there is room, a new connection makes it come again.
    session.statistics.postponed++;
    session.isPostponing = true;
    if (STREAMS && message.remaining > 0) inbound.isSkipped = inbound.isUnanswered = true;
    return false;
  }
  if (!STREAMS || message.remaining === 0) {
    received[place] = message.packetId;
    if (JOURNAL && session.outbox.journal) noteArrival(session.outbox.journal, message.packetId);
  }
  return true;
}

/** The last piece of a QoS 2 message is to be delivered. The connection had no time to fill the table meanwhile. */
export function admitLast(session: Session): void {
  "cold";
  const received = session.inbound.received;
  received[received.indexOf(0)] = session.message.packetId;
  if (JOURNAL && session.outbox.journal) {
    noteArrival(session.outbox.journal, session.message.packetId);
  }
}

/** PUBREL came: the identifier is new again [MQTT-4.3.3-2]. One that is not known is answered too: the broker waits. */
export function handleReleased(session: Session, packetId: number): number {
  "cold";
  const received = session.inbound.received;
  const place = received.indexOf(packetId);
  if (place >= 0) received[place] = 0;
  if (JOURNAL && session.outbox.journal) {
    const status = note(session, COMPLETED, packetId, 0);
    if (status < 0) return status;
  }
  acknowledge(session, PUBCOMP_BYTE, packetId);
  if (!session.isPostponing) return 0;
  for (let i = 0; i < received.length; i++) if (received[i] !== 0) return 0;
  session.fault = TABLE_FULL;
  return 0;
}

/** The topic runs past what is here: past the packet, or past the buffer. */
function handleLong(session: Session, qos: number, payload: number): number {
  "cold";
  const inbound = session.inbound;
  return inbound.isTruncated && payload <= inbound.total ? handleHeadless(session, qos) : MALFORMED;
}

/**
 * A PUBLISH whose topic or properties are larger than the receive buffer cannot be shown. It is counted,
 * told and acknowledged, or the broker would send it again for ever.
 */
function handleHeadless(session: Session, qos: number): number {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  if (inbound.fill < inbound.total) {
    inbound.isDrained = true;
    return 0;
  }
  session.statistics.oversize++;
  if (STATISTICS) session.statistics.received++;
  message.packetId = inbound.lateId;
  if (qos !== 0 && message.packetId === 0) return MALFORMED;
  if (QOS2 && qos === QOS_2 && !admit(session)) return 0;
  session.handler.onEvent(OVERSIZE_EVENT, qos / QOS_1, session.now);
  return qos === 0 ? 0 : answer(session, qos, message.packetId);
}
