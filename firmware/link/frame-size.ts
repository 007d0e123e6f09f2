import { FRAME_OVERHEAD } from "./frame.js";

/** A bad line gets no shorter frames than this. */
const MINIMUM = 24;
const STEP = 8;
/** Bytes after which what was counted loses half its weight. */
const MEMORY_BYTES = 32_768;
/** As if so much had come through before the first byte. */
const TRUST_BYTES = 16_384;

/**
 * Finds how much payload a frame should have: with one loss in so many bytes, the most comes through when its square is
 * the overhead times those bytes. Large frames lose more at once, small ones pay more overhead.
 */
export class FrameSize {
  /** Bytes of payload; at most what both ends take. */
  limit = 0;
  private maximum = 0;
  private bytes = TRUST_BYTES;
  private losses = 0;

  restart(maximum: number): void {
    this.maximum = maximum;
    this.fit();
  }

  /** So many bytes go on the wire. */
  count(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes < MEMORY_BYTES) return;
    this.bytes >>= 1;
    this.losses >>= 1;
    if (this.limit < this.maximum) this.fit();
  }

  /** A frame was lost. */
  countLoss(): void {
    this.losses++;
    this.fit();
  }

  private fit(): void {
    const most = FRAME_OVERHEAD * this.bytes;
    let limit = this.maximum;
    while (limit > MINIMUM && limit * limit * this.losses > most) limit -= STEP;
    this.limit = limit;
  }
}
