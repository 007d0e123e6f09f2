// Improv Serial, by which browsers give boards their Wi-Fi: `IMPROV`, version, type, length, data, checksum.

/** What each of its frames begins with. */
const LETTERS = [0x49, 0x4d, 0x50, 0x52, 0x4f, 0x56];
const LENGTH = 8;
const OVERHEAD = 10;

/**
 * Bytes that a run must have to be a frame of Improv Serial, as far as its beginning tells.
 *
 * @param length of the run so far
 * @returns the bytes to wait for; 0 when it is none
 */
export function improvLength(bytes: Uint8Array, offset: number, length: number): number {
  if (length === 0 || bytes[offset] !== LETTERS[0]) return 0;
  const known = length < LETTERS.length ? length : LETTERS.length;
  for (let i = 1; i < known; i++) if (bytes[offset + i] !== LETTERS[i]) return 0;
  if (length <= LENGTH) return length < LETTERS.length ? length + 1 : LENGTH + 1;
  return OVERHEAD + bytes[offset + LENGTH];
}
