import { seededRandom } from "../../host/sim/weather.js";

export interface Faults {
  /** One bit in so many is flipped; 0: none. */
  readonly flipOneIn: number;
  /** One byte in so many is dropped; 0: none. */
  readonly dropOneIn: number;
}

/** What a bad cable does to the bytes of one direction: the same seed does the same. */
export class Noise {
  passed = 0;
  flipped = 0;
  dropped = 0;
  private readonly faults: Faults;
  private readonly random: () => number;

  constructor(faults: Faults, seed: number) {
    this.faults = faults;
    this.random = seededRandom(seed);
  }

  /** What is left of the bytes. */
  pass(bytes: Uint8Array): Uint8Array {
    const out = new Uint8Array(bytes.length);
    let length = 0;
    for (const byte of bytes) {
      if (this.strikes(this.faults.dropOneIn)) this.dropped++;
      else out[length++] = this.damage(byte);
    }
    this.passed += length;
    return out.subarray(0, length);
  }

  private damage(byte: number): number {
    let damaged = byte;
    for (let bit = 0; bit < 8; bit++) {
      if (!this.strikes(this.faults.flipOneIn)) continue;
      damaged ^= 1 << bit;
      this.flipped++;
    }
    return damaged;
  }

  private strikes(oneIn: number): boolean {
    return oneIn > 0 && this.random() * oneIn < 1;
  }
}
