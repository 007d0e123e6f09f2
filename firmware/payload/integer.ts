import { BAD_ARGUMENT, TOO_LARGE } from "../status.js";
import { skipDigits } from "./digits.js";

// Integers as decimal text. A scaled integer counts tenths, hundredths and so on: 2145 with two decimals
// is "21.45", exact without a fraction anywhere.

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const FIVE = 0x35;
const LARGEST = 0x7fffffff;
/** Below this magnitude a number holds every integer. */
const EXACT = 9007199254740992;

/** What the readers return when there is no integer: the one value of 32 bits that they never read. */
export const NO_INTEGER = -0x80000000;

/**
 * Reads decimal digits, with a minus sign before them or without, and nothing else.
 *
 * @returns -2147483647 to 2147483647, or NO_INTEGER
 */
export function readInteger(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const isNegative = offset < end && bytes[offset] === MINUS;
  if (isNegative) offset++;
  if (offset >= end || skipDigits(bytes, offset, end) < end) return NO_INTEGER;
  let value = 0;
  while (offset < end) value = value * 10 + (bytes[offset++] - ZERO);
  if (value > LARGEST) return NO_INTEGER;
  return isNegative ? 0 - value : value;
}

/**
 * Reads a plain decimal such as `-21.45` as an integer of its last place; digits behind that place round
 * it, halves away from zero.
 *
 * @param decimals 0 to 9: 2 makes 2145 of `21.45`, 2150 of `21.5`
 * @returns -2147483647 to 2147483647, or NO_INTEGER
 */
export function readScaled(
  bytes: Uint8Array,
  offset: number,
  length: number,
  decimals: number,
): number {
  const end = offset + length;
  const isNegative = offset < end && bytes[offset] === MINUS;
  if (isNegative) offset++;
  const point = skipDigits(bytes, offset, end);
  if (point === offset) return NO_INTEGER;
  if (point < end && (bytes[point] !== POINT || point + 1 === end)) return NO_INTEGER;
  if (skipDigits(bytes, point + 1, end) < end) return NO_INTEGER;
  let value = 0;
  while (offset < point) value = value * 10 + (bytes[offset++] - ZERO);
  for (let i = 0; i < decimals; i++)
    value = value * 10 + (++offset < end ? bytes[offset] - ZERO : 0);
  if (++offset < end && bytes[offset] >= FIVE) value++;
  if (value > LARGEST) return NO_INTEGER;
  return isNegative ? 0 - value : value;
}

/**
 * Writes an integer as decimal text.
 *
 * @param value within ±(2^53 - 1)
 * @param end   one past the last byte of `out` that may be used
 * @returns the length of the text, or TOO_LARGE, BAD_ARGUMENT
 */
export function writeInteger(
  value: number,
  out: Uint8Array,
  outOffset: number,
  end: number,
): number {
  return writeScaled(value, 0, out, outOffset, end);
}

/**
 * Writes a scaled integer as plain decimal text.
 *
 * @param value    within ±(2^53 - 1)
 * @param decimals 0 to 9: 2 makes `21.45` of 2145
 * @param end      one past the last byte of `out` that may be used
 * @returns the length of the text, or TOO_LARGE, BAD_ARGUMENT
 */
export function writeScaled(
  value: number,
  decimals: number,
  out: Uint8Array,
  outOffset: number,
  end: number,
): number {
  const isNegative = value < 0;
  let rest = isNegative ? -value : value;
  if (!(rest < EXACT)) return BAD_ARGUMENT;
  let digits = 1;
  for (let power = 10; power <= rest; power *= 10) digits++;
  if (digits <= decimals) digits = decimals + 1;
  let at = outOffset + digits + (isNegative ? 1 : 0) + (decimals > 0 ? 1 : 0);
  if (at > end) return TOO_LARGE;
  const length = at - outOffset;
  for (let i = 0; i < digits; i++) {
    if (i === decimals && i > 0) out[--at] = POINT;
    const tens = Math.floor(rest / 10);
    out[--at] = ZERO + (rest - tens * 10);
    rest = tens;
  }
  if (isNegative) out[outOffset] = MINUS;
  return length;
}
