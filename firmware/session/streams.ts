import { SOURCE_FAILED } from "../status.js";
import { DROPPED } from "./event.js";
import { finish } from "./outbox.js";
import { TOKEN } from "./record.js";
import type { Session } from "./session.js";

/** Where a payload comes from that is larger than memory. */
export interface PayloadSource {
  /**
   * Copies a part of the payload.
   *
   * @param position first byte wanted; a publish that must be sent again begins at 0 again
   * @param limit    most bytes wanted, 1 or more
   * @returns how many bytes were copied to `out` from `outOffset` on; 0: none yet, and the client's
   *   `handleWritable` is to be called when there are; below 0: there will be none
   */
  read(position: number, out: Uint8Array, outOffset: number, limit: number): number;
}

/** Publishes at one time whose payloads come from sources. */
const CAPACITY = 4;

/** The sources of streamed publishes, by token, and the one that is being sent. */
export class Streams {
  private readonly buffer: Uint8Array;
  private readonly sources: (PayloadSource | undefined)[] = [];
  private readonly tokens = new Uint16Array(CAPACITY);
  private readonly lengths = new Uint32Array(CAPACITY);
  private row = 0;
  private position = 0;

  /** @param buffer caller's; holds a part of a payload while it is written */
  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    for (let row = 0; row < CAPACITY; row++) this.sources.push(undefined);
  }

  isFull(): boolean {
    return this.sources.indexOf(undefined) < 0;
  }

  add(token: number, source: PayloadSource, length: number): void {
    const row = this.sources.indexOf(undefined);
    this.sources[row] = source;
    this.tokens[row] = token;
    this.lengths[row] = length;
  }

  /** The publish with this token needs its source no more. */
  end(token: number): void {
    const row = this.rowOf(token);
    if (row >= 0) this.sources[row] = undefined;
  }

  /** Bytes of the payload of the publish with this token. */
  lengthOf(token: number): number {
    const row = this.rowOf(token);
    return row < 0 ? 0 : this.lengths[row];
  }

  /** The publish in this record is sent next, from its beginning. */
  begin(session: Session, record: number): void {
    this.row = this.rowOf(tokenOf(session, record));
    this.position = 0;
    session.outbound.isMore = this.lengths[this.row] > 0;
  }

  /** Fetches the next part for the transport. @returns whether there is one now */
  pull(session: Session): boolean {
    if (session.fault < 0) return false; // a source that failed is not asked again
    const outbound = session.outbound;
    if (session.fault < 0) return false; // its source may be another's already
    const left = this.lengths[this.row] - this.position;
    const limit = left < this.buffer.length ? left : this.buffer.length;
    const source = this.sources[this.row];
    const count = source ? source.read(this.position, this.buffer, 0, limit) : SOURCE_FAILED;
    if (count === 0) return false;
    if (count < 0 || count > limit) {
      // The broker waits for the rest of the packet: only the end of the connection ends that.
      session.fault = SOURCE_FAILED;
      finish(session, session.outbox.cursor, DROPPED, -SOURCE_FAILED);
      return false;
    }
    this.position += count;
    outbound.bytes = this.buffer;
    outbound.offset = 0;
    outbound.length = count;
    outbound.isMore = count < left;
    return true;
  }

  private rowOf(token: number): number {
    for (let row = 0; row < CAPACITY; row++) {
      if (this.sources[row] !== undefined && this.tokens[row] === token) return row;
    }
    return -1;
  }
}

export function tokenOf(session: Session, record: number): number {
  "cold";
  const at = record + TOKEN;
  return (session.outbox.arena[at] << 8) | session.outbox.arena[at + 1];
}
