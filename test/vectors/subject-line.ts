import type { Transport } from "../../firmware/transport.js";
import { toHex } from "./notation.js";

/** Offers bytes to the client. @returns how many it took */
type Take = (bytes: Uint8Array, offset: number, length: number) => number;

const NOTHING = new Uint8Array(0);
/** Bytes of a packet that is not whole which a keeping transport keeps. */
const KEPT_BYTES = 64;
const STORAGE_BYTES = 70_000;

/** A transport that does no more than it must, and notes each packet that is written and each opening. */
export class PlainLine implements Transport {
  private readonly note: (entry: string) => void;
  /** The beginning of a packet whose end is still to be written. */
  private half: Uint8Array = NOTHING;

  constructor(note: (entry: string) => void) {
    this.note = note;
  }

  /** Offers bytes until all are taken. */
  receive(bytes: Uint8Array, offset: number, length: number, take: Take): void {
    if (offer(bytes, offset, length, take) < length) throw new Error("it does not take all");
  }

  open(): void {
    this.half = NOTHING;
    this.note("opening");
  }

  write(bytes: Uint8Array, offset: number, length: number, isMore: boolean): number {
    this.half = Buffer.concat([this.half, bytes.subarray(offset, offset + length)]);
    if (isMore) return length;
    for (const packet of packetsIn(this.half)) this.note(`sends ${toHex(packet)}`);
    this.half = NOTHING;
    return length;
  }

  close(): void {
    // Whatever ends the connection also tells why.
    this.half = NOTHING;
  }

  resume(): void {
    throw new Error("nobody paused the client");
  }
}

/** One that keeps what is not whole, shows its storage, and writes two arrays as one packet. */
export class KeepingLine extends PlainLine {
  readonly keptBytes = KEPT_BYTES;
  readonly received = new Uint8Array(STORAGE_BYTES);
  /** What the client has not taken yet. */
  private kept: Uint8Array = NOTHING;

  /** What was not taken stands in front of what comes. */
  override receive(bytes: Uint8Array, offset: number, length: number, take: Take): void {
    const all = Buffer.concat([this.kept, bytes.subarray(offset, offset + length)]);
    const storage = this.received;
    storage.fill(0xff, 0, KEPT_BYTES + all.length + 8);
    storage.set(all, KEPT_BYTES);
    const taken = offer(storage, KEPT_BYTES, all.length, take);
    this.kept = all.subarray(taken);
    if (this.kept.length > KEPT_BYTES) throw new Error(`it leaves ${this.kept.length} bytes`);
  }

  override open(): void {
    this.kept = NOTHING;
    super.open();
  }

  writePair(head: Uint8Array, payload: Uint8Array, size: number): boolean {
    if (size !== head.length + payload.length) throw new Error(`a pair of ${size} bytes`);
    this.write(head, 0, head.length, true);
    this.write(payload, 0, payload.length, false);
    return true;
  }
}

/** @returns bytes taken, over as many calls as take any */
function offer(bytes: Uint8Array, offset: number, length: number, take: Take): number {
  for (let taken = 0; ; ) {
    const rest = length - taken;
    const count = rest > 0 ? take(bytes, offset + taken, rest) : 0;
    if (!(count >= 0 && count <= rest)) throw new Error(`took ${count} of ${rest}`);
    if (count === 0) return taken;
    taken += count;
  }
}

/** The packets of one write: answers may go out several at once. */
function packetsIn(bytes: Uint8Array): Uint8Array[] {
  const packets: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    let length = 0;
    let size = 1;
    for (; bytes[at + size]! > 127; size++) length += (bytes[at + size]! & 127) * 128 ** (size - 1);
    length += bytes[at + size]! * 128 ** (size - 1);
    const end = at + size + 1 + length;
    packets.push(bytes.slice(at, end));
    at = end;
  }
  return packets;
}
