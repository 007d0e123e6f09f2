/** A UART spends ten bit times on a byte: start, eight data bits, stop. */
const BITS_PER_BYTE = 10;

/**
 * Tells how much may be given to the kernel now, so that its buffer stays short: what waits there can
 * no longer be overtaken by an acknowledgement. It reckons with the line's speed instead of asking the
 * kernel, because tcdrain(3) holds a thread for as long as a device takes nothing.
 */
export class WritePacer {
  private readonly bytesPerMs: number;
  private readonly limit: number;
  /** When the line will have sent all that was written. */
  private idleAtMs = 0;

  /** @param limit bytes that may wait in the kernel */
  constructor(baudRate: number, limit: number) {
    this.bytesPerMs = baudRate / BITS_PER_BYTE / 1000;
    this.limit = limit;
  }

  /** Bytes that may be written now. */
  room(nowMs: number): number {
    const waiting = Math.max(0, this.idleAtMs - nowMs) * this.bytesPerMs;
    return Math.max(0, Math.floor(this.limit - waiting));
  }

  /** That many bytes were written. */
  written(length: number, nowMs: number): void {
    this.idleAtMs = Math.max(this.idleAtMs, nowMs) + length / this.bytesPerMs;
  }

  /** Milliseconds until half of the limit is free. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.idleAtMs - nowMs - this.limit / 2 / this.bytesPerMs);
  }
}
