import assert from "node:assert/strict";
import type { JournalStore } from "../../firmware/session/journal-store.js";
import { Random } from "./random.js";

/** Power failed within a write or an erase. */
export class PowerCut extends Error {}

export interface FlashOptions {
  readonly areaSize: number;
  readonly unit: number;
  /** Of a write that is cut: which of its bytes were programmed. */
  readonly tearing: "in order" | "any order";
  readonly seed: number;
}

/** Moments within an erase at which power may fail. */
const ERASE_STAGES = 4;

/**
 * Two areas of NOR flash. Erased bytes are 0xFF; a write only clears bits, and here only of erased
 * bytes; an erase takes an area as a whole.
 *
 * Each moment at which power may fail is numbered: before and after each byte of each write, before,
 * within and after each erase. At moment `cutAt` power fails: the call throws, and so does each one
 * after it until `powerUp`.
 */
export class Flash implements JournalStore {
  readonly areaSize: number;
  readonly unit: number;
  cutAt = Number.POSITIVE_INFINITY;
  /** Moments passed since power came. */
  moments = 0;
  bytesWritten = 0;
  writes = 0;
  erases = 0;

  /** Areas of which an erase was cut: what reads as erased there need not stay so. */
  private unsure: readonly number[] = [];
  private readonly areas: readonly [Uint8Array, Uint8Array];
  private readonly options: FlashOptions;
  private readonly random: Random;

  constructor(options: FlashOptions) {
    const { areaSize } = options;
    this.areaSize = areaSize;
    this.unit = options.unit;
    this.options = options;
    this.random = new Random(options.seed);
    this.areas = [new Uint8Array(areaSize).fill(0xff), new Uint8Array(areaSize).fill(0xff)];
  }

  /** Power comes back; `cutAt` moments later it fails again. */
  powerUp(cutAt = Number.POSITIVE_INFINITY): void {
    this.moments = 0;
    this.cutAt = cutAt;
  }

  /** Another one with the same bytes, and with power. */
  copy(): Flash {
    const other = new Flash(this.options);
    for (const area of [0, 1]) other.bytesOf(area).set(this.bytesOf(area));
    other.unsure = this.unsure;
    return other;
  }

  /** The bytes of an area, to be looked at and damaged. */
  bytesOf(area: number): Uint8Array {
    const bytes = this.areas[area];
    assert.ok(bytes, `there is no area ${area}`);
    return bytes;
  }

  read(area: number, position: number, out: Uint8Array, outOffset: number, length: number): number {
    if (this.moments > this.cutAt) throw new PowerCut();
    assert.ok(position >= 0 && position + length <= this.areaSize, "a read within the area");
    assert.ok(outOffset + length <= out.length, "a read within the buffer");
    out.set(this.bytesOf(area).subarray(position, position + length), outOffset);
    return length;
  }

  append(
    area: number,
    position: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    assert.ok(position % this.unit === 0 && length % this.unit === 0, "whole units");
    assert.ok(length > 0 && position + length <= this.areaSize, "a write within the area");
    const target = this.bytesOf(area).subarray(position, position + length);
    assert.ok(
      target.every((byte) => byte === 0xff),
      "a write on erased bytes",
    );
    assert.ok(!this.unsure.includes(area), "a write on an area that was erased to the end");
    this.pass(() => undefined);
    this.writes++;
    for (let i = 0; i < length; i++) {
      target[i] = bytes[offset + i] ?? 0;
      this.bytesWritten++;
      this.pass(() => this.tear(target, i + 1));
    }
    return 0;
  }

  truncate(area: number): number {
    const bytes = this.bytesOf(area);
    this.pass(() => undefined);
    this.erases++;
    this.unsure = [...this.unsure, area];
    for (let stage = 1; stage < ERASE_STAGES; stage++) {
      this.pass(() => this.eraseHalf(bytes, stage / ERASE_STAGES));
    }
    bytes.fill(0xff);
    this.unsure = this.unsure.filter((one) => one !== area);
    this.pass(() => undefined);
    return 0;
  }

  private pass(residue: () => void): void {
    const moment = this.moments++;
    if (moment < this.cutAt) return;
    if (moment === this.cutAt) residue();
    throw new PowerCut();
  }

  /** Of the first `count` bytes the last may be programmed in part; or each of them in any part. */
  private tear(written: Uint8Array, count: number): void {
    if (count === written.length && this.random.below(2) === 0) return;
    const first = this.options.tearing === "in order" ? count - 1 : 0;
    for (let i = first; i < count; i++) written[i] = (written[i] ?? 0) | this.random.below(256);
  }

  /** A share of the bytes is erased, some are on the way there. */
  private eraseHalf(bytes: Uint8Array, share: number): void {
    const isFromStart = this.random.below(2) === 0;
    const border = Math.floor(bytes.length * share);
    for (let i = 0; i < bytes.length; i++) {
      const isReached = isFromStart ? i < border : this.random.below(256) < 256 * share;
      if (isReached) bytes[i] = 0xff;
      else if (this.random.below(4) === 0) bytes[i] = (bytes[i] ?? 0) | this.random.below(256);
    }
  }
}
