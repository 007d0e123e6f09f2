import { BAD_ARGUMENT, TOO_LARGE } from "../status.js";
import { encodeText } from "../wire/text.js";
import { writeBoolean } from "./boolean.js";
import { writeDecimal } from "./decimal.js";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
/** From an opening bracket, of either kind, to the one that closes. */
const TO_CLOSE = 2;
const SPACE = 0x20;
const ZERO = 0x30;
const SMALL_U = 0x75;
/** What makes letters of the digits from ten. */
const LETTERS = 0x61 - 10;
/** `null`, as the bytes of one integer. */
const NULL = 0x6e756c6c;
/** Of the longest escape: a backslash, `u` and four digits. */
const ESCAPE_LENGTH = 6;
/** Levels of brackets: one bit of an integer each. */
const MAXIMUM_DEPTH = 32;

/** The name of a member, with its quotes and colon. Made once; it allocates. */
export class JsonName {
  readonly bytes: Uint8Array;

  constructor(name: string) {
    const text = encodeText(name);
    const out = new Uint8Array(text.length * ESCAPE_LENGTH + 3);
    const length = writeQuoted(text, 0, text.length, out, 0, out.length);
    out[length] = COLON;
    this.bytes = out.slice(0, length + 1);
  }
}

/**
 * Writes one object of JSON into a buffer of the caller's, member by member: `begin`, the members,
 * `finish`. Within an array the name is null.
 */
export class JsonWriter {
  private out = new Uint8Array(0);
  private start = 0;
  private offset = 0;
  private end = 0;
  private depth = 0;
  /** A bit for each level, the innermost lowest: 1 is an object. */
  private objects = 0;
  private hasRoom = false;

  /** @param end one past the last byte of `out` that may be used. `out` is borrowed until `finish`. */
  begin(out: Uint8Array, outOffset: number, end: number): void {
    this.out = out;
    this.start = outOffset;
    this.offset = outOffset;
    this.end = end;
    this.depth = 0;
    this.hasRoom = true;
    this.object(null);
  }

  /** Closes what is open. @returns the length of the object, or TOO_LARGE: a member did not fit */
  finish(): number {
    while (this.depth > 0) this.close();
    return this.hasRoom ? this.offset - this.start : TOO_LARGE;
  }

  /** A number, rounded as `writeDecimal` does; `null` where that writes none. */
  decimal(name: JsonName | null, value: number, decimals: number): void {
    this.name(name);
    const length = writeDecimal(value, decimals, this.out, this.offset, this.end);
    if (length !== BAD_ARGUMENT) this.advance(length);
    else for (let shift = 24; shift >= 0; shift -= 8) this.put((NULL >> shift) & 0xff);
  }

  boolean(name: JsonName | null, value: boolean): void {
    this.name(name);
    this.advance(writeBoolean(value, this.out, this.offset, this.end));
  }

  /** @param bytes UTF-8, borrowed during the call */
  text(name: JsonName | null, bytes: Uint8Array, offset: number, length: number): void {
    this.name(name);
    this.advance(writeQuoted(bytes, offset, length, this.out, this.offset, this.end));
  }

  /** Opens an object within this one, until `close`; 31 levels at most. */
  object(name: JsonName | null): void {
    this.open(name, OPEN_OBJECT);
  }

  /** Opens an array, until `close`; 31 levels at most. */
  array(name: JsonName | null): void {
    this.open(name, OPEN_ARRAY);
  }

  /** Closes what was opened last. */
  close(): void {
    this.depth--;
    this.put(((this.objects & 1) === 1 ? OPEN_OBJECT : OPEN_ARRAY) + TO_CLOSE);
    this.objects >>>= 1;
  }

  private open(name: JsonName | null, bracket: number): void {
    this.name(name);
    this.put(bracket);
    if (this.depth++ === MAXIMUM_DEPTH) this.hasRoom = false;
    this.objects = (this.objects << 1) | (bracket === OPEN_OBJECT ? 1 : 0);
  }

  /** Writes what stands before a value. */
  private name(name: JsonName | null): void {
    if (this.offset > this.start) {
      const last = this.out[this.offset - 1];
      if (last !== OPEN_OBJECT && last !== OPEN_ARRAY) this.put(COMMA);
    }
    if (name === null) return;
    const bytes = name.bytes;
    if (this.end - this.offset < bytes.length) this.hasRoom = false;
    else this.out.set(bytes, this.offset);
    this.offset += bytes.length;
  }

  /** @param length of what was written behind what there is, or TOO_LARGE. */
  private advance(length: number): void {
    if (length < 0) this.hasRoom = false;
    else this.offset += length;
  }

  private put(byte: number): void {
    if (this.offset < this.end) this.out[this.offset++] = byte;
    else this.hasRoom = false;
  }
}

/**
 * Writes text between quotes, escaped where JSON asks for it.
 *
 * @returns the length with quotes and escapes, or TOO_LARGE
 * @see RFC 8259 §7
 */
function writeQuoted(
  bytes: Uint8Array,
  offset: number,
  length: number,
  out: Uint8Array,
  outOffset: number,
  end: number,
): number {
  const stop = offset + length;
  let at = outOffset;
  if (end - at < 2) return TOO_LARGE;
  out[at++] = QUOTE;
  end--; // for the quote that ends it
  for (; offset < stop; offset++) {
    const byte = bytes[offset];
    const isControl = byte < SPACE;
    const isEscaped = isControl || byte === QUOTE || byte === BACKSLASH;
    if (end - at < (isControl ? ESCAPE_LENGTH : isEscaped ? 2 : 1)) return TOO_LARGE;
    if (isEscaped) out[at++] = BACKSLASH;
    if (isControl) {
      out[at++] = SMALL_U;
      out[at++] = ZERO;
      out[at++] = ZERO;
      out[at++] = ZERO + (byte >> 4);
      out[at++] = (byte & 15) + ((byte & 15) < 10 ? ZERO : LETTERS);
    } else out[at++] = byte;
  }
  out[at++] = QUOTE;
  return at - outOffset;
}
