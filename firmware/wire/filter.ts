import { shareEnd } from "./share.js";
import { encodeText } from "./text.js";
import { isTopicFilter } from "./topic.js";

const HASH = 0x23;
const DOLLAR = 0x24;
const PLUS = 0x2b;
const SLASH = 0x2f;

/**
 * A topic filter, checked and encoded once, that topics are matched with where they lie. Of a shared
 * subscription only the part behind its name is matched.
 *
 * @see MQTT 5 §4.7, §4.8.2
 */
export class Filter {
  /** All of it, as a SUBSCRIBE carries it. */
  readonly bytes: Uint8Array;

  /** Where the part begins that is matched. */
  private readonly begin: number;

  /** Throws when the filter breaks the rules. */
  constructor(text: string) {
    const bytes = encodeText(text);
    const end = shareEnd(text);
    if (!isTopicFilter(bytes, 0) || end < 0) throw new Error(`bad topic filter: ${text}`);
    this.bytes = bytes;
    this.begin = end > 0 ? bytes.indexOf(SLASH, bytes.indexOf(SLASH) + 1) + 1 : 0;
  }

  /** Tells whether a topic name, which is never empty, matches. */
  matches(bytes: Uint8Array, offset: number, length: number): boolean {
    const filter = this.bytes;
    const filterEnd = filter.length;
    const end = offset + length;
    // Boards have topics that begin alike and end each in its own way.
    const last = filter[filterEnd - 1];
    if (last !== HASH && last !== PLUS && last !== bytes[end - 1]) return false;
    if (bytes[offset] === DOLLAR && filter[this.begin] !== DOLLAR) return false; // [MQTT-4.7.2-1]
    for (let at = this.begin; at < filterEnd; at++) {
      const wanted = filter[at];
      if (wanted === HASH) return true;
      if (wanted === PLUS) while (offset < end && bytes[offset] !== SLASH) offset++;
      // The level that `#` stands below matches too.
      else if (offset === end) return wanted === SLASH && filter[at + 1] === HASH;
      else if (bytes[offset++] !== wanted) return false;
    }
    return offset === end;
  }
}
