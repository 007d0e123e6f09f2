import type { LinkStatistics } from "./statistics.js";

/** Frames that may come before an acknowledgement goes out unasked. */
const ACKNOWLEDGE_EVERY = 2;
/** Frames behind a gap after which the peer is told again: what told it may have been lost. */
const REJECT_EVERY = 2;

/** What is to be done about a frame. */
const NOTHING_DUE = 0;
/** Deliver it; an acknowledgement may wait for a frame to ride on. */
export const DELIVER = 1;
/** Acknowledge at once: it is a duplicate, so the peer missed an acknowledgement. */
export const ACKNOWLEDGE_NOW = 2;
/** Ask for everything from the expected frame on. */
export const REJECT_NOW = 3;

/** The receiving half of a session: takes frames in order only, so it stores none. */
export class ReceiveWindow {
  /** The number of the next frame to deliver. */
  expected = 0;
  /** The credit given: the first frame not yet wanted. It never goes back. */
  private granted = 0;
  private accepting = true;
  /** Frames delivered since the last acknowledgement. */
  private owed = 0;
  /** The expected frame is, or may be, lost, and the peer was told. */
  private isLossTold = false;
  /** The frame behind the gap for which the peer was told. */
  private toldAt = 0;
  private readonly window: number;
  private readonly statistics: LinkStatistics;

  constructor(window: number, statistics: LinkStatistics) {
    this.window = window;
    this.statistics = statistics;
  }

  restart(): void {
    this.expected = 0;
    this.granted = this.window;
    this.owed = 0;
    this.isLossTold = false;
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

  /**
   * Judges a DATA frame by its number. Of those behind a gap the first asks for the lost frame, and so does every
   * second of the others, since the question itself may be lost, and one whose number steps back: the peer has begun
   * again, and the lost frame was lost once more. The sender knows which of the questions are old.
   */
  handleData(sequence: number): number {
    const ahead = (sequence - this.expected) | 0;
    if (ahead < 0) {
      this.statistics.duplicates++;
      return ACKNOWLEDGE_NOW;
    }
    if (((this.granted - sequence) | 0) <= 0) {
      this.statistics.overruns++;
      return NOTHING_DUE;
    }
    if (ahead > 0) return this.handleGap(sequence);
    this.expected = (sequence + 1) | 0;
    this.isLossTold = false;
    this.owed++;
    return DELIVER;
  }

  private handleGap(sequence: number): number {
    const further = (sequence - this.toldAt) | 0;
    if (this.isLossTold && further > 0 && further < REJECT_EVERY) return NOTHING_DUE;
    this.isLossTold = true;
    this.toldAt = sequence;
    return REJECT_NOW;
  }

  /** A frame without data tells which number comes next: so the loss of the last frame is seen too. */
  handleNumber(sequence: number): number {
    return ((sequence - this.expected) | 0) > 0 ? this.handleDamage() : NOTHING_DUE;
  }

  /** Something was lost, maybe the expected frame. Asked once per frame: two ends must not ask each other for ever. */
  handleDamage(): number {
    if (this.isLossTold) return NOTHING_DUE;
    this.isLossTold = true;
    this.toldAt = this.expected;
    return REJECT_NOW;
  }
}
