import { encodeVarint, varintSize } from "./field.js";
import { encodeText } from "./text.js";

/** Properties of a packet to send, put together at start. It allocates. @see MQTT 5 §2.2.2 */
export class Properties {
  private readonly bytes: number[] = [];

  /** A property of one byte. */
  byte(id: number, value: number): this {
    this.bytes.push(id, value);
    return this;
  }

  /** A property of two bytes. */
  uint16(id: number, value: number): this {
    this.bytes.push(id, (value >> 8) & 0xff, value & 0xff);
    return this;
  }

  /** A property of four bytes. */
  uint32(id: number, value: number): this {
    return this.uint16(id, value >>> 16)
      .push(value >> 8)
      .push(value);
  }

  /** A variable byte integer: only the Subscription Identifier is one. */
  varint(id: number, value: number): this {
    const bytes = new Uint8Array(varintSize(value));
    encodeVarint(value, bytes, 0);
    this.bytes.push(id);
    return this.append(bytes);
  }

  /** Binary data, up to 65535 bytes. */
  binary(id: number, value: Uint8Array): this {
    return this.uint16(id, value.length).append(value);
  }

  /** A string; of a User Property it is the name, and `pair` writes both. */
  text(id: number, value: string): this {
    return this.binary(id, encodeText(value));
  }

  /** A User Property. */
  pair(id: number, name: string, value: string): this {
    const bytes = encodeText(value);
    return this.text(id, name)
      .push(bytes.length >> 8)
      .push(bytes.length)
      .append(bytes);
  }

  /** Puts the properties of another behind these. */
  all(others: Properties | undefined): this {
    if (others) this.append(others.bytes);
    return this;
  }

  /** How many bytes they take, without the length in front of them. */
  get byteLength(): number {
    return this.bytes.length;
  }

  /** All of them, with their length in front. */
  encode(): Uint8Array {
    const length = this.bytes.length;
    const out = new Uint8Array(varintSize(length) + length);
    out.set(this.bytes, encodeVarint(length, out, 0));
    return out;
  }

  private push(byte: number): this {
    this.bytes.push(byte & 0xff);
    return this;
  }

  private append(bytes: ArrayLike<number>): this {
    for (let i = 0; i < bytes.length; i++) this.bytes.push(bytes[i]);
    return this;
  }
}
