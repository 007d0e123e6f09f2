import { type Faults, Noise } from "./noise.js";

export interface LossyPipeOptions extends Faults {
  readonly seed?: number;
  /** Bits per second at 10 bits per byte; Infinity by default. */
  readonly baud?: number;
  /** From a byte's last bit sent to its arrival. */
  readonly delayMs?: number;
  /** Bytes it holds before it takes no more, as a kernel's queue would. */
  readonly capacity?: number;
}

const CAPACITY = 4096;

/** One direction of a serial line: it takes time, and it does harm, the same harm for the same seed. */
export class LossyPipe {
  bytesWritten = 0;
  private readonly noise: Noise;
  private readonly byteMs: number;
  private readonly delayMs: number;
  private readonly capacity: number;
  private readonly bytes: Uint8Array;
  private readonly arrivals: Float64Array;
  private head = 0;
  private count = 0;
  private lineFreeAt = 0;

  constructor(options: LossyPipeOptions = {}) {
    this.noise = new Noise(options, options.seed ?? 1);
    this.byteMs = 10_000 / (options.baud ?? Number.POSITIVE_INFINITY);
    this.delayMs = options.delayMs ?? 0;
    this.capacity = options.capacity ?? CAPACITY;
    // Inserted bytes need room beyond what writers are allowed.
    this.bytes = new Uint8Array(this.capacity * 2);
    this.arrivals = new Float64Array(this.capacity * 2);
  }

  /** Harm done so far, by kind. */
  get harm(): Noise["harm"] {
    return this.noise.harm;
  }

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** @returns bytes taken; fewer than `length` when the queue is full */
  write(bytes: Uint8Array, offset: number, length: number, nowMs: number): number {
    const taken = Math.max(0, Math.min(length, this.capacity - this.count));
    for (let i = 0; i < taken; i++) {
      this.lineFreeAt = Math.max(this.lineFreeAt, nowMs) + this.byteMs;
      this.noise.pass(bytes[offset + i]!, this.push);
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

  private readonly push = (byte: number): void => {
    if (this.count === this.bytes.length) return;
    const at = (this.head + this.count++) % this.bytes.length;
    this.bytes[at] = byte;
    this.arrivals[at] = this.lineFreeAt + this.delayMs;
  };
}
