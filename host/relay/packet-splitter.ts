/** What `PacketSplitter.next` found. */
export type SplitResult =
  | {
      readonly kind: "run";
      /** Bytes of one packet, at least one. */
      readonly length: number;
      /** The run begins with the packet's first byte. */
      readonly first: boolean;
      /** The run ends with the packet's last byte. */
      readonly last: boolean;
    }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "too-large"; readonly packetLength: number };

/** MQTT 3.1.1 §2.2.3: the remaining length takes one to four bytes. */
const MAXIMUM_LENGTH_BYTES = 4;
const FIRST_TYPE = 1;

/** Bytes of the fixed header that begins at `offset`; 0 while it is not whole. */
export function fixedHeaderLength(bytes: Uint8Array, offset: number, end: number): number {
  const longest = 1 + MAXIMUM_LENGTH_BYTES;
  for (let length = 2; length <= longest; length++) {
    if (offset + length > end) return 0;
    if (((bytes[offset + length - 1] ?? 0) & 0x80) === 0) return length;
  }
  return longest;
}

/**
 * Cuts a stream of MQTT bytes at packet borders, from the fixed header alone, and refuses a packet
 * longer than the limit before anything is made to hold it. It keeps no bytes.
 */
export class PacketSplitter {
  private readonly maximumLength: number;
  /** Bytes of the fixed header seen; 0 between packets. */
  private headerLength = 0;
  private remainingLength = 0;
  /** Bytes of the packet still to come after the fixed header. */
  private missing = 0;
  private inBody = false;

  constructor(maximumLength: number) {
    this.maximumLength = maximumLength;
  }

  /** The next byte is a packet's first. */
  get isBetweenPackets(): boolean {
    return this.headerLength === 0;
  }

  /**
   * Finds the run of one packet that begins at `offset`. After `malformed` the stream has no borders
   * any more: close it. After `too-large` close it as well, or go on behind the last of the packet's
   * `packetLength` bytes.
   *
   * @param end one past the last byte; above `offset`
   */
  next(bytes: Uint8Array, offset: number, end: number): SplitResult {
    const first = this.headerLength === 0;
    let at = offset;
    while (!this.inBody && at < end) {
      const refusal = this.handleHeaderByte(bytes[at] ?? 0);
      if (refusal !== null) return refusal;
      at++;
    }
    const taken = this.inBody ? Math.min(this.missing, end - at) : 0;
    this.missing -= taken;
    const last = this.inBody && this.missing === 0;
    if (last) this.reset();
    return { kind: "run", length: at + taken - offset, first, last };
  }

  private handleHeaderByte(byte: number): SplitResult | null {
    if (this.headerLength === 0) {
      if (byte >> 4 < FIRST_TYPE) return { kind: "malformed", detail: "packet type 0 is reserved" };
      this.headerLength = 1;
      return null;
    }
    this.remainingLength += (byte & 0x7f) * 128 ** (this.headerLength - 1);
    this.headerLength++;
    if ((byte & 0x80) !== 0) {
      return this.headerLength > MAXIMUM_LENGTH_BYTES
        ? { kind: "malformed", detail: "remaining length takes more than four bytes" }
        : null;
    }
    const packetLength = this.headerLength + this.remainingLength;
    if (packetLength > this.maximumLength) {
      this.reset();
      return { kind: "too-large", packetLength };
    }
    this.missing = this.remainingLength;
    this.inBody = true;
    return null;
  }

  private reset(): void {
    this.headerLength = 0;
    this.remainingLength = 0;
    this.inBody = false;
  }
}
