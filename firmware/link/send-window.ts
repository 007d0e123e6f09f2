import { copyBytes } from "../bytes.js";
import { type Frame, MAXIMUM_WINDOW, PAYLOAD } from "./frame.js";
import { RoundTrip } from "./round-trip.js";
import type { LinkStatistics } from "./statistics.js";

// How far a frame is whose way to the peer is timed: the oldest one after going back, or one to measure.
const UNTIMED = 0;
/** It is to be put on the wire. */
const WAITING = 1;
/** The port has begun to take it. */
const LEAVING = 2;
/** The port has taken the last of it. */
const LEFT = 3;

/**
 * The frames given to the link and not yet acknowledged, in order, with the numbers that say how far they are.
 *
 * Always unacknowledged ≤ current ≤ highest ≤ next ≤ limit, and next − unacknowledged ≤ window.
 * Numbers are whole counters that wrap at 32 bits, compared by their difference.
 */
export class SendWindow {
  /** The oldest frame that the peer has not acknowledged. */
  unacknowledged = 0;
  /** The next frame to put on the wire; a rejection or a timeout takes it back. */
  current = 0;
  readonly roundTrip = new RoundTrip();
  /** One past the highest frame that was ever on the wire. */
  private highest = 0;
  /** The number of the next frame that `put` takes. */
  private next = 0;
  /** The peer's credit: the first frame it does not yet want. */
  private limit = 0;
  /** After a timeout only one frame goes out until the peer is heard: on a dead wire the rest is waste. */
  private probing = false;
  /** Of the frame whose round trip is measured. */
  private timing = UNTIMED;
  private timedSequence = 0;
  private timedAt = 0;
  /** Of the oldest frame, since it was last taken back. */
  private repair = UNTIMED;
  private repairedAt = 0;

  private readonly window: number;
  private readonly maximumPayload: number;
  /** Bytes that the peer takes in one frame. */
  private payloadLimit = 0;
  /** Own; one row of `maximumPayload` bytes per frame, retained until acknowledged. */
  private readonly payloads: Uint8Array;
  private readonly lengths: Uint8Array;
  private readonly types: Uint8Array;
  /** The row of `unacknowledged`. */
  private firstRow = 0;
  private readonly statistics: LinkStatistics;

  constructor(window: number, maximumPayload: number, statistics: LinkStatistics) {
    this.window = window;
    this.maximumPayload = maximumPayload;
    this.payloads = new Uint8Array(window * maximumPayload);
    this.lengths = new Uint8Array(window);
    this.types = new Uint8Array(window);
    this.statistics = statistics;
  }

  /** Starts a new session: what was not acknowledged in the old one is void. */
  restart(peerPayload: number, peerWindow: number): void {
    this.statistics.framesVoided += (this.next - this.unacknowledged) | 0;
    this.unacknowledged = 0;
    this.current = 0;
    this.highest = 0;
    this.next = 0;
    this.limit = peerWindow;
    this.payloadLimit = Math.min(peerPayload, this.maximumPayload);
    this.firstRow = 0;
    this.goBack();
  }

  get hasRoom(): boolean {
    return ((this.next - this.unacknowledged) | 0) < this.window && this.next !== this.limit;
  }

  /** Tells whether only fresh credit from the peer can set anything moving. */
  get needsCredit(): boolean {
    return this.next === this.limit && this.unacknowledged === this.next;
  }

  /** Tells whether a frame may go on the wire. */
  get isReady(): boolean {
    return this.current !== this.next && (!this.probing || this.current === this.unacknowledged);
  }

  /** Tells whether frames on the wire are unacknowledged. */
  get isWaiting(): boolean {
    return this.highest !== this.unacknowledged;
  }

  /**
   * Takes the payload of one frame.
   *
   * @param lastFlag added to the type when all of the bytes fit
   * @returns bytes taken, 0 when there is no room
   */
  put(type: number, lastFlag: number, bytes: Uint8Array, offset: number, length: number): number {
    if (!this.hasRoom) return 0;
    const taken = Math.min(length, this.payloadLimit);
    const row = this.row(this.next);
    copyBytes(bytes, offset, taken, this.payloads, row * this.maximumPayload);
    this.lengths[row] = taken;
    this.types[row] = taken === length ? type | lastFlag : type;
    this.next = (this.next + 1) | 0;
    return taken;
  }

  /**
   * Copies the current frame's payload to where it goes on the wire, and moves on to the next.
   *
   * @param frame its type and sequence are set
   * @param out   receives the payload at `outOffset` + PAYLOAD
   * @returns the length of the payload
   */
  take(frame: Frame, out: Uint8Array, outOffset: number): number {
    const row = this.row(this.current);
    frame.type = this.types[row];
    frame.sequence = this.current;
    copyBytes(
      this.payloads,
      row * this.maximumPayload,
      this.lengths[row],
      out,
      outOffset + PAYLOAD,
    );
    if (this.current !== this.highest) this.statistics.resends++;
    else {
      this.highest = (this.highest + 1) | 0;
      if (this.timing === UNTIMED) {
        this.timing = LEAVING;
        this.timedSequence = this.current;
      }
    }
    if (this.repair === WAITING) this.repair = LEAVING;
    this.current = (this.current + 1) | 0;
    return this.lengths[row];
  }

  /** The port has taken the last byte of the frame that `take` gave. */
  handleTaken(now: number): void {
    if (this.timing === LEAVING) {
      this.timing = LEFT;
      this.timedAt = now;
    }
    if (this.repair === LEAVING) {
      this.repair = LEFT;
      this.repairedAt = now;
    }
  }

  /**
   * Frees what the peer has, and notes its credit, which never shrinks.
   *
   * @returns false when the acknowledgement is impossible: the frame that carried it is stale
   */
  acknowledge(acknowledgement: number, limit: number, now: number): boolean {
    const freed = (acknowledgement - this.unacknowledged) | 0;
    if (freed < 0 || freed > ((this.highest - this.unacknowledged) | 0)) return false;
    if (freed > 0) this.free(acknowledgement, freed, now);
    const credit = (limit - acknowledgement) | 0;
    if (credit <= MAXIMUM_WINDOW && ((limit - this.limit) | 0) > 0) this.limit = limit;
    return true;
  }

  /** Sends again everything unacknowledged. */
  goBack(): void {
    this.current = this.unacknowledged;
    this.probing = false;
    this.timing = UNTIMED;
    this.repair = this.isWaiting ? WAITING : UNTIMED;
  }

  /**
   * The peer misses the oldest frame. It says so for each later one that comes, so what it says within one round trip
   * after that frame went out again is old.
   *
   * @returns true when the frames go out again
   */
  handleReject(now: number): boolean {
    const isOld =
      this.repair === WAITING ||
      this.repair === LEAVING ||
      (this.repair === LEFT && ((now - this.repairedAt) | 0) < this.roundTrip.smoothedMs);
    if (isOld) return false;
    this.goBack();
    return true;
  }

  /** Sends the oldest frame again, and waits longer for its acknowledgement. */
  probe(): void {
    this.goBack();
    this.probing = true;
    this.roundTrip.backOff();
  }

  private free(acknowledgement: number, freed: number, now: number): void {
    if (this.timing === LEFT && ((acknowledgement - this.timedSequence) | 0) > 0) {
      this.roundTrip.measure((now - this.timedAt) | 0);
      this.statistics.roundTripMs = this.roundTrip.smoothedMs;
      this.timing = UNTIMED;
    }
    this.firstRow = (this.firstRow + freed) % this.window;
    this.unacknowledged = acknowledgement;
    if (((this.current - acknowledgement) | 0) < 0) this.current = acknowledgement;
    this.probing = false;
    this.repair = UNTIMED;
  }

  private row(sequence: number): number {
    return (this.firstRow + ((sequence - this.unacknowledged) | 0)) % this.window;
  }
}
