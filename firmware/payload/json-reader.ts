import { INCOMPLETE, MALFORMED, TOO_LARGE, UNKNOWN } from "../status.js";
import { encodeText } from "../wire/text.js";
import { skipJsonScalar } from "./json-scalar.js";
import { isJsonText, skipJsonText } from "./json-text.js";

// What a value is.
export const JSON_NUMBER = 0;
export const JSON_STRING = 1;
/** `true` or `false`, which `readBoolean` reads. */
export const JSON_BOOLEAN = 2;
export const JSON_NULL = 3;
export const JSON_OBJECT = 4;
export const JSON_ARRAY = 5;

const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** From an opening bracket, of either kind, to the one that closes. */
const TO_CLOSE = 2;

/** No level, and the deepest of 30. */
const NO_LEVEL = 1;
const DEEPEST = 1 << 30;

/** The way to a value: names of members, and indexes into arrays. Made once; it allocates. */
export class JsonPath {
  /** A name in UTF-8, or an index. */
  readonly steps: (Uint8Array | number)[] = [];

  /** @param steps none at all: the whole payload, which then is checked to its end */
  constructor(steps: readonly (string | number)[]) {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i];
      this.steps.push(typeof step === "number" ? step : encodeText(step));
    }
  }
}

/**
 * Finds values in payloads of JSON, and tells what they are and where they lie. One serves any number of
 * payloads and paths.
 *
 * @see RFC 8259
 */
export class JsonReader {
  /** Of the value found last: JSON_NUMBER to JSON_ARRAY. */
  type = JSON_NULL;
  /** Of its text in the payload; of a string, what is between the quotes. */
  offset = 0;
  length = 0;

  private bytes = new Uint8Array(0);
  /** What is looked at next. */
  private at = 0;
  private end = 0;
  /** Below a leading 1 a bit for each level that `skip` is in, the innermost lowest: 1 is an object. */
  private levels = NO_LEVEL;
  private readonly character = new Uint8Array(4);

  /**
   * Finds a value. What lies behind it is not looked at, but that something ends it: a number that is cut
   * off is not taken for a smaller one. Of two members of one name the first counts.
   *
   * @param bytes borrowed during the call
   * @returns the type, or UNKNOWN, INCOMPLETE, MALFORMED, or TOO_LARGE: more than 30 levels. Type, offset
   *   and length are of the value found before unless it is the type
   */
  find(bytes: Uint8Array, offset: number, length: number, path: JsonPath): number {
    this.bytes = bytes;
    this.at = offset;
    this.end = offset + length;
    let close = INCOMPLETE;
    for (let i = 0; i < path.steps.length; i++) {
      const step = path.steps[i];
      close = typeof step === "number" ? CLOSE_ARRAY : CLOSE_OBJECT;
      const status = this.enter(step, close);
      if (status < 0) return status;
    }
    return this.take(close);
  }

  /** Measures the value that comes next. @param close what must come then, or a comma: INCOMPLETE, the end */
  private take(close: number): number {
    const first = this.peek();
    const begin = this.at;
    const status = this.skip();
    if (status < 0) return status;
    const length = this.at - begin;
    const next = this.peek();
    if (next !== close && (next !== COMMA || close < 0)) return next < 0 ? next : MALFORMED;
    const isString = first === QUOTE;
    this.type = typeOf(first);
    this.offset = isString ? begin + 1 : begin;
    this.length = isString ? length - 2 : length;
    return this.type;
  }

  /** Goes to a member or an element of the value that comes next. @returns 0 or a status */
  private enter(step: Uint8Array | number, close: number): number {
    if (this.peek() !== close - TO_CLOSE) {
      const status = this.skip();
      return status < 0 ? status : UNKNOWN;
    }
    this.at++;
    if (this.peek() === close) return UNKNOWN;
    for (let index = 0; ; index++) {
      const isWanted = this.reach(step, index);
      if (isWanted !== 0) return isWanted < 0 ? isWanted : 0;
      const status = this.skip();
      if (status < 0) return status;
      const next = this.peek();
      if (next === close) return UNKNOWN;
      if (next !== COMMA) return next < 0 ? next : MALFORMED;
      this.at++;
    }
  }

  /** Goes to the value of the item that comes next. @returns 1 when it is the wanted one, 0, or a status */
  private reach(step: Uint8Array | number, index: number): number {
    if (typeof step === "number") return index === step ? 1 : 0;
    this.peek();
    const name = this.at + 1;
    const status = this.skipName();
    if (status < 0) return status;
    return isJsonText(this.bytes, name, this.end, step, this.character) ? 1 : 0;
  }

  /** Steps over a whole value. @returns 0 or a status */
  private skip(): number {
    this.levels = NO_LEVEL;
    let status = this.descend();
    while (status >= 0 && this.levels !== NO_LEVEL) status = this.proceed();
    return status;
  }

  /** Goes down to the first value with none within, and over it. @returns 0 or a status */
  private descend(): number {
    for (;;) {
      const first = this.peek();
      if (first !== OPEN_OBJECT && first !== OPEN_ARRAY) {
        if (first < 0) return first;
        return this.moveTo(skipJsonScalar(this.bytes, this.at, this.end));
      }
      if (this.levels >= DEEPEST) return TOO_LARGE;
      this.levels = (this.levels << 1) | (first === OPEN_OBJECT ? 1 : 0);
      this.at++;
      if (this.peek() === first + TO_CLOSE) return 0;
      const status = first === OPEN_OBJECT ? this.skipName() : 0;
      if (status < 0) return status;
    }
  }

  /** Goes on within a container: over its end or its next item. @returns 0 or a status */
  private proceed(): number {
    const isObject = (this.levels & 1) === 1;
    const next = this.peek();
    if (next < 0) return next;
    this.at++;
    if (next === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      this.levels >>= 1;
      return 0;
    }
    if (next !== COMMA) return MALFORMED;
    const status = isObject ? this.skipName() : 0;
    return status < 0 ? status : this.descend();
  }

  /** Steps over a member's name and the colon. @returns 0 or a status */
  private skipName(): number {
    const first = this.peek();
    if (first !== QUOTE) return first < 0 ? first : MALFORMED;
    const status = this.moveTo(skipJsonText(this.bytes, this.at + 1, this.end));
    if (status < 0) return status;
    const colon = this.peek();
    if (colon !== COLON) return colon < 0 ? colon : MALFORMED;
    this.at++;
    return 0;
  }

  /** @param offset or a status. @returns 0 or that status */
  private moveTo(offset: number): number {
    if (offset < 0) return offset;
    this.at = offset;
    return 0;
  }

  /** Steps over white space. @returns the byte that follows, INCOMPLETE at the end */
  private peek(): number {
    for (; this.at < this.end; this.at++) {
      const byte = this.bytes[this.at];
      if (byte > SPACE || (byte !== SPACE && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        return byte;
      }
    }
    return INCOMPLETE;
  }
}

function typeOf(first: number): number {
  switch (first) {
    case QUOTE:
      return JSON_STRING;
    case 0x74: // t
    case 0x66: // f
      return JSON_BOOLEAN;
    case 0x6e: // n
      return JSON_NULL;
    case OPEN_OBJECT:
      return JSON_OBJECT;
    case OPEN_ARRAY:
      return JSON_ARRAY;
    default:
      return JSON_NUMBER;
  }
}
