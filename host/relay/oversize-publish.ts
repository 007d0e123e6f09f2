const TOPIC_BYTES_KEPT = 256;
const LENGTH_BYTES = 2;
const IDENTIFIER_BYTES = 2;

/**
 * A PUBLISH that is too large for the board, read past: of its bytes only the beginning of the topic
 * and the packet identifier are kept (MQTT 3.1.1 §3.3.2).
 */
export class OversizePublish {
  readonly packetLength: number;
  readonly qos: number;
  /** 0 at QoS 0. */
  identifier = 0;
  private readonly headerLength: number;
  private readonly topicBytes: number[] = [];
  private topicLength = 0;
  private position = 0;

  /** @param headerLength bytes of the fixed header, whose first is `firstByte` */
  constructor(firstByte: number, headerLength: number, packetLength: number) {
    this.qos = (firstByte >> 1) & 3;
    this.headerLength = headerLength;
    this.packetLength = packetLength;
  }

  /** True once its last byte was read. */
  get isComplete(): boolean {
    return this.position === this.packetLength;
  }

  /** The topic, or as much of it as was kept. */
  get topic(): string {
    return Buffer.from(this.topicBytes).toString("utf8");
  }

  /** What is wrong with it, or null; only when `isComplete`. */
  get fault(): string | null {
    if (this.qos > 2) return "PUBLISH with QoS 3"; // [MQTT-3.3.1-4]
    if (this.headEnd() > this.packetLength) return "fields run past the packet";
    return this.qos > 0 && this.identifier === 0 ? "packet identifier 0" : null; // [MQTT-2.3.1-1]
  }

  /** Reads on, from the packet's first byte; returns how many bytes were its own. */
  feed(bytes: Uint8Array, offset: number, end: number): number {
    const taken = Math.min(end - offset, this.packetLength - this.position);
    for (let at = 0; at < taken && this.position + at < this.headEnd(); at++) {
      this.handleByte(this.position + at - this.headerLength, bytes[offset + at] ?? 0);
    }
    this.position += taken;
    return taken;
  }

  private handleByte(index: number, byte: number): void {
    if (index < 0) return;
    if (index < LENGTH_BYTES) this.topicLength = this.topicLength * 256 + byte;
    else if (index >= LENGTH_BYTES + this.topicLength)
      this.identifier = this.identifier * 256 + byte;
    else if (this.topicBytes.length < TOPIC_BYTES_KEPT) this.topicBytes.push(byte);
  }

  /** One past the last byte of interest; it moves while the topic's length is read. */
  private headEnd(): number {
    const fixed = this.headerLength + LENGTH_BYTES + this.topicLength;
    return this.qos > 0 ? fixed + IDENTIFIER_BYTES : fixed;
  }
}
