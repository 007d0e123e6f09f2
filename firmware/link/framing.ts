/** Stands between frames and never inside one. */
export const DELIMITER = 0;

/**
 * Finds a byte with the engine's native search.
 * The search may look past `end`, up to the end of `bytes`: pass pieces in arrays of their size.
 *
 * @param end exclusive
 * @returns its offset, or `end` when it is not there
 */
export function indexOfByte(bytes: Uint8Array, value: number, offset: number, end: number): number {
  const at = bytes.indexOf(value, offset);
  return at < 0 || at > end ? end : at;
}

/**
 * Stuffs a frame in place by COBS: each zero becomes the distance to the next one, so no zero is left.
 *
 * @param offset the spare byte before the content: it becomes the first distance
 * @param end    one past the content, of at most 254 bytes, as one distance can tell; the delimiter is written there
 * @returns one past the delimiter
 */
export function stuff(bytes: Uint8Array, offset: number, end: number): number {
  bytes[end] = DELIMITER; // also stops the search, which therefore never leaves the frame
  while (offset < end) {
    const zero = bytes.indexOf(DELIMITER, offset + 1);
    bytes[offset] = zero - offset;
    offset = zero;
  }
  return end + 1;
}

/**
 * Takes the stuffing out in place: the content then starts at `offset` + 1.
 *
 * @param end one past the last stuffed byte, where the delimiter stood
 * @returns true when the chain of distances ends exactly there; else the bytes are spoiled
 */
export function unstuff(bytes: Uint8Array, offset: number, end: number): boolean {
  let next = offset + bytes[offset];
  while (next < end && bytes[next] !== DELIMITER) {
    const distance = bytes[next];
    bytes[next] = DELIMITER;
    next += distance;
  }
  return next === end;
}
