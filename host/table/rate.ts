const SAMPLES = 11;

/** Events per second over the last samples of a counter. */
export class RateMeter {
  private readonly samples: { readonly count: number; readonly atMs: number }[] = [];

  /** Takes the counter's value now and returns the rate. */
  update(count: number, atMs: number): number {
    this.samples.push({ count, atMs });
    if (this.samples.length > SAMPLES) this.samples.shift();
    const oldest = this.samples[0];
    if (oldest === undefined || atMs <= oldest.atMs) return 0;
    return ((count - oldest.count) / (atMs - oldest.atMs)) * 1000;
  }
}
