import { ACKNOWLEDGE_LENGTH, encodeAcknowledge } from "../wire/acknowledge.js";

const CAPACITY = 8;

/** Acknowledgements that wait to be written, oldest first [MQTT-4.6.0-2], as encoded packets in a ring. */
export class Acknowledgements {
  readonly bytes = new Uint8Array(CAPACITY * ACKNOWLEDGE_LENGTH);
  private head = 0;
  private count = 0;

  /** True when nothing more may be received until one is written. */
  isFull(): boolean {
    return this.count === CAPACITY;
  }

  isEmpty(): boolean {
    return this.count === 0;
  }

  push(type: number, packetId: number): void {
    const slot = (this.head + this.count) % CAPACITY;
    encodeAcknowledge(type, packetId, this.bytes, slot * ACKNOWLEDGE_LENGTH);
    this.count++;
  }

  /** Offset of the oldest in `bytes`. */
  offset(): number {
    return this.head * ACKNOWLEDGE_LENGTH;
  }

  /** The oldest has been written whole. */
  shift(): void {
    this.head = (this.head + 1) % CAPACITY;
    this.count--;
  }

  /** Forgets all: they belong to a connection that is gone. */
  clear(): void {
    this.count = 0;
  }
}
