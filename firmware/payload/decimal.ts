const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;

/** The longest text that `writeDecimal` makes. */
export const DECIMAL_LENGTH = 24;
/** The largest magnitude, after scaling, whose integers a number holds exactly. */
const EXACT = 9007199254740992;

/**
 * Writes a number as plain decimal text, rounded to `decimals` digits behind the point, without making
 * a string.
 *
 * @param decimals 0 to 9
 * @param out      DECIMAL_LENGTH bytes from its beginning are used
 * @returns the length of the text, 0 when the value is not finite or too large to be exact
 */
export function writeDecimal(value: number, decimals: number, out: Uint8Array): number {
  let scale = 1;
  for (let i = 0; i < decimals; i++) scale *= 10;
  let rest = Math.round((value < 0 ? -value : value) * scale);
  if (!(rest < EXACT)) return 0;
  const isNegative = value < 0 && rest > 0;
  let length = (isNegative ? 1 : 0) + digitCount(rest, decimals + 1) + (decimals > 0 ? 1 : 0);
  const textLength = length;
  for (let digit = 0; length > (isNegative ? 1 : 0); digit++) {
    if (digit === decimals && decimals > 0) out[--length] = POINT;
    const tens = Math.floor(rest / 10);
    out[--length] = ZERO + (rest - tens * 10);
    rest = tens;
  }
  if (isNegative) out[0] = MINUS;
  return textLength;
}

function digitCount(value: number, least: number): number {
  let count = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) count++;
  return count < least ? least : count;
}
