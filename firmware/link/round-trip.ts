const INITIAL_TIMEOUT_MS = 250;
const MINIMUM_TIMEOUT_MS = 20;
const MAXIMUM_TIMEOUT_MS = 1000;
/** A longer one is no round trip: the process slept. */
const MAXIMUM_SAMPLE_MS = 60_000;

/**
 * Estimates how long an acknowledgement may take: smoothed round trip + 4 × its variation (RFC 6298), in integers.
 * Only frames sent once are measured, and a backed-off timeout stands until one is (Karn).
 */
export class RoundTrip {
  timeoutMs = INITIAL_TIMEOUT_MS;
  /** Times 8; negative before the first sample. */
  private smoothed8 = -1;
  /** Times 4. */
  private variation4 = 0;

  get smoothedMs(): number {
    return this.smoothed8 < 0 ? 0 : this.smoothed8 >> 3;
  }

  measure(ms: number): void {
    if (ms < 0 || ms > MAXIMUM_SAMPLE_MS) return;
    if (this.smoothed8 < 0) {
      this.smoothed8 = ms << 3;
      this.variation4 = ms << 1;
    } else {
      const error = ms - (this.smoothed8 >> 3);
      this.smoothed8 += error;
      this.variation4 += (error < 0 ? -error : error) - (this.variation4 >> 2);
    }
    const timeout = (this.smoothed8 >> 3) + this.variation4;
    this.timeoutMs =
      timeout < MINIMUM_TIMEOUT_MS ? MINIMUM_TIMEOUT_MS : Math.min(timeout, MAXIMUM_TIMEOUT_MS);
  }

  backOff(): void {
    this.timeoutMs = Math.min(this.timeoutMs * 2, MAXIMUM_TIMEOUT_MS);
  }
}
