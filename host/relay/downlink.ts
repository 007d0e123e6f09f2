import type { Inspector } from "./inspector.js";
import { PacketSplitter } from "./packet-splitter.js";

/** Sends bytes of one packet to the board; returns how many the link took, 0 when its window is full. */
export type SendRun = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  first: boolean,
  last: boolean,
) => number;

export type DownlinkResult =
  | { readonly kind: "empty" }
  | { readonly kind: "blocked" }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "too-large"; readonly packetLength: number };

/** Broker → board. It holds at most one chunk of the socket; the next is asked for when that is sent. */
export class Downlink {
  private readonly splitter: PacketSplitter;
  private readonly inspector: Inspector;
  private readonly send: SendRun;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;
  private runEnd = 0;
  private runFirst = false;
  private runLast = false;

  constructor(maximumPacketLength: number, inspector: Inspector, send: SendRun) {
    this.splitter = new PacketSplitter(maximumPacketLength);
    this.inspector = inspector;
    this.send = send;
  }

  get isEmpty(): boolean {
    return this.at === this.chunk.length;
  }

  /** Takes the socket's next chunk, kept until sent; only when `isEmpty`. */
  feed(chunk: Buffer): void {
    this.chunk = chunk;
    this.at = 0;
    this.runEnd = 0;
  }

  /** Sends what the link takes. */
  pump(): DownlinkResult {
    while (!this.isEmpty) {
      if (this.at === this.runEnd) {
        const refusal = this.findRun();
        if (refusal !== null) return refusal;
      }
      const length = this.runEnd - this.at;
      const taken = this.send(this.chunk, this.at, length, this.runFirst, this.runLast);
      if (taken === 0) return { kind: "blocked" };
      this.at += taken;
      this.runFirst = false;
    }
    return { kind: "empty" };
  }

  private findRun(): DownlinkResult | null {
    const result = this.splitter.next(this.chunk, this.at, this.chunk.length);
    if (result.kind !== "run") return result;
    const run = this.chunk.subarray(this.at, this.at + result.length);
    const fault = this.inspector.inspect("down", run, result.last);
    if (fault !== null) return { kind: "malformed", detail: fault };
    this.runEnd = this.at + result.length;
    this.runFirst = result.first;
    this.runLast = result.last;
    return null;
  }
}
