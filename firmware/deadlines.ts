import { NEVER } from "./status.js";

/**
 * When each of a few things is due. Times are 32-bit milliseconds that wrap; a deadline lies less than
 * 2^31 ms (24.8 days) ahead, so the sign of the difference tells before from after.
 */
export class Deadlines {
  private readonly times: Int32Array;
  private armed = 0;

  /** @param kinds how many kinds there are, 1 to 31; a kind is 0 to kinds - 1 */
  constructor(kinds: number) {
    this.times = new Int32Array(kinds);
  }

  set(kind: number, time: number): void {
    this.times[kind] = time;
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

  isDue(kind: number, now: number): boolean {
    return this.isSet(kind) && ((now - this.times[kind]) | 0) >= 0;
  }

  /** Tells whether the deadline has passed, and if so clears it. */
  take(kind: number, now: number): boolean {
    if (!this.isDue(kind, now)) return false;
    this.clear(kind);
    return true;
  }

  /** Milliseconds from `now` to the nearest deadline, 0 when one is due, NEVER when none is set. */
  untilNext(now: number): number {
    let nearest = NEVER;
    for (let kind = 0; kind < this.times.length; kind++) {
      if (!this.isSet(kind)) continue;
      const left = (this.times[kind] - now) | 0;
      if (left < nearest) nearest = left > 0 ? left : 0;
    }
    return nearest;
  }
}
