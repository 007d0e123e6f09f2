import { INCOMPLETE, MALFORMED, TOO_LARGE } from "../status.js";
import { encodeCodePoint } from "../wire/text.js";

// Strings of JSON: characters, and escapes that stand for one character each. @see RFC 8259 §7

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SLASH = 0x2f;
const SPACE = 0x20;
const SMALL_U = 0x75;
/** Of a backslash, `u` and four digits. */
const UNICODE_LENGTH = 6;

/**
 * Finds the end of a string.
 *
 * @param offset of any character of it
 * @returns the offset behind the quote that ends it, or INCOMPLETE, MALFORMED
 */
export function skipJsonText(bytes: Uint8Array, offset: number, end: number): number {
  while (offset < end) {
    const byte = bytes[offset];
    if (byte === QUOTE) return offset + 1;
    if (byte < SPACE) return MALFORMED;
    if (byte === BACKSLASH) {
      const code = readEscape(bytes, offset, end);
      if (code < 0) return code;
      offset += escapeLength(bytes, offset, code);
    } else offset++;
  }
  return INCOMPLETE;
}

/**
 * Tells whether the inside of a string that is well-formed stands for `text`.
 *
 * @param end     one past its last byte, or any later offset: the quote ends it
 * @param text    UTF-8
 * @param scratch 4 bytes
 */
export function isJsonText(
  bytes: Uint8Array,
  offset: number,
  end: number,
  text: Uint8Array,
  scratch: Uint8Array,
): boolean {
  let at = 0;
  while (offset < end && bytes[offset] !== QUOTE) {
    if (bytes[offset] === BACKSLASH) {
      const code = readEscape(bytes, offset, end);
      const size = encodeCodePoint(code, scratch, 0);
      for (let i = 0; i < size; i++) if (scratch[i] !== text[at++]) return false;
      offset += escapeLength(bytes, offset, code);
    } else if (bytes[offset++] !== text[at++]) return false;
  }
  return at === text.length;
}

/**
 * Copies what the inside of a string stands for, as UTF-8; a lone surrogate becomes U+FFFD. It is never
 * longer than the string and may be written over it.
 *
 * @param out `length` bytes from `outOffset` must exist
 * @returns the length of the text, or TOO_LARGE, or MALFORMED: a bad escape
 */
export function readJsonText(
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  outOffset: number,
): number {
  if (out.length - outOffset < length) return TOO_LARGE;
  const end = offset + length;
  let at = outOffset;
  while (offset < end) {
    if (bytes[offset] === BACKSLASH) {
      const code = readEscape(bytes, offset, end);
      if (code < 0) return MALFORMED;
      offset += escapeLength(bytes, offset, code);
      at = encodeCodePoint(code, out, at);
    } else out[at++] = bytes[offset++];
  }
  return at - outOffset;
}

/** @param offset of the backslash. @returns the character it stands for, or INCOMPLETE, MALFORMED */
function readEscape(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return INCOMPLETE;
  if (bytes[offset + 1] !== SMALL_U) return shortEscape(bytes[offset + 1]);
  const code = readUnicode(bytes, offset, end);
  if (code >> 11 !== 0xd800 >> 11) return code;
  // A surrogate: the first of a pair, or alone.
  const next = offset + UNICODE_LENGTH;
  const isFirst = code < 0xdc00 && end - next >= UNICODE_LENGTH && bytes[next] === BACKSLASH;
  const low = isFirst && bytes[next + 1] === SMALL_U ? readUnicode(bytes, next, end) : 0;
  return low >> 10 === 0xdc00 >> 10 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
}

/** @param code what `readEscape` made of it */
function escapeLength(bytes: Uint8Array, offset: number, code: number): number {
  if (bytes[offset + 1] !== SMALL_U) return 2;
  return code > 0xffff ? 2 * UNICODE_LENGTH : UNICODE_LENGTH;
}

/** @param offset of the backslash. @returns the four digits' value, or INCOMPLETE, MALFORMED */
function readUnicode(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset < UNICODE_LENGTH) return INCOMPLETE;
  let code = 0;
  for (let i = offset + 2; i < offset + UNICODE_LENGTH; i++) {
    const byte = bytes[i];
    const letter = (byte | 0x20) - 0x60;
    if (byte >= 0x30 && byte <= 0x39) code = (code << 4) | (byte - 0x30);
    else if (letter >= 1 && letter <= 6) code = (code << 4) | (letter + 9);
    else return MALFORMED;
  }
  return code;
}

function shortEscape(letter: number): number {
  switch (letter) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
      return letter;
    case 0x62: // b
      return 8;
    case 0x66: // f
      return 12;
    case 0x6e: // n
      return 10;
    case 0x72: // r
      return 13;
    case 0x74: // t
      return 9;
    default:
      return MALFORMED;
  }
}
