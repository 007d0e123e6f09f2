import { crc32 } from "./crc.js";
import { stuff } from "./framing.js";

/** Bytes one frame can carry. */
export const MAXIMUM_PAYLOAD = 240;
/** Frames one end may have unacknowledged: far below half of 256, so 8 bits name them all. */
export const MAXIMUM_WINDOW = 64;

// The type byte is always 10xxxxxx: after a distance byte it cannot continue valid text.
/** Has channel << 2, FIRST_FLAG and LAST_FLAG in its low bits. */
export const DATA_FRAME = 0xa0;
export const ACKNOWLEDGE_FRAME = 0x80;
/** Asks to send again everything from the acknowledgement on. */
export const REJECT_FRAME = 0x81;
/** Asks for any frame at once. */
export const PING_FRAME = 0x82;
export const FIRST_FLAG = 2;
export const LAST_FLAG = 1;

/** Where the fields lie, counted from the distance byte of the stuffing. */
export const TYPE = 1;
const SEQUENCE = 2;
const ACKNOWLEDGEMENT = 3;
const LIMIT = 4;
export const PAYLOAD = 5;
const CHECK_LENGTH = 4;
/** A stuffed frame without its payload and delimiters. */
export const FRAME_CONTENT = PAYLOAD + CHECK_LENGTH;

/**
 * The header of one frame. Numbers of frames are whole counters from the start of the session that wrap at
 * 32 bits; the wire carries their low 8 bits, and the check covers the 16 bits above those.
 */
export class Frame {
  type = 0;
  /** DATA: its own number. Else: the number of the next DATA on the wire. */
  sequence = 0;
  /** The next number this frame's sender expects: all before are delivered. */
  acknowledgement = 0;
  /** The first number this frame's sender does not yet want. */
  limit = 0;
}

/** Tells whether a run of bytes after a delimiter may be a frame, by its second byte. */
export function isFrameType(type: number): boolean {
  return (type & 0xc0) === 0x80;
}

/** What is mixed into the check, never sent: the session, and the upper bits of both counters. */
function seal(frame: Frame, key: number): number {
  return key ^ ((frame.sequence << 8) & 0xffff0000) ^ ((frame.acknowledgement >>> 8) & 0xffff);
}

/** The counter nearest to `reference` whose low 8 bits are `low`. */
function widen(low: number, reference: number): number {
  return (reference + (((low - reference) << 24) >> 24)) | 0;
}

/**
 * Completes a frame around its payload: header, check, stuffing, delimiter.
 *
 * @param out           holds the payload at `outOffset` + PAYLOAD
 * @param outOffset     where the frame begins
 * @param payloadLength 0 to MAXIMUM_PAYLOAD
 * @param key           the session, as seen from the sender
 * @returns one past the delimiter
 */
export function encodeFrame(
  frame: Frame,
  out: Uint8Array,
  outOffset: number,
  payloadLength: number,
  key: number,
): number {
  out[outOffset + TYPE] = frame.type;
  out[outOffset + SEQUENCE] = frame.sequence;
  out[outOffset + ACKNOWLEDGEMENT] = frame.acknowledgement;
  out[outOffset + LIMIT] = frame.limit;
  const end = outOffset + PAYLOAD + payloadLength;
  const content = outOffset + TYPE;
  writeUint32(out, end, crc32(out, content, end - content) ^ seal(frame, key));
  return stuff(out, outOffset, end + CHECK_LENGTH);
}

/**
 * Reads the header of one frame and verifies its check.
 *
 * @param bytes the frame from its distance byte at 0, unstuffed
 * @param end   one past the check
 * @param key   the session, as seen from the frame's sender
 * @param frame on entry, the sequence and acknowledgement expected next; overwritten
 * @returns the length of the payload, which begins at PAYLOAD, or -1 when the frame is damaged or of another session
 */
export function decodeFrame(bytes: Uint8Array, end: number, key: number, frame: Frame): number {
  const checkOffset = end - CHECK_LENGTH;
  if (checkOffset < PAYLOAD) return -1;
  frame.type = bytes[TYPE];
  frame.sequence = widen(bytes[SEQUENCE], frame.sequence);
  frame.acknowledgement = widen(bytes[ACKNOWLEDGEMENT], frame.acknowledgement);
  frame.limit = (frame.acknowledgement + ((bytes[LIMIT] - frame.acknowledgement) & 255)) | 0;
  const check = crc32(bytes, TYPE, checkOffset - TYPE) ^ seal(frame, key);
  return check === readUint32(bytes, checkOffset) ? checkOffset - PAYLOAD : -1;
}

/** Writes 32 bits, most significant byte first. */
export function writeUint32(out: Uint8Array, outOffset: number, value: number): void {
  out[outOffset] = value >>> 24;
  out[outOffset + 1] = value >>> 16;
  out[outOffset + 2] = value >>> 8;
  out[outOffset + 3] = value;
}

/** Reads 32 bits, most significant byte first, as a signed integer. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3]
  );
}
