import { Random } from "./random.js";

/** What a bad cable does. Each is a probability; absent ones do not happen. */
export interface Faults {
  /** That a bit is flipped. */
  readonly flip?: number;
  /** That a byte is lost. */
  readonly drop?: number;
  /** That a random byte appears before a byte. */
  readonly insert?: number;
  /** That 1 to 200 bytes from a byte on become random. */
  readonly burst?: number;
}

/** The harm that comes to the bytes of one direction: the same for the same seed. */
export class Noise {
  /** Harm done so far, by kind. */
  readonly harm = { flips: 0, drops: 0, inserts: 0, bursts: 0 };
  private readonly faults: Required<Faults>;
  private readonly random: Random;
  private bitsToFlip: number;
  private bytesToDrop: number;
  private bytesToInsert: number;
  private bytesToBurst: number;
  private burstLeft = 0;

  constructor(faults: Faults, seed: number) {
    this.faults = { flip: 0, drop: 0, insert: 0, burst: 0, ...faults };
    this.random = new Random(seed);
    this.bitsToFlip = this.random.gap(this.faults.flip);
    this.bytesToDrop = this.random.gap(this.faults.drop);
    this.bytesToInsert = this.random.gap(this.faults.insert);
    this.bytesToBurst = this.random.gap(this.faults.burst);
  }

  /** Gives `put` what comes of one byte: nothing, one or two. */
  pass(byte: number, put: (byte: number) => void): void {
    if (this.bytesToInsert-- <= 0) {
      this.bytesToInsert = this.random.gap(this.faults.insert);
      this.harm.inserts++;
      put(this.random.below(256));
    }
    const harmed = this.burst(this.flip(byte));
    if (this.bytesToDrop-- > 0) {
      put(harmed);
      return;
    }
    this.bytesToDrop = this.random.gap(this.faults.drop);
    this.harm.drops++;
  }

  /** What is left of a run of bytes. */
  passAll(bytes: Uint8Array): Uint8Array {
    const left: number[] = [];
    for (const byte of bytes) this.pass(byte, (harmed) => left.push(harmed));
    return Uint8Array.from(left);
  }

  private flip(byte: number): number {
    while (this.bitsToFlip < 8) {
      byte ^= 1 << this.bitsToFlip;
      this.harm.flips++;
      this.bitsToFlip += 1 + this.random.gap(this.faults.flip);
    }
    this.bitsToFlip -= 8;
    return byte;
  }

  private burst(byte: number): number {
    if (this.bytesToBurst-- <= 0) {
      this.bytesToBurst = this.random.gap(this.faults.burst);
      this.harm.bursts++;
      this.burstLeft = 1 + this.random.below(200);
    }
    if (this.burstLeft === 0) return byte;
    this.burstLeft--;
    return this.random.below(256);
  }
}
