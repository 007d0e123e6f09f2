import { skipDigits } from "./digits.js";
import { NO_INTEGER, readInteger, writeScaled } from "./integer.js";

const PLUS = 0x2b;
const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
const SMALL_E = 0x65;
/** Sets the bit that tells small letters from capitals. */
const SMALL = 0x20;
/** Further digits hardly change a number that is as large. */
const ENOUGH = 1e17;
/** Of the largest power of ten that is a number exactly. */
const LARGEST_EXPONENT = 22;
/** Beyond this, with any digits, there is 0 or nothing. */
const ANY_EXPONENT = 400;

/** The longest text that `writeDecimal` makes. */
export const DECIMAL_LENGTH = 24;

/**
 * Reads a decimal number: `-21.45`, `007`, `6.02e23`. With up to 15 digits, the last of them within 22
 * places of the point, the result is the nearest number there is; else it may be a few units off in its
 * last place.
 *
 * @returns the number, NaN when the bytes are none or it is too large to be one
 */
export function readDecimal(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const isNegative = offset < end && bytes[offset] === MINUS;
  if (isNegative) offset++;
  const point = skipDigits(bytes, offset, end);
  const hasPoint = point < end && bytes[point] === POINT;
  const behind = hasPoint ? skipDigits(bytes, point + 1, end) : point;
  if (point === offset || behind === point + 1) return Number.NaN;
  let value = 0;
  let exponent = 0;
  for (; offset < behind; offset++) {
    if (offset === point) continue;
    const counts = value < ENOUGH;
    if (counts) value = value * 10 + (bytes[offset] - ZERO);
    if (counts && offset > point) exponent--;
    if (!counts && offset < point) exponent++;
  }
  if (offset < end) exponent += readExponent(bytes, offset, end);
  value = scaled(value, exponent);
  if (!(value < Number.POSITIVE_INFINITY)) return Number.NaN;
  return isNegative ? 0 - value : value;
}

/** @returns what stands behind the letter, NaN when this is no exponent */
function readExponent(bytes: Uint8Array, offset: number, end: number): number {
  if ((bytes[offset++] | SMALL) !== SMALL_E || offset === end) return Number.NaN;
  if (bytes[offset] === PLUS) {
    offset++;
    if (offset < end && bytes[offset] === MINUS) return Number.NaN;
  }
  const exponent = readInteger(bytes, offset, end - offset);
  return exponent === NO_INTEGER ? Number.NaN : exponent;
}

/** @returns `value` × 10^`exponent`, NaN when the exponent is */
function scaled(value: number, exponent: number): number {
  const isDivided = exponent < 0;
  let left = isDivided ? -exponent : exponent;
  if (left > ANY_EXPONENT) left = ANY_EXPONENT;
  while (left > 0) {
    let power = 1;
    for (let i = 0; i < LARGEST_EXPONENT && left > 0; i++, left--) power *= 10;
    value = isDivided ? value / power : value * power;
  }
  return left === 0 ? value : Number.NaN;
}

/**
 * Writes a number as plain decimal text, rounded to `decimals` digits behind the point, halves away from
 * zero.
 *
 * @param decimals 0 to 9
 * @param end      one past the last byte of `out` that may be used; DECIMAL_LENGTH bytes always suffice
 * @returns the length of the text, or TOO_LARGE, or BAD_ARGUMENT: not finite, or too large to be exact
 */
export function writeDecimal(
  value: number,
  decimals: number,
  out: Uint8Array,
  outOffset: number,
  end: number,
): number {
  let scale = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  const units = Math.round((value < 0 ? -value : value) * scale);
  return writeScaled(value < 0 ? 0 - units : units, decimals, out, outOffset, end);
}
