import { MALFORMED, TOO_LARGE } from "../status.js";

const ZERO = 0x30;
const ONE = 0x31;
const F = 0x66;
/** Sets the bit that tells small letters from capitals. */
const SMALL = 0x20;

// Words as the bytes of one integer.
const ON = 0x6f6e;
const OFF = 0x6f6666;
const TRUE = 0x74727565;
/** What of `false` fits. */
const ALSE = 0x616c7365;

/**
 * Reads `true`, `on`, `1` or `false`, `off`, `0`, in letters of either size.
 *
 * @returns 1, 0 or MALFORMED
 */
export function readBoolean(bytes: Uint8Array, offset: number, length: number): number {
  if (length < 1 || length > 5) return MALFORMED;
  const first = bytes[offset];
  if (length === 1) return first === ONE ? 1 : first === ZERO ? 0 : MALFORMED;
  let word = 0;
  for (let i = 0; i < length; i++) word = (word << 8) | bytes[offset + i] | SMALL;
  if (length === 5) return word === ALSE && (first | SMALL) === F ? 0 : MALFORMED;
  if (word === ON || word === TRUE) return 1;
  return word === OFF ? 0 : MALFORMED;
}

/**
 * Writes `true` or `false`.
 *
 * @param end one past the last byte of `out` that may be used
 * @returns the length of the text, or TOO_LARGE
 */
export function writeBoolean(
  value: boolean,
  out: Uint8Array,
  outOffset: number,
  end: number,
): number {
  const length = value ? 4 : 5;
  if (end - outOffset < length) return TOO_LARGE;
  if (!value) out[outOffset++] = F;
  const word = value ? TRUE : ALSE;
  for (let shift = 24; shift >= 0; shift -= 8) out[outOffset++] = word >> shift;
  return length;
}
