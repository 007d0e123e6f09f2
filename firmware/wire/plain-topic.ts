/** A byte of a plain topic is at least this: `,` is the first character behind `#` and `+`. */
const LOWEST = 0x2c;

const FOUR_LOWEST = 0x2c2c2c2c;
/** The highest bit of each of four bytes. */
const FOUR_HIGHEST_BITS = -0x7f7f7f80;

/**
 * Tells whether a topic is surely legal: not empty, and of ASCII characters from `,` on, as nearly all are.
 * It looks at four bytes at a time.
 *
 * @param view of the storage of `bytes`, from its beginning
 * @returns false when only a closer look can tell
 */
export function isPlainTopic(
  bytes: Uint8Array,
  view: DataView,
  offset: number,
  length: number,
): boolean {
  if (length === 0) return false;
  const end = offset + length;
  for (; offset <= end - 4; offset += 4) {
    const four = view.getInt32(offset);
    // Without highest bits the difference stays an integer, and one of its own is set where a byte is lower.
    if (four & FOUR_HIGHEST_BITS || (four - FOUR_LOWEST) & ~four & FOUR_HIGHEST_BITS) return false;
  }
  for (; offset < end; offset++) if (bytes[offset] < LOWEST || bytes[offset] > 0x7f) return false;
  return true;
}
