import { copyBytes } from "../bytes.js";
import { INCOMPLETE } from "../status.js";
import { decodeRemainingLength, decodeUint16, fixedHeaderLength } from "./field.js";

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

  /** Of a truncated PUBLISH: the two bytes behind its topic, be they here or not. */
  lateUint16 = 0;

  private readonly buffer: Uint8Array;
  private fill = 0;
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
    this.isReady = false;
  }

  /**
   * Takes bytes up to the end of one packet.
   *
   * @returns the offset behind the bytes taken, or MALFORMED: the stream is lost
   */
  feed(bytes: Uint8Array, offset: number, end: number): number {
    const buffer = this.buffer;
    this.isReady = false;
    if (this.fill === 0) {
      this.lateUint16 = 0;
      const header = this.measure(bytes, offset, end);
      if (header > 0 && this.total <= end - offset && this.total <= buffer.length) {
        return this.show(bytes, offset, header);
      }
    }
    // A header is at most five bytes: it is gathered one by one until its end shows.
    let header = this.measure(buffer, 0, this.fill);
    while (offset < end && header === INCOMPLETE) {
      buffer[this.fill++] = bytes[offset++];
      header = this.measure(buffer, 0, this.fill);
    }
    if (header < 0) return header === INCOMPLETE ? offset : header;
    const wanted = Math.min(end - offset, this.total - this.fill);
    const room = Math.min(wanted, Math.max(0, buffer.length - this.fill));
    copyBytes(bytes, offset, room, buffer, this.fill);
    this.keepLate(bytes, offset, wanted, header);
    this.fill += wanted;
    if (this.fill === this.total) this.show(buffer, 0, header);
    return offset + wanted;
  }

  /** Notes the two bytes behind the topic as they pass: in a packet that is too large they are not kept. */
  private keepLate(bytes: Uint8Array, offset: number, length: number, header: number): void {
    const topicEnd = header + 2 + decodeUint16(this.buffer, header);
    if (topicEnd + 2 > this.total) return;
    for (let at = topicEnd - this.fill; at <= topicEnd + 1 - this.fill; at++) {
      if (at >= 0 && at < length) {
        this.lateUint16 = ((this.lateUint16 & 0xff) << 8) | bytes[offset + at];
      }
    }
  }

  /** Learns the packet's length. @returns the length of its header, INCOMPLETE or MALFORMED */
  private measure(bytes: Uint8Array, offset: number, end: number): number {
    const length = fixedHeaderLength(bytes, offset, end);
    if (length > 0) this.total = length + decodeRemainingLength(bytes, offset, length);
    return length;
  }

  private show(bytes: Uint8Array, offset: number, header: number): number {
    const length = Math.min(this.total, this.buffer.length);
    this.bytes = bytes;
    this.offset = offset;
    this.bodyOffset = offset + header;
    this.end = offset + length;
    this.isTruncated = length < this.total;
    this.isReady = true;
    this.fill = 0;
    return this.end;
  }
}
