import Time from "time";
import type { TimerId } from "timer";
import Timer from "timer";

/** Milliseconds since some moment, a 32-bit counter that wraps. */
export function now(): number {
  return Time.ticks | 0;
}

/** Keeps a timer that fired alive: XS drops one that has no second interval. */
const LONGEST_MS = 0x7fffffff;

/** One timer that is set anew after every turn. It allocates when it is made, then never. */
export class Alarm {
  private readonly timer: TimerId;

  constructor(ring: () => void) {
    this.timer = Timer.set(ring, LONGEST_MS, LONGEST_MS);
    Timer.schedule(this.timer);
  }

  set(ms: number): void {
    Timer.schedule(this.timer, ms, LONGEST_MS);
  }

  clear(): void {
    Timer.schedule(this.timer);
  }
}
