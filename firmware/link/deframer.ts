import { copyBytes, moveBytes } from "../bytes.js";
import { FRAME_OVERHEAD, guardOf, HEADER_BEGIN, isFrameType, MARK } from "./frame.js";
import { isGreetingKind } from "./hello.js";
import { improvLength } from "./improv.js";
import { type LinkMemory, RECEIVE_LEAD } from "./memory.js";
import type { LinkOptions } from "./options.js";
import type { LinkStatistics } from "./statistics.js";
import { countUnprintable } from "./text.js";

/** No run has ended. */
export const NO_RUN = 0;
/** A frame's bytes from its mark on; its check is not verified. */
export const FRAME_RUN = 1;
/** A printable greeting from its mark to the one behind it, not verified. */
export const GREETING_RUN = 2;
/** Text. */
export const TEXT_RUN = 3;
/** A frame of Improv Serial. */
const IMPROV_RUN = 4;

const NEWLINE = 0x0a;
const EXCLAMATION = 0x21;
/** Mark, `!`, kind. */
const GREETING_BEGIN = 3;

/** The offset of a byte in `offset` … `end` - 1, or `end`. The engine's search may look past `end`. */
function indexOfByte(bytes: Uint8Array, value: number, offset: number, end: number): number {
  const at = bytes.indexOf(value, offset);
  return at < 0 || at > end ? end : at;
}

/**
 * Cuts a stream of bytes, in any pieces, into frames, greetings, text and garbage.
 *
 * A mark with a right header behind it begins a frame of known length, whose bytes are not looked at. They are kept
 * until its check is verified: a refused frame is given up from its mark on, and what lies behind that is looked through
 * again. So no frame is lost for another's damage.
 */
export class Deframer {
  /** Of the run that ended; it begins at `start`. */
  length = 0;
  /** What kind of run ended in the last call. */
  found = NO_RUN;
  /** Where the bytes kept begin. */
  readonly start: number;
  private readonly bytes: Uint8Array;
  /** Bytes kept at most: of the longest frame or greeting, and so of a run of text. */
  private readonly capacity: number;
  private readonly maximumPayload: number;
  private readonly statistics: LinkStatistics;
  private fill = 0;
  /** Bytes of the frame whose header has come, 0 when none has. */
  private wanted = 0;
  /** Bytes at the start that were handed over and are no longer needed. */
  private done = 0;
  /** Bytes at the start that lay in a frame which was refused. */
  private suspect = 0;

  constructor(options: LinkOptions, memory: LinkMemory, statistics: LinkStatistics) {
    this.bytes = memory.bytes;
    this.start = memory.received + RECEIVE_LEAD;
    this.capacity = memory.receivedCapacity;
    this.maximumPayload = options.maximumPayload;
    this.statistics = statistics;
  }

  /** Tells whether a run has begun and not ended. */
  get isPartial(): boolean {
    return this.fill > this.done;
  }

  /** Tells whether bytes are kept behind what was handed over. */
  get isLeft(): boolean {
    return this.done > 0 && this.fill > this.done;
  }

  /** Tells whether the run so far may become a frame or a greeting. */
  get isFrameLike(): boolean {
    return this.isPartial && this.bytes[this.start + this.done] === MARK;
  }

  /**
   * Takes bytes up to the end of one run at most; `found` tells whether one ended.
   *
   * @returns bytes taken; 0 only when a run ended before them
   */
  feed(bytes: Uint8Array, offset: number, length: number): number {
    const wanted = this.wanted;
    const fill = this.fill;
    if (fill > 0 && fill + length < wanted && this.done === 0) {
      // All of it belongs to the frame under way.
      if (bytes === this.bytes) moveBytes(bytes, offset, length, this.start + fill);
      else copyBytes(bytes, offset, length, this.bytes, this.start + fill);
      this.fill = fill + length;
      this.found = NO_RUN;
      return length;
    }
    return this.feedSlowly(bytes, offset, length);
  }

  private feedSlowly(bytes: Uint8Array, offset: number, length: number): number {
    this.found = NO_RUN;
    if (this.done > 0) {
      this.discard();
      if (this.fill > 0) {
        this.scan(false);
        if (this.found !== NO_RUN) return 0;
      }
    }
    let wanted = this.wanted;
    const fill = this.fill;
    if (fill === 0 && length >= HEADER_BEGIN && bytes[offset] === MARK) {
      wanted = this.frameLength(bytes, offset);
      this.wanted = wanted;
    }
    let count = wanted > 0 ? wanted - fill : this.missing(bytes, offset, length);
    if (count > length) count = length;
    if (bytes === this.bytes) moveBytes(bytes, offset, count, this.start + fill);
    else copyBytes(bytes, offset, count, this.bytes, this.start + fill);
    this.fill = fill + count;
    if (wanted === 0) this.scan(false);
    else if (fill + count === wanted) this.findFrame();
    return count;
  }

  /** Ends the run as it stands: the sender has paused for so long that no frame will come of it. */
  flush(): void {
    this.found = NO_RUN;
    this.discard();
    if (this.fill === 0) return;
    if (this.wanted > 0) {
      this.statistics.damagedFrames++;
      this.giveUp();
    }
    this.scan(true);
  }

  /** Forgets what is kept: the port is gone. */
  reset(): void {
    this.fill = 0;
    this.done = 0;
    this.wanted = 0;
    this.suspect = 0;
    this.found = NO_RUN;
  }

  /** The run found is none: it is damage, and the next one is looked for behind its mark. */
  refuse(): void {
    this.statistics.damagedFrames++;
    this.found = NO_RUN;
    this.done = 0;
    this.suspect = this.length;
    this.drop(1);
    this.scan(false);
  }

  /** Bytes of the frame whose mark is at `offset`, or 0 when its header is none. */
  private frameLength(bytes: Uint8Array, offset: number): number {
    const type = bytes[offset + 1];
    const length = bytes[offset + 2];
    if (!isFrameType(type) || bytes[offset + 3] !== guardOf(type, length)) return 0;
    return length <= this.maximumPayload ? FRAME_OVERHEAD + length : 0;
  }

  /** Bytes to take while no frame's length is known: never beyond the run's end. */
  private missing(bytes: Uint8Array, offset: number, length: number): number {
    const fill = this.fill;
    const first = fill > 0 ? this.bytes[this.start] : bytes[offset];
    const room = this.capacity - fill;
    const end = offset + (length < room ? length : room);
    if (first === MARK && fill < GREETING_BEGIN + 1) return 1;
    if (first !== MARK) {
      const improv = improvLength(this.bytes, this.start, fill);
      if (improv > 0) return improv - fill;
    }
    const mark = indexOfByte(bytes, MARK, offset, end);
    const newline = first === MARK ? end : indexOfByte(bytes, NEWLINE, offset, mark);
    if (newline < mark) return newline + 1 - offset;
    return (mark < end ? mark + 1 : end) - offset;
  }

  private findFrame(): void {
    this.found = FRAME_RUN;
    this.length = this.wanted;
    this.done = this.wanted;
    this.wanted = 0;
  }

  /** What broke off is no frame. */
  private giveUp(): void {
    this.wanted = 0;
    this.suspect = this.fill;
    this.drop(1);
  }

  /** Looks through what is kept, up to the end of one run. */
  private scan(isEnd: boolean): void {
    while (this.fill > 0) {
      const isWaiting =
        this.bytes[this.start] === MARK ? this.scanMark(isEnd) : this.scanText(isEnd);
      if (isWaiting || this.found !== NO_RUN) return;
    }
  }

  /** @returns true when more bytes are needed */
  private scanMark(isEnd: boolean): boolean {
    const bytes = this.bytes;
    const start = this.start;
    const fill = this.fill;
    if (fill >= HEADER_BEGIN) {
      const wanted = this.frameLength(bytes, start);
      if (wanted > 0 && (wanted <= fill || !isEnd)) {
        this.wanted = wanted;
        if (wanted > fill) return true;
        this.findFrame();
        return false;
      }
    }
    const isGreeting =
      fill >= GREETING_BEGIN &&
      bytes[start + 1] === EXCLAMATION &&
      isGreetingKind(bytes[start + 2]);
    if (isGreeting) {
      const end = indexOfByte(bytes, MARK, start + GREETING_BEGIN, start + fill);
      if (end < start + fill) {
        this.found = GREETING_RUN;
        this.length = end - start;
        this.done = this.length;
        return false;
      }
      if (fill < this.capacity && !isEnd) return true;
    } else if (fill < HEADER_BEGIN && !isEnd && this.mayBegin()) return true;
    this.drop(1);
    return false;
  }

  /** Tells whether a mark and fewer than three bytes behind it may still begin something. */
  private mayBegin(): boolean {
    const second = this.bytes[this.start + 1];
    if (this.fill < 2 || isFrameType(second)) return true;
    return second === EXCLAMATION && this.fill < GREETING_BEGIN;
  }

  /** @returns true when more bytes are needed */
  private scanText(isEnd: boolean): boolean {
    const bytes = this.bytes;
    const start = this.start;
    const end = start + this.fill;
    const improv = improvLength(bytes, start, this.fill);
    if (improv > 0 && improv <= this.capacity) {
      if (improv > this.fill && !isEnd) return true;
      if (improv <= this.fill) {
        this.hand(IMPROV_RUN, improv);
        return false;
      }
    }
    const mark = indexOfByte(bytes, MARK, start, end);
    const newline = indexOfByte(bytes, NEWLINE, start, mark);
    const hasEnded = newline < mark || mark < end || this.fill === this.capacity || isEnd;
    if (!hasEnded) return true;
    this.judge(newline < mark ? newline + 1 - start : mark - start, newline < mark);
    return false;
  }

  /** Of what lay in a refused frame only whole lines are text; else nine bytes of ten must be printable. */
  private judge(length: number, isLine: boolean): void {
    const unprintable = countUnprintable(this.bytes, this.start, length);
    const isText = this.suspect > 0 ? isLine && unprintable === 0 : unprintable * 10 <= length;
    if (isText) {
      this.statistics.textBytes += length;
      this.hand(TEXT_RUN, length);
      return;
    }
    this.statistics.garbageBytes += length;
    this.drop(length);
  }

  private hand(run: number, length: number): void {
    this.found = run;
    this.length = length;
    this.done = length;
  }

  private discard(): void {
    const done = this.done;
    this.done = 0;
    if (done > 0) this.drop(done);
  }

  /** Moves what lies behind the first `length` bytes to the start. */
  private drop(length: number): void {
    const left = this.fill - length;
    if (left > 0) moveBytes(this.bytes, this.start + length, left, this.start);
    this.fill = left;
    this.suspect = this.suspect > length ? this.suspect - length : 0;
  }
}
