import { NEVER } from "../status.js";

/**
 * When each of a few things is due, in 32-bit milliseconds that wrap. The nearest is remembered, so that asking and
 * setting cost the same however many there are; one that was cleared or put off is noticed when its time has come.
 */
export class Timers {
  private readonly times: Int32Array;
  private armed = 0;
  private nearest = 0;
  private hasNearest = false;

  /** @param kinds how many kinds there are, 1 to 31 */
  constructor(kinds: number) {
    this.times = new Int32Array(kinds);
  }

  set(kind: number, time: number): void {
    this.times[kind] = time;
    this.armed |= 1 << kind;
    if (this.hasNearest && ((time - this.nearest) | 0) >= 0) return;
    this.nearest = time | 0;
    this.hasNearest = true;
  }

  clear(kind: number): void {
    this.armed &= ~(1 << kind);
  }

  clearAll(): void {
    this.armed = 0;
    this.hasNearest = false;
  }

  isSet(kind: number): boolean {
    return (this.armed & (1 << kind)) !== 0;
  }

  /** Tells whether anything may be due. */
  isAnyDue(now: number): boolean {
    return this.hasNearest && ((now - this.nearest) | 0) >= 0;
  }

  /** Tells whether the time has come, and if so clears it. */
  take(kind: number, now: number): boolean {
    const bit = 1 << kind;
    if ((this.armed & bit) === 0 || ((now - this.times[kind]) | 0) < 0) return false;
    this.armed &= ~bit;
    return true;
  }

  /** Milliseconds from `now` to the nearest time, 0 when one is due, NEVER when none is set. */
  untilNext(now: number): number {
    if (!this.hasNearest) return NEVER;
    const left = (this.nearest - now) | 0;
    return left > 0 ? left : this.findNearest(now);
  }

  private findNearest(now: number): number {
    let nearest = NEVER;
    for (let kind = 0; kind < this.times.length; kind++) {
      if ((this.armed & (1 << kind)) === 0) continue;
      const left = (this.times[kind] - now) | 0;
      if (left < nearest) nearest = left > 0 ? left : 0;
    }
    this.hasNearest = nearest !== NEVER;
    this.nearest = (now + nearest) | 0;
    return nearest;
  }
}
