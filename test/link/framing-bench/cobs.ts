import { type CheckMask, type Codec, DATA_TYPE, FIELDS, MEMORY_BYTES } from "./codec.js";
import { hasZero, readCheck, wordCrc, writeCheck } from "./word-crc.js";

const FRAME = 3; // the distance byte; the content begins at a multiple of four
const TX = 512;
const LONGEST = 1 + FIELDS + 240 + 4;

/** Delimiter 00, stuffing by distances. Searches are the engine's. */
export class Cobs implements Codec {
  readonly name: string;
  readonly memory = new Uint8Array(MEMORY_BYTES);
  readonly payloadOffset = TX + FRAME + 1 + FIELDS;
  readonly start = TX + FRAME;
  found = -1;
  foundAt = FRAME + 1 + FIELDS;
  private readonly words = new Int32Array(this.memory.buffer);
  private readonly mask: CheckMask;
  /** Words are tested for zeros first, so that a frame without one is not searched. */
  private readonly testsWords: boolean;
  private fill = 0;
  private isWhole = true;

  constructor(mask: CheckMask = -1, testsWords = false) {
    this.mask = mask;
    this.testsWords = testsWords;
    this.name = testsWords ? "cobs, words tested" : "cobs";
  }

  encode(length: number): number {
    const memory = this.memory;
    const start = TX + FRAME;
    const content = start + 1;
    memory[content] = DATA_TYPE;
    memory[content + 1] = 1;
    memory[content + 2] = 2;
    memory[content + 3] = 9;
    const end = content + FIELDS + length;
    writeCheck(memory, end, wordCrc(this.words, memory, content, FIELDS + length));
    const last = end + 4;
    memory[last] = 0;
    if (this.testsWords && !hasZero(this.words, content, last - content - 3)) {
      if (memory.indexOf(0, last - 6) === last) {
        memory[start] = last - start;
        return last + 1;
      }
    }
    for (let at = start; at < last; ) {
      const zero = memory.indexOf(0, at + 1);
      memory[at] = zero - at;
      at = zero;
    }
    return last + 1;
  }

  feed(offset: number, length: number): number {
    this.found = -1;
    const memory = this.memory;
    const end = offset + length;
    memory[end] = 0;
    const zero = memory.indexOf(0, offset);
    const count = zero - offset;
    if (this.fill + count > LONGEST) this.drop();
    else if (this.isWhole) {
      memory.copyWithin(FRAME + this.fill, offset, zero);
      this.fill += count;
    }
    if (zero === end) return length;
    if (this.isWhole && this.fill > 0) this.check();
    this.fill = 0;
    this.isWhole = true;
    return count + 1;
  }

  pause(): void {
    this.found = -1;
    this.drop();
  }

  private drop(): void {
    this.fill = 0;
    this.isWhole = false;
  }

  private check(): void {
    const memory = this.memory;
    const end = FRAME + this.fill;
    let next = FRAME + memory[FRAME]!;
    while (next < end) {
      const distance = memory[next]!;
      memory[next] = 0;
      next += distance;
    }
    const checkAt = end - 4;
    const content = FRAME + 1;
    if (next !== end || checkAt < content + FIELDS || memory[content] !== DATA_TYPE) return;
    const difference =
      wordCrc(this.words, memory, content, checkAt - content) ^ readCheck(memory, checkAt);
    if ((difference & this.mask) === 0) this.found = checkAt - content - FIELDS;
  }
}
