import { Random } from "./random.js";

export interface LossyPipeOptions {
  seed?: number;
  /** Bits per second at 10 bits per byte; Infinity by default. */
  baud?: number;
  /** From a byte's last bit sent to its arrival. */
  delayMs?: number;
  /** Probability that a bit is flipped. */
  flip?: number;
  /** Probability that a byte is lost. */
  drop?: number;
  /** Probability that a random byte appears before a byte. */
  insert?: number;
  /** Probability that 1 to 200 bytes from a byte on become random. */
  burst?: number;
  /** Bytes it holds before it takes no more, as a kernel's queue would. */
  capacity?: number;
}

/** One direction of a serial line: it takes time, and it does harm, the same harm for the same seed. */
export class LossyPipe {
  /** Bytes harmed so far, by kind. */
  readonly harm = { flips: 0, drops: 0, inserts: 0, bursts: 0 };
  bytesWritten = 0;
  private readonly random: Random;
  private readonly options: Required<LossyPipeOptions>;
  private readonly bytes: Uint8Array;
  private readonly arrivals: Float64Array;
  private head = 0;
  private count = 0;
  private lineFreeAt = 0;
  private bitsToFlip: number;
  private bytesToDrop: number;
  private bytesToInsert: number;
  private bytesToBurst: number;
  private burstLeft = 0;

  constructor(options: LossyPipeOptions = {}) {
    this.options = {
      seed: 1,
      baud: Number.POSITIVE_INFINITY,
      delayMs: 0,
      flip: 0,
      drop: 0,
      insert: 0,
      burst: 0,
      capacity: 4096,
      ...options,
    };
    this.random = new Random(this.options.seed);
    // Inserted bytes need room beyond what writers are allowed.
    this.bytes = new Uint8Array(this.options.capacity * 2);
    this.arrivals = new Float64Array(this.options.capacity * 2);
    this.bitsToFlip = this.random.gap(this.options.flip);
    this.bytesToDrop = this.random.gap(this.options.drop);
    this.bytesToInsert = this.random.gap(this.options.insert);
    this.bytesToBurst = this.random.gap(this.options.burst);
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** @returns bytes taken; fewer than `length` when the queue is full */
  write(bytes: Uint8Array, offset: number, length: number, nowMs: number): number {
    const taken = Math.max(0, Math.min(length, this.options.capacity - this.count));
    const byteMs = 10_000 / this.options.baud;
    for (let i = 0; i < taken; i++) {
      this.lineFreeAt = Math.max(this.lineFreeAt, nowMs) + byteMs;
      if (this.bytesToInsert-- <= 0) {
        this.bytesToInsert = this.random.gap(this.options.insert);
        this.harm.inserts++;
        this.push(this.random.below(256));
      }
      this.pass(bytes[offset + i]!);
    }
    this.bytesWritten += taken;
    return taken;
  }

  /** @returns bytes that have arrived by now, at most `into.length` */
  read(into: Uint8Array, nowMs: number): number {
    let length = 0;
    while (length < into.length && this.count > 0 && this.arrivals[this.head]! <= nowMs) {
      into[length++] = this.bytes[this.head]!;
      this.head = (this.head + 1) % this.bytes.length;
      this.count--;
    }
    return length;
  }

  /** The cable is pulled: what is under way is lost. */
  clear(): void {
    this.count = 0;
  }

  private pass(byte: number): void {
    while (this.bitsToFlip < 8) {
      byte ^= 1 << this.bitsToFlip;
      this.harm.flips++;
      this.bitsToFlip += 1 + this.random.gap(this.options.flip);
    }
    this.bitsToFlip -= 8;
    if (this.bytesToBurst-- <= 0) {
      this.bytesToBurst = this.random.gap(this.options.burst);
      this.harm.bursts++;
      this.burstLeft = 1 + this.random.below(200);
    }
    if (this.burstLeft > 0) {
      this.burstLeft--;
      byte = this.random.below(256);
    }
    if (this.bytesToDrop-- <= 0) {
      this.bytesToDrop = this.random.gap(this.options.drop);
      this.harm.drops++;
      return;
    }
    this.push(byte);
  }

  private push(byte: number): void {
    if (this.count === this.bytes.length) return;
    const at = (this.head + this.count++) % this.bytes.length;
    this.bytes[at] = byte;
    this.arrivals[at] = this.lineFreeAt + this.options.delayMs;
  }
}
