import { moveBytes } from "../bytes.js";
import type { LinkMemory } from "./memory.js";
import type { LinkOptions } from "./options.js";
import type { LinkStatistics } from "./statistics.js";

/** Frames that may come before an acknowledgement goes out unasked. */
const ACKNOWLEDGE_EVERY = 2;
/** No DATA frame has this type. */
const EMPTY = 0;

/** What is to be done about a frame. */
const NOTHING_DUE = 0;
/** It is the next: deliver it. An acknowledgement may wait for a frame to ride on. */
export const DELIVER = 1;
/** Tell the peer at once what is here and what is not. */
export const REPORT = 2;

/**
 * The receiving half of a session: delivers in order and keeps what came too early, so that only what was lost is sent
 * again.
 */
export class Incoming {
  /** The number of the next frame to deliver. */
  expected = 0;
  /** Frames kept that came before an earlier one did. */
  held = 0;
  /** The credit given: the first frame not yet wanted. It never goes back. */
  private granted = 0;
  private accepting = true;
  /** Frames delivered since the last acknowledgement. */
  private owed = 0;
  /** One past the highest frame kept. */
  private highest = 0;
  private firstRow = 0;
  private readonly window: number;
  private readonly bytes: Uint8Array;
  private readonly rows: number;
  private readonly rowBytes: number;
  private readonly types: Uint8Array;
  private readonly lengths: Uint8Array;
  private readonly statistics: LinkStatistics;

  constructor(options: LinkOptions, memory: LinkMemory, statistics: LinkStatistics) {
    const window = options.window;
    this.window = window;
    this.bytes = memory.bytes;
    this.rows = memory.rows;
    this.rowBytes = memory.rowBytes;
    this.types = new Uint8Array(window);
    this.lengths = new Uint8Array(window);
    this.statistics = statistics;
  }

  restart(): void {
    this.expected = 0;
    this.granted = this.window;
    this.owed = 0;
    this.held = 0;
    this.highest = 0;
    this.firstRow = 0;
    this.types.fill(EMPTY);
  }

  /** @returns true when it changed */
  setAccepting(accepting: boolean): boolean {
    const changed = this.accepting !== accepting;
    this.accepting = accepting;
    return changed;
  }

  /** Renews the credit. Called when a frame is written, which then carries every acknowledgement owed. */
  grant(): number {
    if (this.accepting) this.granted = (this.expected + this.window) | 0;
    this.owed = 0;
    return this.granted;
  }

  /** Tells whether so many frames are unacknowledged that waiting for a frame to ride on would slow the peer. */
  get isDue(): boolean {
    return this.owed >= ACKNOWLEDGE_EVERY || this.expected === this.granted;
  }

  /** Judges a DATA frame by its number and keeps it when it is early; its payload lies at `offset`. */
  handleData(sequence: number, type: number, offset: number, length: number): number {
    const ahead = (sequence - this.expected) | 0;
    if (ahead === 0 && sequence !== this.granted) {
      this.step();
      return DELIVER;
    }
    if (ahead < 0) {
      this.statistics.duplicates++;
      return REPORT;
    }
    if (((this.granted - sequence) | 0) <= 0) {
      this.statistics.overruns++;
      return NOTHING_DUE;
    }
    const row = this.row(ahead);
    if (this.types[row] !== EMPTY) {
      this.statistics.duplicates++;
      return REPORT;
    }
    moveBytes(this.bytes, offset, length, this.rows + row * this.rowBytes);
    this.types[row] = type;
    this.lengths[row] = length;
    this.held++;
    if (this.held === 1 || ((sequence - this.highest) | 0) >= 0) this.highest = (sequence + 1) | 0;
    this.statistics.reordered++;
    return REPORT;
  }

  /** The type of the expected frame when it is kept, else 0. Its payload lies at `heldOffset`. */
  get heldType(): number {
    return this.held === 0 ? EMPTY : this.types[this.firstRow];
  }

  get heldOffset(): number {
    return this.rows + this.firstRow * this.rowBytes;
  }

  get heldLength(): number {
    return this.lengths[this.firstRow];
  }

  /** The expected frame is delivered from where it was kept; its bytes stay until the peer hears of it. */
  deliverHeld(): void {
    this.types[this.firstRow] = EMPTY;
    this.held--;
    this.step();
  }

  /**
   * Writes which frames behind the expected one are here: the lowest bit of the first byte stands for the next.
   *
   * @returns how many bytes
   */
  writeHeld(out: Uint8Array, outOffset: number): number {
    if (this.held === 0) return 0;
    const count = (this.highest - this.expected - 1) | 0;
    const length = (count + 7) >> 3;
    for (let i = 0; i < length; i++) out[outOffset + i] = 0;
    for (let i = 0; i < count; i++) {
      if (this.types[this.row(i + 1)] !== EMPTY) out[outOffset + (i >> 3)] |= 1 << (i & 7);
    }
    return length;
  }

  private step(): void {
    this.expected = (this.expected + 1) | 0;
    this.owed++;
    const row = this.firstRow + 1;
    this.firstRow = row === this.window ? 0 : row;
  }

  private row(ahead: number): number {
    const row = this.firstRow + ahead;
    return row < this.window ? row : row - this.window;
  }
}
