import { seededRandom } from "../../host/sim/weather.js";

export interface WireFaults {
  /** One bit in so many is flipped; 0: none. */
  readonly flipOneIn: number;
  /** One byte in so many is dropped; 0: none. */
  readonly dropOneIn: number;
}

/** One direction of a serial line under virtual time: ten bit times a byte, then a delay. */
export class VirtualWire {
  flipped = 0;
  dropped = 0;
  /** False: a pulled cable. */
  isWhole = true;
  private readonly msPerByte: number;
  private readonly delayMs: number;
  private readonly faults: WireFaults;
  private readonly random: () => number;
  private readonly bytes: number[] = [];
  private readonly dueAt: number[] = [];
  private freeAt = 0;

  constructor(baud: number, delayMs: number, faults: WireFaults, seed: number) {
    this.msPerByte = 10_000 / baud;
    this.delayMs = delayMs;
    this.faults = faults;
    this.random = seededRandom(seed);
  }

  /** Bytes that a sender with a buffer of `capacity` may still give. */
  room(capacity: number, now: number): number {
    const waiting = Math.ceil(Math.max(0, this.freeAt - now) / this.msPerByte);
    return Math.max(0, capacity - waiting);
  }

  write(bytes: Uint8Array, now: number): void {
    this.freeAt = Math.max(this.freeAt, now);
    for (const byte of bytes) {
      this.freeAt += this.msPerByte;
      if (!this.isWhole) continue;
      if (this.strikes(this.faults.dropOneIn)) {
        this.dropped++;
        continue;
      }
      this.bytes.push(this.damage(byte));
      this.dueAt.push(this.freeAt + this.delayMs);
    }
  }

  /** Bytes that have arrived by now. */
  read(now: number): Uint8Array {
    let count = 0;
    while (count < this.dueAt.length && (this.dueAt[count] ?? 0) <= now) count++;
    this.dueAt.splice(0, count);
    return Uint8Array.from(this.bytes.splice(0, count));
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
    return oneIn > 0 && this.random() < 1 / oneIn;
  }
}
