import { NEVER } from "../status.js";

/** An acknowledgement that found no frame to ride on must go out alone. */
export const ACKNOWLEDGE_DEADLINE = 0;
/** The oldest unacknowledged frame is overdue. */
export const RESEND_DEADLINE = 1;
/** The board greets again. */
export const HELLO_DEADLINE = 2;
/** Ask the peer for a sign of life, or for credit. */
export const PING_DEADLINE = 3;
/** The peer has been silent for too long. */
export const SILENCE_DEADLINE = 4;
/** A run of bytes without an end is judged as it stands. */
export const RUN_DEADLINE = 5;
const COUNT = 6;

/** A fixed table of points in time, by kind. Times are 32-bit milliseconds that wrap. */
export class Deadlines {
  private readonly at = new Int32Array(COUNT);
  private armed = 0;

  set(kind: number, deadline: number): void {
    this.at[kind] = deadline;
    this.armed |= 1 << kind;
  }

  clear(kind: number): void {
    this.armed &= ~(1 << kind);
  }

  clearAll(): void {
    this.armed = 0;
  }

  isSet(kind: number): boolean {
    return (this.armed & (1 << kind)) !== 0;
  }

  /** Tells whether the deadline has passed, and if so clears it. */
  take(kind: number, now: number): boolean {
    if (!this.isSet(kind) || ((now - this.at[kind]) | 0) < 0) return false;
    this.clear(kind);
    return true;
  }

  /** @returns milliseconds to the earliest deadline, 0 when it has passed, NEVER when there is none */
  next(now: number): number {
    let earliest = NEVER;
    for (let kind = 0; kind < COUNT; kind++) {
      if (!this.isSet(kind)) continue;
      const wait = (this.at[kind] - now) | 0;
      if (wait < earliest) earliest = wait;
    }
    return Math.max(earliest, 0);
  }
}
