/** Time that passes only when told to. `now` is what the firmware sees: 32-bit milliseconds that wrap. */
export class VirtualClock {
  /** Milliseconds since the start; never wraps. */
  elapsedMs = 0;
  private readonly startMs: number;

  constructor(startMs = 0) {
    this.startMs = startMs;
  }

  get now(): number {
    return (this.startMs + this.elapsedMs) | 0;
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
  }
}
