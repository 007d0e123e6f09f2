import { equalBytes } from "../bytes.js";
import { INCOMPLETE, MALFORMED, TOO_LARGE, UNKNOWN } from "../status.js";
import {
  CBOR_ARRAY,
  CBOR_BREAK,
  CBOR_BYTES,
  CBOR_FLOAT,
  CBOR_INDEFINITE,
  CBOR_INTEGER,
  CBOR_MAP,
  CBOR_NULL,
  CBOR_SIMPLE,
  CBOR_TAG,
  CBOR_TEXT,
} from "./cbor.js";

const NEGATIVE = 1;
/** 2^32. */
const HIGH = 4294967296;
/**
 * 2^112 in single precision: as far apart are the exponents of half and single. As bits, since Espruino does
 * not read large literals exactly.
 */
const HALF_SCALE = 0x77800000;
/** How many arrays, maps and strings of indefinite length within each other `skip` can follow. */
const MAXIMUM_FRAMES = 8;

// What `skip` waits for where no count tells it.
/** Items, then a break. */
const ITEMS = -1;
/** A key, or a break. */
const KEY = -2;
/** The value of a key. */
const VALUE = -3;
/** Pieces of a string, then a break: this for bytes, one less for text. */
const PIECES = -4;

/**
 * Reads a payload of CBOR one head at a time: `type`, `value` and `offset` tell of the last. What follows
 * a map's or an array's head is its items, by and by; `skip` steps over them.
 *
 * A failure stays until the next `begin`, and every method returns it.
 *
 * @see RFC 8949 §3
 */
export class CborReader {
  /** CBOR_INTEGER to CBOR_BREAK, or a status. */
  type = UNKNOWN;
  /**
   * The number, the tag or the simple value; of a string the length, of an array the items, of a map the
   * pairs, or CBOR_INDEFINITE. An integer beyond 2^53 is the nearest number there is.
   */
  value = 0;
  /** Where the bytes of a string lie in the payload. */
  offset = 0;

  private bytes = new Uint8Array(0);
  /** Of the next head. */
  private position = 0;
  private end = 0;
  /** What `skip` waits for: a count of items, or ITEMS and below. */
  private left = 0;
  private depth = 0;
  /** What it waits for when that is done, outermost first. */
  private readonly frames = new Int32Array(MAXIMUM_FRAMES);
  private readonly view = new DataView(new ArrayBuffer(8));

  /** Reads the first head. @param bytes borrowed until the next `begin`. @returns as `next` */
  begin(bytes: Uint8Array, offset: number, length: number): number {
    this.bytes = bytes;
    this.position = offset;
    this.end = offset + length;
    this.type = CBOR_NULL;
    return this.next();
  }

  /** Reads the next head. @returns its type, or INCOMPLETE, MALFORMED */
  next(): number {
    if (this.type >= 0) this.type = this.read();
    return this.type;
  }

  /**
   * Steps over what belongs to the item whose head was read last, and checks it.
   *
   * @returns 0, or INCOMPLETE, MALFORMED, or TOO_LARGE: more than 8 indefinite lengths within each other
   */
  skip(): number {
    this.depth = 0;
    this.left = 1;
    for (;;) {
      const status = this.type < 0 ? this.type : this.step();
      if (status < 0) return this.fail(status);
      while (this.left === 0) {
        if (this.depth === 0) return 0;
        this.left = this.frames[--this.depth];
      }
      this.next();
    }
  }

  /**
   * Looks a key up in the map whose head was read last, and reads the head of its value. To look up another,
   * begin anew. A text key of indefinite length is not found.
   *
   * @param key UTF-8, or an integer
   * @returns the type of the value, or UNKNOWN: no such key, or no map; or as `skip`
   */
  find(key: Uint8Array | number): number {
    if (this.type !== CBOR_MAP) return this.type < 0 ? this.type : UNKNOWN;
    for (let left = this.value; left !== 0; left--) {
      if (this.next() === CBOR_BREAK && left < 0) break;
      const isWanted = this.isKey(key);
      if (this.skip() < 0) return this.type;
      const type = this.next();
      if (isWanted) return type === CBOR_BREAK ? this.fail(MALFORMED) : type;
      if (this.skip() < 0) return this.type;
    }
    return this.fail(UNKNOWN);
  }

  private fail(status: number): number {
    this.type = status;
    return status;
  }

  private isKey(key: Uint8Array | number): boolean {
    const value = this.value;
    if (typeof key === "number") return this.type === CBOR_INTEGER && value === key;
    if (this.type !== CBOR_TEXT || value !== key.length) return false;
    return equalBytes(this.bytes, this.offset, key, 0, value);
  }

  /** Counts the head that was read for what it is where it stands. @returns 0 or a status */
  private step(): number {
    const left = this.left;
    if (left <= PIECES && this.type !== CBOR_BREAK) {
      const isPiece = this.type === PIECES + CBOR_BYTES - left && this.value !== CBOR_INDEFINITE;
      return isPiece ? 0 : MALFORMED;
    }
    const isTagged = this.type === CBOR_TAG;
    while (this.type === CBOR_TAG) this.next();
    if (this.type === CBOR_BREAK) {
      if (left >= 0 || left === VALUE || isTagged) return MALFORMED;
      this.left = this.frames[--this.depth];
      return 0;
    }
    if (this.type < 0) return this.type;
    this.left = left > 0 ? left - 1 : left === ITEMS ? ITEMS : KEY + VALUE - left;
    return this.open(this.inside());
  }

  /** Waits for what is within an item. @returns 0 or a status */
  private open(inside: number): number {
    if (inside === 0) return 0;
    if (inside > 0 && this.left >= 0) this.left += inside;
    else {
      if (this.depth === MAXIMUM_FRAMES) return TOO_LARGE;
      this.frames[this.depth++] = this.left;
      this.left = inside;
    }
    return this.left > this.end - this.position ? INCOMPLETE : 0; // no item is smaller than a byte
  }

  /** @returns how many items follow the head that was read, or what `skip` waits for. */
  private inside(): number {
    const type = this.type;
    if (type < CBOR_BYTES || type > CBOR_MAP) return 0;
    if (this.value === CBOR_INDEFINITE) {
      return type === CBOR_ARRAY ? ITEMS : type === CBOR_MAP ? KEY : PIECES + CBOR_BYTES - type;
    }
    return type === CBOR_ARRAY ? this.value : type === CBOR_MAP ? 2 * this.value : 0;
  }

  private read(): number {
    let at = this.position;
    if (at >= this.end) return INCOMPLETE;
    const bytes = this.bytes;
    const first = bytes[at++];
    const info = first & 31;
    const size = info < 24 || info === 31 ? 0 : 1 << (info - 24);
    if (size > 8) return MALFORMED;
    if (this.end - at < size) return INCOMPLETE;
    // The argument as two halves, each the bits of a small integer.
    let high = 0;
    let low = size === 0 ? info : 0;
    for (let i = 0; i < size; i++) {
      if (i === 4) {
        high = low;
        low = 0;
      }
      low = (low << 8) | bytes[at++];
    }
    const major = first >> 5;
    if (major === CBOR_SIMPLE) return this.readSimple(info, high, low, at);
    const isIndefinite = info === 31;
    if (isIndefinite && (major < CBOR_BYTES || major === CBOR_TAG)) return MALFORMED;
    const value = isIndefinite ? CBOR_INDEFINITE : (high >>> 0) * HIGH + (low >>> 0);
    const length = major === CBOR_BYTES || major === CBOR_TEXT ? value : 0;
    if (length > this.end - at) return INCOMPLETE;
    this.offset = at;
    this.position = length > 0 ? at + length : at;
    this.value = major === NEGATIVE ? -1 - value : value;
    return major === NEGATIVE ? CBOR_INTEGER : major;
  }

  /** Reads what shares major type 7. @see RFC 8949 §3.3 */
  private readSimple(info: number, high: number, low: number, behind: number): number {
    const view = this.view;
    if (info === 24 && low < 32) return MALFORMED;
    this.position = behind;
    if (info === 31) return CBOR_BREAK;
    this.value = low;
    if (info < 25) return CBOR_SIMPLE;
    const isHalf = info === 25;
    const isLarge = (low & 0x7c00) === 0x7c00; // infinite, or no number
    if (isHalf) low = ((low & 0x8000) << 16) | ((low & 0x7fff) << 13) | (isLarge ? 0x7f800000 : 0);
    if (info === 27) {
      view.setUint32(0, high);
      view.setUint32(4, low);
      this.value = view.getFloat64(0);
    } else {
      view.setUint32(0, low);
      view.setUint32(4, HALF_SCALE);
      this.value = view.getFloat32(0) * (isHalf && !isLarge ? view.getFloat32(4) : 1);
    }
    return CBOR_FLOAT;
  }
}
