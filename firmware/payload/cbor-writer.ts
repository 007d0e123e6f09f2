import { BAD_ARGUMENT, TOO_LARGE } from "../status.js";
import { CBOR_INTEGER, CBOR_SIMPLE } from "./cbor.js";

const NEGATIVE = 1;
/** 2^32. */
const HIGH = 4294967296;
/** Below this magnitude a number holds every integer. */
const EXACT = 9007199254740992;
/**
 * 2^112 in single precision: as far apart are the exponents of half and single. As bits, since Espruino does
 * not read large literals exactly.
 */
const HALF_SCALE = 0x77800000;
/** The bits of the least that half precision does not hold, scaled into single precision. */
const BEYOND_HALF = 31 << 23;

// First bytes of floating-point numbers.
const HALF = (CBOR_SIMPLE << 5) | 25;
const SINGLE = (CBOR_SIMPLE << 5) | 26;
const DOUBLE = (CBOR_SIMPLE << 5) | 27;

/**
 * Writes CBOR into a buffer of the caller's, item by item, each as short as it goes: `begin`, the items,
 * `finish`. A map's head is followed by its keys and values in turn, an array's by its items.
 *
 * @see RFC 8949 §4.1
 */
export class CborWriter {
  private out = new Uint8Array(0);
  private start = 0;
  private offset = 0;
  private end = 0;
  private status = 0;
  private readonly view = new DataView(new ArrayBuffer(8));

  /** @param end one past the last byte of `out` that may be used. `out` is borrowed until `finish`. */
  begin(out: Uint8Array, outOffset: number, end: number): void {
    this.out = out;
    this.start = outOffset;
    this.offset = outOffset;
    this.end = end;
    this.status = 0;
  }

  /** @returns the length of all items, or TOO_LARGE: one did not fit, or BAD_ARGUMENT: one had a bad number */
  finish(): number {
    return this.status < 0 ? this.status : this.offset - this.start;
  }

  /**
   * @param type  CBOR_ARRAY, CBOR_MAP, CBOR_TAG or CBOR_SIMPLE
   * @param value how many items or pairs follow; the tag; the simple value
   */
  head(type: number, value: number): void {
    if (!(value >= 0 && value < EXACT) || value !== Math.floor(value)) {
      this.status = BAD_ARGUMENT;
      return;
    }
    const high = Math.floor(value / HIGH);
    const low = (value - high * HIGH) | 0; // its bits: a small integer in every engine
    const first = type << 5;
    if (value < 24) this.put(first | value, 0, 0, 0);
    else if (value < 0x100) this.put(first | 24, 0, low, 1);
    else if (value < 0x10000) this.put(first | 25, 0, low, 2);
    else if (value < HIGH) this.put(first | 26, 0, low, 4);
    else this.put(first | 27, high, low, 8);
  }

  /** @param value within ±(2^53 - 1) */
  integer(value: number): void {
    if (value < 0) this.head(NEGATIVE, -1 - value);
    else this.head(CBOR_INTEGER, value);
  }

  /** A floating-point number, in the shortest of the three precisions that is exact. */
  float(value: number): void {
    const view = this.view;
    view.setInt32(4, HALF_SCALE);
    const scale = view.getFloat32(4);
    view.setFloat32(0, value / scale);
    const bits = view.getInt32(0);
    const scaled = bits & 0x7fffffff;
    const isHalf = (bits & 0x1fff) === 0 && scaled < BEYOND_HALF;
    if (isHalf && view.getFloat32(0) * scale === value) {
      this.put(HALF, 0, ((bits >>> 16) & 0x8000) | (scaled >> 13), 2);
      return;
    }
    if (value - value !== 0) {
      // Infinite, or no number.
      this.put(HALF, 0, value > 0 ? 0x7c00 : value < 0 ? 0xfc00 : 0x7e00, 2);
      return;
    }
    view.setFloat32(0, value);
    if (view.getFloat32(0) === value) {
      this.put(SINGLE, 0, view.getInt32(0), 4);
      return;
    }
    view.setFloat64(0, value);
    this.put(DOUBLE, view.getInt32(0), view.getInt32(4), 8);
  }

  /** @param type CBOR_TEXT, for UTF-8, or CBOR_BYTES. @param bytes borrowed during the call */
  string(type: number, bytes: Uint8Array, offset: number, length: number): void {
    this.head(type, length);
    const end = offset + length;
    if (length > this.end - this.offset) this.status = TOO_LARGE;
    else while (offset < end) this.out[this.offset++] = bytes[offset++];
  }

  private put(first: number, high: number, low: number, size: number): void {
    const out = this.out;
    let at = this.offset;
    if (this.end - at <= size) {
      this.status = TOO_LARGE;
      return;
    }
    out[at++] = first;
    for (let shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      out[at++] = (shift < 32 ? low : high) >>> (shift & 31);
    }
    this.offset = at;
  }
}
