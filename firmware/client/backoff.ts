/** How long a client waits before it tries again. All in milliseconds. */
export interface BackoffOptions {
  /** Largest wait after the first failure. */
  readonly baseMs: number;
  /** Largest wait at all. */
  readonly capMs: number;
  /** Largest wait after a refusal that time alone will hardly heal: credentials, identifier. */
  readonly refusedMs: number;
}

/**
 * Exponential growth with full jitter: each wait is drawn from zero up to a bound that doubles. Boards
 * that lost their broker together so come back apart.
 */
export class Backoff {
  private readonly options: BackoffOptions;
  private readonly random: () => number;
  private failures = 0;

  /** @param random 32-bit unsigned numbers */
  constructor(options: BackoffOptions, random: () => number) {
    this.options = options;
    this.random = random;
  }

  /** The connection proved stable: the next failure counts as the first. */
  reset(): void {
    this.failures = 0;
  }

  /** @returns how long to wait from now on, 0 up to the bound */
  next(isRefusal: boolean): number {
    const options = this.options;
    const cap = isRefusal ? options.refusedMs : options.capMs;
    let bound = isRefusal ? cap : options.baseMs;
    for (let i = 0; i < this.failures && bound < cap; i++) bound *= 2;
    if (bound > cap) bound = cap;
    this.failures++;
    return Math.floor((this.random() / 0x100000000) * bound);
  }
}
