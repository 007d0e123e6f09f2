import { crc32Words } from "../crc.js";

/** Bytes one frame can carry. */
export const MAXIMUM_PAYLOAD = 240;
/** Frames one end may have unacknowledged: far below half of 256, so 8 bits name them all. */
export const MAXIMUM_WINDOW = 64;

/** Bits of a number on the wire. The explorer in the tests runs this code with fewer, so that numbers wrap soon. */
const NUMBER_BITS = 8;
const NUMBER_MASK = (1 << NUMBER_BITS) - 1;
const NUMBER_SHIFT = 32 - NUMBER_BITS;

/** Begins every frame; text has none. */
export const MARK = 0;
/** Mixed into the guard, so that a run of zeros is no header. */
const GUARD_BITS = 0x5a;

// The type byte is always 10xxxxxx: after a mark it cannot begin valid text.
/** Has channel << 2, FIRST_FLAG and LAST_FLAG in its low bits. */
export const DATA_FRAME = 0xa0;
export const FIRST_FLAG = 2;
export const LAST_FLAG = 1;
/** Payload: which later frames are here already. */
export const ACKNOWLEDGE_FRAME = 0x80;
/** Payload: a token, then as ACKNOWLEDGE. Asks for a PONG at once. */
export const PING_FRAME = 0x82;
/** Payload: the PING's token, then as ACKNOWLEDGE. */
export const PONG_FRAME = 0x83;
/** Payload: a speed in hundreds of baud, 16 bits. */
export const SPEED_FRAME = 0x84;
/** Has the channel in its low three bits; it is not numbered, and sent once. */
export const DATAGRAM_FRAME = 0x88;

// Where the fields lie, counted from a frame's place: a multiple of four, so that what is checked begins a word.
/** The mark. */
export const FRAME = 3;
export const TYPE = 4;
const LENGTH = 5;
const GUARD = 6;
export const SEQUENCE = 7;
export const ACKNOWLEDGEMENT = 8;
export const LIMIT = 9;
export const PAYLOAD = 10;
const CHECK_LENGTH = 4;
/** Bytes on the wire around a payload. */
export const FRAME_OVERHEAD = PAYLOAD - FRAME + CHECK_LENGTH;
/** Bytes of a frame from its mark on that tell its length. */
export const HEADER_BEGIN = 4;

/** Bytes of memory that a frame with such a payload takes, its place included. */
export function placeBytes(payload: number): number {
  return (FRAME + FRAME_OVERHEAD + payload + 3) & -4;
}

/** Tells whether a byte behind a mark may be a frame's type. */
export function isFrameType(type: number): boolean {
  return (type & 0xc0) === 0x80;
}

/** The byte by which a header is told from noise before its frame has come. */
export function guardOf(type: number, length: number): number {
  return type ^ length ^ GUARD_BITS;
}

/**
 * What is mixed into the check, never sent: the session, and the upper bits of both numbers. The lowest bit is the key's
 * alone: it tells the board's frames from the host's, so no end ever takes an echo for its peer.
 */
function seal(key: number, sequence: number, acknowledgement: number): number {
  return (
    key ^ ((sequence >>> NUMBER_BITS) << 16) ^ (((acknowledgement >>> NUMBER_BITS) & 0x7fff) << 1)
  );
}

/** The counter nearest to `reference` whose low bits are `low`. */
export function widen(low: number, reference: number): number {
  return (reference + (((low - reference) << NUMBER_SHIFT) >> NUMBER_SHIFT)) | 0;
}

/** The limit whose low bits are `low`: not less than the acknowledgement beside it. */
export function widenLimit(low: number, acknowledgement: number): number {
  return (acknowledgement + ((low - acknowledgement) & NUMBER_MASK)) | 0;
}

/**
 * Completes a frame around its payload: header and check, from the mark at `place` + FRAME on.
 *
 * @param place a multiple of four; the payload lies at `place` + PAYLOAD
 * @param key   the session, as seen from the sender
 * @returns the length on the wire
 */
export function encodeFrame(
  bytes: Uint8Array,
  words: Int32Array,
  place: number,
  type: number,
  length: number,
  sequence: number,
  acknowledgement: number,
  limit: number,
  key: number,
): number {
  const at = place + TYPE;
  bytes[place + FRAME] = MARK;
  bytes[at] = type;
  bytes[place + LENGTH] = length;
  bytes[place + GUARD] = guardOf(type, length);
  bytes[place + SEQUENCE] = sequence & NUMBER_MASK;
  bytes[place + ACKNOWLEDGEMENT] = acknowledgement & NUMBER_MASK;
  bytes[place + LIMIT] = limit & NUMBER_MASK;
  const end = place + PAYLOAD + length;
  const check = crc32Words(words, bytes, at, end - at) ^ seal(key, sequence, acknowledgement);
  bytes[end] = check >>> 24;
  bytes[end + 1] = check >>> 16;
  bytes[end + 2] = check >>> 8;
  bytes[end + 3] = check;
  return length + FRAME_OVERHEAD;
}

/** Tells whether a frame's check is right for its numbers, as widened. */
export function isFrameRight(
  bytes: Uint8Array,
  words: Int32Array,
  place: number,
  sequence: number,
  acknowledgement: number,
  key: number,
): boolean {
  const at = place + TYPE;
  const length = PAYLOAD - TYPE + bytes[place + LENGTH];
  const check = crc32Words(words, bytes, at, length) ^ seal(key, sequence, acknowledgement);
  return check === readUint32(bytes, at + length);
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
