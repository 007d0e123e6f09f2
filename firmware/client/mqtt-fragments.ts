import { copyBytes, moveBytes } from "../bytes.js";
import type { PayloadSource } from "../session/streams.js";
import { SOURCE_FAILED } from "../status.js";

/**
 * The parts of one payload, as they are written, between the application and the transport. They are not
 * kept: a publish that must begin again fails.
 */
export class MqttFragments implements PayloadSource {
  /** Bytes that the application still owes; 0: no payload is open. */
  missing = 0;
  readonly capacity: number;
  private readonly buffer: Uint8Array;
  private fill = 0;
  /** Of the payload: bytes that were handed on. */
  private passed = 0;

  /** @param capacity bytes that may wait at one time */
  constructor(capacity: number) {
    this.capacity = capacity;
    this.buffer = new Uint8Array(capacity);
  }

  /** Bytes that may be written now. */
  get room(): number {
    const free = this.capacity - this.fill;
    return free < this.missing ? free : this.missing;
  }

  /** A payload of so many bytes begins. */
  begin(length: number): void {
    this.missing = length;
    this.fill = this.passed = 0;
  }

  /** No more of it is wanted. */
  end(): void {
    this.missing = 0;
  }

  /** Takes a part, at most `room` bytes. */
  add(bytes: Uint8Array): void {
    copyBytes(bytes, 0, bytes.length, this.buffer, this.fill);
    this.fill += bytes.length;
    this.missing -= bytes.length;
  }

  read(position: number, out: Uint8Array, outOffset: number, limit: number): number {
    if (position !== this.passed) return SOURCE_FAILED;
    const count = limit < this.fill ? limit : this.fill;
    copyBytes(this.buffer, 0, count, out, outOffset);
    moveBytes(this.buffer, count, this.fill - count, 0);
    this.fill -= count;
    this.passed += count;
    return count;
  }
}
