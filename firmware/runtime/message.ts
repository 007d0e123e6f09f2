import { readInteger } from "../payload/integer.js";
import type { Message as Fields } from "../session/parts.js";
import { decodeText } from "../wire/text.js";

/** Reads a received message where it lies. Valid while the client's `onMessage` runs. */
export class Message {
  /** Where topic and payload lie: what the readers of `payload/` are given. */
  readonly fields: Fields;

  constructor(fields: Fields) {
    this.fields = fields;
  }

  /** True when the packet was larger than the receive buffer: this is its beginning. */
  get isTruncated(): boolean {
    return this.fields.isTruncated;
  }

  /** The payload as `readInteger` reads it: an integer of 32 bits, or NO_INTEGER. */
  integer(): number {
    const fields = this.fields;
    return readInteger(fields.bytes, fields.payloadOffset, fields.payloadLength);
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
