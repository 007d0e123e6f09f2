const ZERO = 0x30;
const NINE = 0x39;

/** @returns the offset of the first byte that is no decimal digit, `end` when there is none */
export function skipDigits(bytes: Uint8Array, offset: number, end: number): number {
  while (offset < end && bytes[offset] >= ZERO && bytes[offset] <= NINE) offset++;
  return offset;
}
