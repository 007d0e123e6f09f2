import { STREAMS } from "../features.js";
import { fail, handleWritable } from "./connection.js";
import { handlePacket } from "./inbound.js";
import { ACKNOWLEDGEMENTS_END, BUSY } from "./parts.js";
import { receive } from "./receive.js";
import { CONNECTED, CONNECTING, type Session } from "./session.js";

/**
 * Bytes came from the broker; they are borrowed during the call.
 *
 * @returns how many were taken; the rest must be offered again, after `handleWritable` or `resume`
 */
export function handleBytes(
  session: Session,
  bytes: Uint8Array,
  offset: number,
  length: number,
  now: number,
): number {
  const inbound = session.inbound;
  const outbound = session.outbound;
  const end = offset + length;
  let at = offset;
  session.now = session.lastReceived = now;
  outbound.ping = 0; // any byte proves that the broker is there
  while (
    at < end &&
    session.phase >= CONNECTING &&
    outbound.ackFill < ACKNOWLEDGEMENTS_END &&
    !(STREAMS && inbound.isPaused && session.phase >= CONNECTED)
  ) {
    const next = at + 2 + bytes[at + 1];
    let status = 0;
    if (inbound.fill > 0 || next > end || next > at + inbound.short || at + 1 === end) {
      status = receive(session, bytes, at, end);
      if (status === at) break;
      at = status;
    } else {
      inbound.bytes = bytes;
      inbound.body = at + 2;
      inbound.end = next;
      inbound.isTruncated = false;
      status = handlePacket(session, bytes[at]);
      at = next;
    }
    if (status < 0) {
      fail(session, status);
      return length;
    }
    // What is owed goes out at once where it must, so that more can be taken.
    if (outbound.ackFill === ACKNOWLEDGEMENTS_END) handleWritable(session, now);
  }
  if (session.outbox.idle === BUSY) handleWritable(session, now);
  return session.phase >= CONNECTING ? at - offset : length;
}
