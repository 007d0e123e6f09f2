import { copyBytes } from "../bytes.js";
import { ECMA_IO, QOS2, STREAMS, V5 } from "../features.js";
import { MALFORMED, TOO_LARGE } from "../status.js";
import { PUBLISH, QOS_2, QOS_MASK } from "../wire/packet-type.js";
import { forgetPacket } from "./forget-packet.js";
import { handlePacket } from "./inbound.js";
import { admitLast, answer, handlePublish } from "./messages.js";
import type { Inbound } from "./parts.js";
import type { Session } from "./session.js";

/** Remaining Length has at most this many bytes. */
const LENGTH_BYTES = 4;

/**
 * Takes what cannot be handled at one glance: a packet of more than 129 bytes, or a part of one. What
 * lies here whole is handled where it lies; the rest is gathered in the buffer. What the buffer cannot
 * hold is delivered in pieces, or drained: the stream never loses its step.
 *
 * @returns the offset behind what was taken, `offset` itself when the transport keeps it, or why the
 *   connection must end
 */
export function receive(session: Session, bytes: Uint8Array, offset: number, end: number): number {
  "cold";
  const inbound = session.inbound;
  const buffer = inbound.buffer;
  if (inbound.fill > 0) {
    return inbound.total > 0
      ? gather(session, bytes, offset, end)
      : begin(session, bytes[offset], offset);
  }
  const total = measure(session, bytes, offset, end);
  const kept = ECMA_IO ? (session.transport.keptBytes ?? 0) : 0;
  if (total < 0) return total;
  if (total === 0 || total > end - offset) {
    return kept > 0 && total <= kept ? offset : begin(session, bytes[offset], offset);
  }
  if (total > buffer.length && total > kept) return begin(session, bytes[offset], offset);
  inbound.body += offset;
  inbound.bytes = bytes;
  inbound.end = offset + total;
  inbound.isTruncated = false;
  const status = handlePacket(session, bytes[offset]);
  return status < 0 ? status : offset + total;
}

/** Takes a byte of a fixed header that is not whole. @returns as `receive` */
function begin(session: Session, byte: number, offset: number): number {
  "cold";
  const inbound = session.inbound;
  inbound.buffer[inbound.fill++] = byte;
  const total = measure(session, inbound.buffer, 0, inbound.fill);
  if (total < 0) return total;
  inbound.total = total;
  inbound.place = inbound.fill;
  return total > 0 && inbound.fill === total ? complete(session, offset + 1) : offset + 1;
}

/**
 * Reads the fixed header that begins at `offset`; `body` then lies as far behind its beginning.
 *
 * @returns bytes of the whole packet; 0 while its header is not whole; MALFORMED, TOO_LARGE
 */
function measure(session: Session, bytes: Uint8Array, offset: number, end: number): number {
  "cold";
  let remaining = 0;
  for (let i = 1; i <= LENGTH_BYTES && offset + i < end; i++) {
    const byte = bytes[offset + i];
    remaining |= (byte & 0x7f) << (7 * i - 7);
    if (byte > 127) continue;
    if (V5 && session.version5) {
      if (byte === 0 && i > 1) return MALFORMED; // [MQTT-1.5.5-1]
      if (1 + i + remaining > session.version5.maximumPacketSize) return TOO_LARGE; // [MQTT-3.1.2-24]
    }
    session.inbound.body = 1 + i;
    return 1 + i + remaining;
  }
  return end - offset > LENGTH_BYTES ? MALFORMED : 0;
}

/** Copies into the buffer, behind a header that is whole. */
function gather(session: Session, bytes: Uint8Array, offset: number, end: number): number {
  "cold";
  const inbound = session.inbound;
  const buffer = inbound.buffer;
  const wanted = inbound.total - inbound.fill;
  let count = wanted < end - offset ? wanted : end - offset;
  const free = buffer.length - inbound.place;
  const inPieces = STREAMS && session.settings.receivesPieces && !inbound.isDrained;
  if (inPieces && count > free && buffer[0] >> 4 === PUBLISH) count = free;
  const room = count < free ? count : free;
  copyBytes(bytes, offset, room, buffer, inbound.place);
  if (inbound.total > buffer.length) keepLateId(inbound, bytes, offset, count);
  inbound.place += room;
  inbound.fill += count;
  if (inbound.fill === inbound.total) return complete(session, offset + count);
  if (inPieces && inbound.place === buffer.length && buffer[0] >> 4 === PUBLISH) {
    const status = deliverPiece(session);
    if (status < 0) return status;
  }
  return offset + count;
}

/** The packet is here whole, or what the buffer holds of it. @returns `next`, or why the connection must end */
function complete(session: Session, next: number): number {
  "cold";
  const inbound = session.inbound;
  let status = 0;
  if (STREAMS && inbound.pieceStart > 0) {
    const qos = inbound.buffer[0] & QOS_MASK;
    if (QOS2 && qos === QOS_2 && !inbound.isSkipped) admitLast(session);
    status = deliverPiece(session);
    if (status === 0 && qos !== 0 && !inbound.isUnanswered) {
      status = answer(session, qos, session.message.packetId);
    }
  } else {
    inbound.bytes = inbound.buffer;
    inbound.end = inbound.place;
    inbound.isTruncated = inbound.total > inbound.buffer.length;
    status = handlePacket(session, inbound.buffer[0]);
  }
  forgetPacket(inbound);
  return status < 0 ? status : next;
}

/** Delivers what the buffer holds of a payload that is larger. Behind the first piece the head stays in place. */
function deliverPiece(session: Session): number {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  if (inbound.pieceStart === 0) {
    inbound.bytes = inbound.buffer;
    inbound.end = inbound.place;
    inbound.isTruncated = true;
    const status = handlePublish(session, inbound.buffer[0]);
    if (status < 0 || inbound.isDrained) return status;
    inbound.pieceStart = inbound.place = message.payloadOffset;
    return 0;
  }
  message.position += message.payloadLength;
  message.payloadLength = inbound.place - inbound.pieceStart;
  message.remaining = inbound.total - inbound.fill;
  inbound.place = inbound.pieceStart;
  if (!inbound.isSkipped) session.handler.onMessage(message, session.now);
  return 0;
}

/**
 * Notes the identifier of a PUBLISH as it passes: in a packet that is too large it may not be kept. It
 * is counted, like everything here, from the packet's first byte.
 */
function keepLateId(inbound: Inbound, bytes: Uint8Array, offset: number, count: number): void {
  "cold";
  const topic = inbound.body;
  const at = topic + 2 + (inbound.buffer[topic] << 8) + inbound.buffer[topic + 1];
  for (let i = at - inbound.fill; i <= at + 1 - inbound.fill; i++) {
    if (i >= 0 && i < count) inbound.lateId = ((inbound.lateId & 0xff) << 8) | bytes[offset + i];
  }
}
