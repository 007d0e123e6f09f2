import { demand } from "./failure.js";

/** First bytes of what a client may send. */
const OUTGOING = new Set([
  0x10, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x3a, 0x3b, 0x3c, 0x3d, 0x40, 0x50, 0x62, 0x70, 0x82,
  0xa2, 0xc0, 0xe0, 0xf0,
]);
const LENGTH_BYTES = 4;

/** Reads along what a client writes: one legal packet after another. */
export class OutgoingFrames {
  /** Bytes that the packet still needs, once its length is known. */
  private left = 0;
  /** Bytes of its length so far; -1 between packets. */
  private lengthBytes = -1;
  private isFirst = true;

  /** A connection begins or has ended: a half packet is of no interest any more. */
  reset(): void {
    this.left = 0;
    this.lengthBytes = -1;
    this.isFirst = true;
  }

  get isBetween(): boolean {
    return this.lengthBytes < 0 && this.left === 0;
  }

  take(byte: number): void {
    if (this.isBetween) {
      demand(OUTGOING.has(byte), `it sends 0x${byte.toString(16)}`);
      demand((byte === 0x10) === this.isFirst, "CONNECT is the first packet and no other");
      this.isFirst = false;
      this.lengthBytes = 0;
    } else if (this.lengthBytes >= 0) {
      demand(this.lengthBytes < LENGTH_BYTES, "a length of five bytes");
      this.left += (byte & 127) * 128 ** this.lengthBytes++;
      if (byte < 128) this.lengthBytes = -1;
    } else this.left--;
  }
}
