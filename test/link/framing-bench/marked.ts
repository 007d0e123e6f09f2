import { type CheckMask, type Codec, DATA_TYPE, MEMORY_BYTES } from "./codec.js";
import { readCheck, wordCrc, writeCheck } from "./word-crc.js";

const FRAME = 3; // the mark; what is checked begins at a multiple of four
const TX = 512;
/** Mark, type, length, guard, sequence, acknowledgement, limit. */
const HEADER = 7;
const GUARD = 0x5a;
const LONGEST_PAYLOAD = 240;

/**
 * Mark 00, type, length, a guard over both; nothing is stuffed and nothing searched. Bytes are kept until the check is
 * right: when it is not, the next mark is looked for behind the false one.
 */
export class Marked implements Codec {
  readonly name = "marked length";
  readonly memory = new Uint8Array(MEMORY_BYTES);
  readonly payloadOffset = TX + FRAME + HEADER;
  readonly start = TX + FRAME;
  found = -1;
  foundAt = FRAME + HEADER;
  private readonly words = new Int32Array(this.memory.buffer);
  private readonly mask: CheckMask;
  private fill = 0;
  /** Bytes of the frame that was delivered last. */
  private done = 0;
  /** Bytes of the frame that has begun, and of its header before its length is known. */
  private wanted = HEADER;

  constructor(mask: CheckMask = -1) {
    this.mask = mask;
  }

  encode(length: number): number {
    const memory = this.memory;
    const start = TX + FRAME;
    memory[start] = 0;
    memory[start + 1] = DATA_TYPE;
    memory[start + 2] = length;
    memory[start + 3] = DATA_TYPE ^ length ^ GUARD;
    memory[start + 4] = 1;
    memory[start + 5] = 2;
    memory[start + 6] = 9;
    const end = start + HEADER + length;
    const content = start + 1;
    writeCheck(memory, end, wordCrc(this.words, memory, content, end - content));
    return end + 4;
  }

  feed(offset: number, length: number): number {
    this.found = -1;
    this.discard();
    let taken = 0;
    for (;;) {
      const missing = this.wanted - this.fill;
      const count = length - taken < missing ? length - taken : missing;
      if (count > 0) {
        const from = offset + taken;
        this.memory.copyWithin(FRAME + this.fill, from, from + count);
        this.fill += count;
        taken += count;
      }
      if (this.fill < this.wanted) return taken;
      if (this.advance()) return taken;
    }
  }

  pause(): void {
    this.found = -1;
    this.discard();
    while (this.fill >= this.wanted) if (this.advance()) return;
    while (this.fill > 0) {
      this.resume();
      while (this.fill >= this.wanted) if (this.advance()) return;
    }
  }

  private discard(): void {
    if (this.done === 0) return;
    if (this.fill > this.done) {
      this.memory.copyWithin(FRAME, FRAME + this.done, FRAME + this.fill);
    }
    this.fill -= this.done;
    this.done = 0;
  }

  /** Judges what is there. @returns whether a frame is whole */
  private advance(): boolean {
    const memory = this.memory;
    if (this.wanted === HEADER) {
      const type = memory[FRAME + 1]!;
      const length = memory[FRAME + 2]!;
      const isHeader =
        memory[FRAME] === 0 &&
        type === DATA_TYPE &&
        memory[FRAME + 3] === (type ^ length ^ GUARD) &&
        length <= LONGEST_PAYLOAD;
      if (isHeader) this.wanted = HEADER + length + 4;
      else this.resume();
      return false;
    }
    const checkAt = FRAME + this.wanted - 4;
    const content = FRAME + 1;
    const difference =
      wordCrc(this.words, memory, content, checkAt - content) ^ readCheck(memory, checkAt);
    if ((difference & this.mask) !== 0) {
      this.resume();
      return false;
    }
    this.found = this.wanted - HEADER - 4;
    // What is delivered stays in place until the next call; only then is the rest moved down.
    this.done = this.wanted;
    this.wanted = HEADER;
    return true;
  }

  /** Looks for the next mark behind the first. */
  private resume(): void {
    const memory = this.memory;
    const end = FRAME + this.fill;
    memory[end] = 0;
    const mark = memory.indexOf(0, FRAME + 1);
    memory.copyWithin(FRAME, mark, end);
    this.fill = end - mark;
    this.wanted = HEADER;
  }
}
