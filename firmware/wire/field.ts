import { INCOMPLETE, MALFORMED } from "../status.js";

/** How many bytes, 1 to 4, `remainingLength` takes on the wire. */
export function remainingLengthSize(remainingLength: number): number {
  if (remainingLength < 128) return 1;
  if (remainingLength < 16384) return 2;
  return remainingLength < 2097152 ? 3 : 4;
}

/** Writes the two bytes of a fixed header and more where needed. @returns the offset behind it */
export function encodeFixedHeader(
  firstByte: number,
  remainingLength: number,
  out: Uint8Array,
  outOffset: number,
): number {
  out[outOffset++] = firstByte;
  let rest = remainingLength;
  while (rest > 127) {
    out[outOffset++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[outOffset++] = rest;
  return outOffset;
}

/**
 * Measures the fixed header that begins at `offset`.
 *
 * @returns its length, 2 to 5; INCOMPLETE while bytes are missing; MALFORMED when a fourth length
 *   byte announces a fifth
 */
export function fixedHeaderLength(bytes: Uint8Array, offset: number, end: number): number {
  for (let at = offset + 1; at < offset + 5; at++) {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] < 0x80) return at + 1 - offset;
  }
  return MALFORMED;
}

/** Reads the Remaining Length of a fixed header that is `headerLength` bytes long. */
export function decodeRemainingLength(
  bytes: Uint8Array,
  offset: number,
  headerLength: number,
): number {
  let remainingLength = 0;
  for (let i = headerLength - 1; i > 0; i--) {
    remainingLength = (remainingLength << 7) | (bytes[offset + i] & 0x7f);
  }
  return remainingLength;
}

/** Writes a two-byte integer. @returns the offset behind it */
export function encodeUint16(value: number, out: Uint8Array, outOffset: number): number {
  out[outOffset] = value >> 8;
  out[outOffset + 1] = value;
  return outOffset + 2;
}

/** Reads a two-byte integer. */
export function decodeUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1];
}

/** Writes a length-prefixed field: a UTF-8 string or binary data. @returns the offset behind it */
export function encodeField(field: Uint8Array, out: Uint8Array, outOffset: number): number {
  outOffset = encodeUint16(field.length, out, outOffset);
  out.set(field, outOffset);
  return outOffset + field.length;
}
