/** A seeded source of chance (xorshift32): the same seed gives the same run. */
export class Random {
  private state: number;

  constructor(seed: number) {
    this.state = seed | 0 || 1;
    for (let i = 0; i < 8; i++) this.next();
  }

  /** @returns 32 bits, unsigned */
  next(): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x;
    return x >>> 0;
  }

  /** @returns an integer from 0 to `limit` - 1 */
  below(limit: number): number {
    return this.next() % limit;
  }

  /** @returns how many trials pass before one of this probability succeeds; Infinity for 0 */
  gap(probability: number): number {
    if (probability <= 0) return Number.POSITIVE_INFINITY;
    return Math.floor(Math.log((this.next() + 1) / 0x100000001) / Math.log(1 - probability));
  }
}
