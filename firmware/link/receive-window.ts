import type { LinkStatistics } from "./statistics.js";

/** Frames that may come before an acknowledgement goes out unasked. */
const ACKNOWLEDGE_EVERY = 2;

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
  /** A frame is missing, and the peer was told. */
  private hasGap = false;
  /** The frame that came last after the gap. */
  private afterGap = 0;
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
    this.hasGap = false;
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
    return this.owed >= ACKNOWLEDGE_EVERY;
  }

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
    if (ahead > 0) {
      // A step back means that the peer has begun again and the expected frame was lost once more.
      const isKnown = this.hasGap && ((sequence - this.afterGap) | 0) > 0;
      this.hasGap = true;
      this.afterGap = sequence;
      return isKnown ? NOTHING_DUE : REJECT_NOW;
    }
    this.expected = (sequence + 1) | 0;
    this.hasGap = false;
    this.owed++;
    return DELIVER;
  }

  /** A frame without data tells which number comes next: so the loss of the last frame is seen too. */
  handleNumber(sequence: number): number {
    if (this.hasGap || ((sequence - this.expected) | 0) <= 0) return NOTHING_DUE;
    this.hasGap = true;
    this.afterGap = (sequence - 1) | 0;
    return REJECT_NOW;
  }
}
