import { MALFORMED, PROTOCOL_ERROR } from "../status.js";
import {
  MAXIMUM_PACKET_SIZE,
  RECEIVE_MAXIMUM,
  SUBSCRIPTION_IDENTIFIER,
  USER_PROPERTY,
} from "./property-id.js";
import { BINARY, BYTE, PAIR, propertyForm, UINT16, UINT32, VARINT } from "./property-table.js";
import { isWellFormed } from "./text.js";

const NO_BYTES = /* @__PURE__ */ new Uint8Array(0);
/** A variable byte integer has at most this many bytes. */
const VARINT_BYTES = 4;

/** Reads the properties of a received packet where they lie, one after another. */
export class PropertyReader {
  /** The packet's storage; borrowed like the packet. */
  bytes: Uint8Array = NO_BYTES;
  /** Of the property that `read` came to: an integer, or 0. */
  value = 0;
  /** Of the property that `read` came to: where its string or data lies; of a User Property the name. */
  offset = 0;
  length = 0;
  /** Of a User Property: where its value lies. */
  secondOffset = 0;
  secondLength = 0;

  private packetType = 0;
  private start = 0;
  private at = 0;
  private end = 0;
  private seenLow = 0;
  private seenHigh = 0;

  /**
   * Takes up the properties that begin at `offset` with their length, and checks them all.
   *
   * @param end        one past the last byte of the packet that is here
   * @param packetType what the packet is: it decides which properties may stand in it
   * @returns the offset behind the properties; MALFORMED or PROTOCOL_ERROR
   */
  open(bytes: Uint8Array, offset: number, end: number, packetType: number): number {
    this.bytes = bytes;
    this.packetType = packetType;
    this.start = this.at = this.end = offset;
    if (offset < end && bytes[offset] === 0) {
      this.start = this.at = this.end = offset + 1;
      return offset + 1;
    }
    const afterLength = this.readVarint(end);
    if (afterLength < 0) return MALFORMED;
    this.start = afterLength;
    this.end = afterLength + this.value;
    if (this.end > end) return MALFORMED;
    this.rewind();
    for (;;) {
      const id = this.read();
      if (id < 0) return id;
      if (id === 0) break;
    }
    this.rewind();
    return this.end;
  }

  /** The packet has none. */
  clear(): void {
    this.start = this.at = this.end = 0;
  }

  /** Begins again at the first property. */
  rewind(): void {
    this.at = this.start;
    this.seenLow = this.seenHigh = 0;
  }

  /** Goes on to the next property. @returns its identifier, or 0 when there is none left */
  read(): number {
    if (this.at >= this.end) return 0;
    const id = this.bytes[this.at++];
    const form = propertyForm(id, this.packetType);
    if (form === 0) return MALFORMED;
    if (this.isRepeated(id)) return PROTOCOL_ERROR; // §2.2.2.2
    const status = form >= BINARY ? this.readData(form) : this.readInteger(id, form);
    return status < 0 ? status : id;
  }

  /** Goes on to the next property with this identifier. @returns whether there is one */
  find(id: number): boolean {
    for (;;) {
      const found = this.read();
      if (found <= 0) return false;
      if (found === id) return true;
    }
  }

  private readInteger(id: number, form: number): number {
    this.offset = this.length = 0;
    if (form === VARINT) {
      if (this.readVarint(this.end) < 0) return MALFORMED;
    } else {
      const size = form === BYTE ? 1 : form === UINT16 ? 2 : UINT32;
      if (this.at + size > this.end) return MALFORMED;
      let value = 0;
      for (let i = 0; i < size; i++) value = value * 256 + this.bytes[this.at++];
      this.value = value;
    }
    if (form === BYTE) return this.value > 1 ? PROTOCOL_ERROR : 0;
    const isPositive =
      id === RECEIVE_MAXIMUM || id === MAXIMUM_PACKET_SIZE || id === SUBSCRIPTION_IDENTIFIER;
    return isPositive && this.value === 0 ? PROTOCOL_ERROR : 0;
  }

  private readData(form: number): number {
    this.value = 0;
    if (!this.readField(form !== BINARY)) return MALFORMED;
    if (form !== PAIR) return 0;
    const offset = this.offset;
    const length = this.length;
    if (!this.readField(true)) return MALFORMED;
    this.secondOffset = this.offset;
    this.secondLength = this.length;
    this.offset = offset;
    this.length = length;
    return 0;
  }

  private readField(isText: boolean): boolean {
    const at = this.at + 2;
    if (at > this.end) return false;
    const length = (this.bytes[at - 2] << 8) | this.bytes[at - 1];
    if (at + length > this.end) return false;
    this.offset = at;
    this.length = length;
    this.at = at + length;
    return !isText || isWellFormed(this.bytes, at, length);
  }

  /** @returns the offset behind the integer, or MALFORMED */
  private readVarint(end: number): number {
    let value = 0;
    for (let i = 0; i < VARINT_BYTES && this.at < end; i++) {
      const byte = this.bytes[this.at++];
      value |= (byte & 0x7f) << (7 * i);
      if (byte > 127) continue;
      if (byte === 0 && i > 0) return MALFORMED; // [MQTT-1.5.5-1]
      this.value = value;
      return this.at;
    }
    return MALFORMED;
  }

  /** Only a User Property, and in PUBLISH a Subscription Identifier, may stand there more than once. */
  private isRepeated(id: number): boolean {
    if (id === USER_PROPERTY || id === SUBSCRIPTION_IDENTIFIER) return false;
    const bit = 1 << (id & 31);
    const seen = id < 32 ? this.seenLow : this.seenHigh;
    if (seen & bit) return true;
    if (id < 32) this.seenLow |= bit;
    else this.seenHigh |= bit;
    return false;
  }
}
