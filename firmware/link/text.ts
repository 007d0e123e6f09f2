const ESCAPE = 0x1b;
const TAB = 0x09;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The continuation bytes that a lead byte of UTF-8 announces, or -1 when it leads nothing. */
function continuations(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return -1;
  if (lead < 0xe0) return 1;
  return lead < 0xf0 ? 2 : 3;
}

/**
 * Counts the bytes that text would not have: control characters but CR, LF, TAB and ESC, and broken UTF-8.
 */
export function countUnprintable(bytes: Uint8Array, offset: number, length: number): number {
  let unprintable = 0;
  let pending = 0;
  for (let i = offset; i < offset + length; i++) {
    const byte = bytes[i];
    if ((byte & 0xc0) === 0x80 && pending > 0) {
      pending--;
      continue;
    }
    if (pending > 0) unprintable++;
    pending = 0;
    if (byte >= 0x80) {
      pending = continuations(byte);
      if (pending < 0) unprintable++;
    } else if (byte < 0x20 || byte === 0x7f) {
      const isLayout =
        byte === NEWLINE || byte === CARRIAGE_RETURN || byte === TAB || byte === ESCAPE;
      if (!isLayout) unprintable++;
    }
  }
  return unprintable;
}
