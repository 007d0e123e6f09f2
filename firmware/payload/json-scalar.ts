import { INCOMPLETE, MALFORMED } from "../status.js";
import { skipDigits } from "./digits.js";
import { skipJsonText } from "./json-text.js";

// Values of JSON that have none within. @see RFC 8259 §3, §6

const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const SMALL_E = 0x65;
/** Sets the bit that tells small letters from capitals. */
const SMALL = 0x20;

/**
 * Finds the end of a string, a number, `true`, `false` or `null`.
 *
 * @param offset of its first byte, before `end`
 * @returns the offset behind it, or INCOMPLETE, MALFORMED
 */
export function skipJsonScalar(bytes: Uint8Array, offset: number, end: number): number {
  switch (bytes[offset]) {
    case QUOTE:
      return skipJsonText(bytes, offset + 1, end);
    case 0x74: // t
      return skipWord(bytes, offset + 1, end, 0x727565, 16);
    case 0x66: // f
      return skipWord(bytes, offset + 1, end, 0x616c7365, 24);
    case 0x6e: // n
      return skipWord(bytes, offset + 1, end, 0x756c6c, 16);
    default:
      return skipNumber(bytes, offset, end);
  }
}

/** @param word the bytes that must follow, as one integer. @param shift of the first of them */
function skipWord(
  bytes: Uint8Array,
  offset: number,
  end: number,
  word: number,
  shift: number,
): number {
  for (; shift >= 0; shift -= 8) {
    if (offset >= end) return INCOMPLETE;
    if (bytes[offset++] !== ((word >> shift) & 0xff)) return MALFORMED;
  }
  return offset;
}

function skipNumber(bytes: Uint8Array, offset: number, end: number): number {
  if (bytes[offset] === MINUS) offset++;
  // No digit follows a zero that leads.
  if (offset < end && bytes[offset] === ZERO) offset++;
  else offset = skipSomeDigits(bytes, offset, end);
  if (offset > 0 && offset < end && bytes[offset] === POINT) {
    offset = skipSomeDigits(bytes, offset + 1, end);
  }
  if (offset > 0 && offset < end && (bytes[offset] | SMALL) === SMALL_E) {
    const hasSign = ++offset < end && (bytes[offset] === PLUS || bytes[offset] === MINUS);
    offset = skipSomeDigits(bytes, hasSign ? offset + 1 : offset, end);
  }
  return offset;
}

/** @returns the offset behind one digit or more, or INCOMPLETE, MALFORMED */
function skipSomeDigits(bytes: Uint8Array, offset: number, end: number): number {
  const behind = skipDigits(bytes, offset, end);
  if (behind > offset) return behind;
  return offset < end ? MALFORMED : INCOMPLETE;
}
