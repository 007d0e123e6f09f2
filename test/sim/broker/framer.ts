import type { RuleName } from "./rules.js";

/** One packet as it came. */
export interface RawPacket {
  readonly type: number;
  /** Low four bits of the first byte. */
  readonly flags: number;
  /** The whole packet. */
  readonly bytes: Uint8Array;
  /** Where the part that the remaining length counts begins. */
  readonly bodyOffset: number;
}

/** Cuts a stream of bytes into packets. */
export class Framer {
  /** The rule that the stream broke: it cannot be read on. */
  fault: RuleName | undefined;
  private bytes = Buffer.alloc(0);

  feed(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  /** Bytes of a packet that is not complete. */
  get rest(): Uint8Array {
    return this.bytes;
  }

  next(): RawPacket | undefined {
    let length = 0;
    for (let i = 1; i <= 4 && this.fault === undefined; i++) {
      const byte = this.bytes[i];
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * 0x80 ** (i - 1);
      if (byte < 0x80) {
        if (byte === 0 && i > 1) this.fault = "integerTooLong";
        else return this.take(i + 1, length);
      }
    }
    this.fault ??= "integerTooLarge";
    return undefined;
  }

  private take(bodyOffset: number, length: number): RawPacket | undefined {
    const end = bodyOffset + length;
    if (this.bytes.length < end) return undefined;
    const bytes = this.bytes.subarray(0, end);
    this.bytes = this.bytes.subarray(end);
    return { type: bytes[0] >> 4, flags: bytes[0] & 15, bytes, bodyOffset };
  }
}
