/** Milliseconds since some moment, as the 32-bit counter that wraps of the firmware. */
export function now(): number {
  return Math.trunc(performance.now()) | 0;
}

/** Node's timers fire at once beyond this. */
const LONGEST_MS = 0x7fffffff;

/** One timer that is set anew after every turn: what a board's single hardware timer does. */
export class Alarm {
  private timer: NodeJS.Timeout | undefined;
  private readonly ring: () => void;

  constructor(ring: () => void) {
    this.ring = ring;
  }

  set(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(this.ring, Math.min(ms, LONGEST_MS));
  }

  clear(): void {
    clearTimeout(this.timer);
  }
}
