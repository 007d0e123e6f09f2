import { equalBytes } from "../bytes.js";
import type { Message as Fields } from "../session/parts.js";
import { NAME, type Topic } from "../session/topic.js";
import { decodeText } from "../wire/text.js";

const MINUS = 0x2d;
const ZERO = 0x30;

/** What `integer` returns when the payload is no integer. */
export const NO_INTEGER = -0x80000000;

/** Reads a received message where it lies. Valid while the client's `onMessage` runs. */
export class Message {
  private readonly fields: Fields;

  constructor(fields: Fields) {
    this.fields = fields;
  }

  /** True when the packet was larger than the receive buffer: this is its beginning. */
  get isTruncated(): boolean {
    return this.fields.isTruncated;
  }

  hasTopic(topic: Topic): boolean {
    const fields = this.fields;
    const length = fields.topicLength;
    if (length !== topic.head.length - NAME) return false;
    return equalBytes(fields.topicBytes, fields.topicOffset, topic.head, NAME, length);
  }

  /** The payload as a decimal integer of at most nine digits, or NO_INTEGER. */
  integer(): number {
    const bytes = this.fields.bytes;
    let offset = this.fields.payloadOffset;
    const end = offset + this.fields.payloadLength;
    const isNegative = offset < end && bytes[offset] === MINUS;
    if (isNegative) offset++;
    if (offset === end || end - offset > 9) return NO_INTEGER;
    let value = 0;
    for (; offset < end; offset++) {
      const digit = bytes[offset] - ZERO;
      if (digit < 0 || digit > 9) return NO_INTEGER;
      value = value * 10 + digit;
    }
    return isNegative ? -value : value;
  }

  /** The topic as text. It allocates. */
  topicText(): string {
    return decodeText(this.fields.topicBytes, this.fields.topicOffset, this.fields.topicLength);
  }

  /** The payload as text, for payloads that are UTF-8. It allocates. */
  payloadText(): string {
    return decodeText(this.fields.bytes, this.fields.payloadOffset, this.fields.payloadLength);
  }
}
