import { copyBytes } from "../bytes.js";
import { isFrameType, TYPE } from "./frame.js";
import { DELIMITER, indexOfByte, unstuff } from "./framing.js";
import { isHandshake } from "./hello.js";
import type { LinkStatistics } from "./statistics.js";
import { countUnprintable } from "./text.js";

/** No run has ended. */
export const NO_RUN = 0;
/** A frame's bytes, unstuffed, from its distance byte at 0; its check is not verified. */
export const FRAME_RUN = 1;
/** A printable handshake, not verified. */
export const HANDSHAKE_RUN = 2;
/** Text. */
export const TEXT_RUN = 3;

const NEWLINE = 0x0a;

/**
 * Cuts a stream of bytes, in any pieces, into runs and tells frames from text from garbage.
 *
 * A run ends at a delimiter. Only a run that began right after one may be a frame, and its second byte tells.
 * Any other run cannot be one, so it also ends at each newline. Every run ends when the buffer is full, and on `flush`:
 * what was cut so is text or garbage, and so is what follows until the next delimiter.
 */
export class FrameDecoder {
  /** Own; the run that ended starts at 0 and is valid until the next `feed`. */
  readonly bytes: Uint8Array;
  /** Of the run that ended. */
  length = 0;
  /** What kind of run ended in the last call. */
  found = NO_RUN;
  private fill = 0;
  private afterDelimiter = true;
  private readonly statistics: LinkStatistics;

  /** @param longest bytes that a frame or handshake may have; a run of more is cut */
  constructor(longest: number, statistics: LinkStatistics) {
    this.bytes = new Uint8Array(longest + 1);
    this.statistics = statistics;
  }

  /** Tells whether a run has begun and not ended. */
  get isPartial(): boolean {
    return this.fill > 0;
  }

  /** Tells whether the run so far may become a frame or a handshake. */
  get isFrameLike(): boolean {
    return this.mayBeFrame(this.fill);
  }

  /**
   * Takes bytes up to the end of one run at most; `found` tells whether one ended.
   *
   * @returns bytes taken; 0 only when a run ended before them
   */
  feed(bytes: Uint8Array, offset: number, length: number): number {
    this.found = NO_RUN;
    const fill = this.fill;
    const room = this.bytes.length - fill;
    const end = offset + Math.min(length, room);
    const delimiter = indexOfByte(bytes, DELIMITER, offset, end);
    const count = delimiter - offset;
    copyBytes(bytes, offset, count, this.bytes, fill);
    const filled = fill + count;
    if (!this.mayBeFrame(filled)) {
      // Below two bytes the run could still have been a frame, so no newline was looked for.
      const line = indexOfByte(this.bytes, NEWLINE, fill < 2 ? 0 : fill, filled);
      if (line < filled) {
        this.finish(line + 1, false);
        return line + 1 - fill;
      }
    }
    this.fill = filled;
    if (delimiter < end) {
      this.finish(filled, true);
      return count + 1;
    }
    if (filled === this.bytes.length) this.finish(filled, false);
    return count;
  }

  /** Ends the run as it stands: the sender has paused for so long that no frame will come of it. */
  flush(): void {
    this.found = NO_RUN;
    if (this.fill > 0) this.finish(this.fill, false);
  }

  /** Forgets the run and any trust in it: the port is gone. */
  reset(): void {
    this.fill = 0;
    this.length = 0;
    this.found = NO_RUN;
    this.afterDelimiter = true;
  }

  /** Judges a run that looked like a frame and is none: text without a flaw is text, all else is damage. */
  refuse(): void {
    if (countUnprintable(this.bytes, this.length) === 0) this.findText();
    else {
      this.found = NO_RUN;
      this.statistics.damagedFrames++;
    }
  }

  private mayBeFrame(length: number): boolean {
    if (!this.afterDelimiter) return false;
    return length < 2 || isFrameType(this.bytes[TYPE]) || isHandshake(this.bytes);
  }

  private finish(length: number, delimited: boolean): void {
    const candidate = delimited && length > 1 && this.mayBeFrame(length);
    this.length = length;
    this.fill = 0;
    this.afterDelimiter = delimited;
    if (length === 0) return;
    if (!candidate) this.judge();
    else if (isHandshake(this.bytes)) this.found = HANDSHAKE_RUN;
    else if (unstuff(this.bytes, 0, length)) this.found = FRAME_RUN;
    else this.refuse();
  }

  private judge(): void {
    if (countUnprintable(this.bytes, this.length) * 10 <= this.length) this.findText();
    else this.statistics.garbageBytes += this.length;
  }

  private findText(): void {
    this.found = TEXT_RUN;
    this.statistics.textBytes += this.length;
  }
}
