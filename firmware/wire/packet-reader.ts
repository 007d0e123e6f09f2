import { copyBytes } from "../bytes.js";
import { INCOMPLETE, MALFORMED } from "../status.js";
import { decodeRemainingLength, fixedHeaderLength } from "./field.js";

/**
 * Finds whole control packets in a byte stream that comes in any pieces.
 *
 * A packet that lies whole in one piece is shown where it lies; one that is cut is gathered in the
 * buffer. Of a packet larger than the buffer the beginning is kept and the rest is drained, so that
 * its identifier can still be acknowledged and the stream never loses its step.
 */
export class PacketReader {
  /** Where the packet lies; borrowed until the next `feed`. */
  bytes: Uint8Array;
  /** First byte of the packet. */
  offset = 0;
  /** First byte behind its fixed header. */
  bodyOffset = 0;
  /** One past its last byte that is here. */
  end = 0;
  /** True when `feed` completed a packet. */
  isReady = false;
  /** True when the packet was larger than the buffer: what lies here is its beginning. */
  isTruncated = false;

  private readonly buffer: Uint8Array;
  private fill = 0;
  private headerLength = 0;
  private total = 0;

  /** @param buffer caller's; holds one packet that came in pieces, 16 bytes at least */
  constructor(buffer: Uint8Array) {
    if (buffer.length < 16) throw new Error("receive buffer: 16 bytes at least");
    this.buffer = buffer;
    this.bytes = buffer;
  }

  /** Forgets a half packet: the stream it belonged to is gone. */
  reset(): void {
    this.fill = 0;
    this.headerLength = 0;
    this.isReady = false;
  }

  /**
   * Takes bytes up to the end of one packet.
   *
   * @returns the offset behind the bytes taken, or MALFORMED: the stream is lost
   */
  feed(bytes: Uint8Array, offset: number, end: number): number {
    this.isReady = false;
    if (this.fill === 0) {
      const status = this.measure(bytes, offset, end);
      if (status === MALFORMED) return MALFORMED;
      if (status > 0 && this.total <= end - offset && this.total <= this.buffer.length) {
        this.show(bytes, offset, offset + this.total);
        return offset + this.total;
      }
    }
    return this.gather(bytes, offset, end);
  }

  private gather(bytes: Uint8Array, offset: number, end: number): number {
    while (offset < end && this.headerLength === 0) {
      this.buffer[this.fill++] = bytes[offset++];
      if (this.measure(this.buffer, 0, this.fill) === MALFORMED) return MALFORMED;
    }
    if (this.headerLength === 0) return offset;
    if (this.fill === 0) {
      copyBytes(bytes, offset, this.headerLength, this.buffer, 0);
      this.fill = this.headerLength;
      offset += this.headerLength;
    }
    const wanted = Math.min(end - offset, this.total - this.fill);
    const room = Math.max(0, Math.min(wanted, this.buffer.length - this.fill));
    copyBytes(bytes, offset, room, this.buffer, this.fill);
    this.fill += wanted;
    if (this.fill === this.total)
      this.show(this.buffer, 0, Math.min(this.total, this.buffer.length));
    return offset + wanted;
  }

  /** Learns the header's and the packet's length. @returns the header's length or why not yet */
  private measure(bytes: Uint8Array, offset: number, end: number): number {
    const length = fixedHeaderLength(bytes, offset, end);
    this.headerLength = length > 0 ? length : 0;
    if (length <= 0) return length === MALFORMED ? MALFORMED : INCOMPLETE;
    this.total = length + decodeRemainingLength(bytes, offset, length);
    return length;
  }

  private show(bytes: Uint8Array, offset: number, end: number): void {
    this.bytes = bytes;
    this.offset = offset;
    this.bodyOffset = offset + this.headerLength;
    this.end = end;
    this.isTruncated = end - offset < this.total;
    this.isReady = true;
    this.fill = 0;
    this.headerLength = 0;
  }
}
