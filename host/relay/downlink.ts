import type { Inspector } from "./inspector.js";
import { OversizePublish } from "./oversize-publish.js";
import { fixedHeaderLength, PacketSplitter } from "./packet-splitter.js";

/** Sends bytes of one packet to the board; returns how many the link took, 0 when its window is full. */
export type SendRun = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  first: boolean,
  last: boolean,
) => number;

/** What `Downlink.pump` came to: all sent, the link full, or a packet that ends the stream. */
export type DownlinkResult =
  | { readonly kind: "empty" }
  | { readonly kind: "blocked" }
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "too-large"; readonly packetLength: number };

/** What a downlink reads with, and where its bytes go. */
export interface DownlinkOptions {
  readonly maximumPacketLength: number;
  readonly inspector: Inspector;
  readonly send: SendRun;
  /** Takes an acknowledgement for the broker, in the board's place. */
  readonly reply: (packet: Uint8Array) => void;
  /** A PUBLISH was read past; its topic may be cut. */
  readonly onOversize: (topic: string, packetLength: number) => void;
}

const [PUBLISH, PUBREL] = [3, 6];
/** First bytes of PUBACK, PUBREC and PUBCOMP. */
const [PUBACK_BYTE, PUBREC_BYTE, PUBCOMP_BYTE] = [0x40, 0x50, 0x70];

/**
 * Broker → board. It holds at most one chunk of the socket; the next is asked for when that is sent.
 *
 * A PUBLISH above the limit never reaches the board, and the gateway acknowledges it: left without an
 * answer, the broker would deliver it again at each reconnect and so keep the board out for good.
 */
export class Downlink {
  private readonly options: DownlinkOptions;
  private readonly splitter: PacketSplitter;
  private chunk: Buffer = Buffer.alloc(0);
  private at = 0;
  private runEnd = 0;
  private runFirst = false;
  private runLast = false;
  /** A packet's first bytes, too few yet to tell whether it goes to the board. */
  private held: Buffer = Buffer.alloc(0);
  private oversize: OversizePublish | null = null;
  /** Identifiers of read-past messages of QoS 2 whose PUBREL is to come. */
  private readonly unreleased = new Set<number>();

  constructor(options: DownlinkOptions) {
    this.options = options;
    this.splitter = new PacketSplitter(options.maximumPacketLength);
  }

  get isEmpty(): boolean {
    return this.at === this.chunk.length;
  }

  /** Takes the socket's next chunk, kept until sent; only when `isEmpty`. */
  feed(chunk: Buffer): void {
    this.chunk = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    this.held = Buffer.alloc(0);
    this.at = 0;
    this.runEnd = 0;
  }

  /** Sends what the link takes. */
  pump(): DownlinkResult {
    while (!this.isEmpty) {
      if (this.at === this.runEnd) {
        const refusal = this.advance();
        if (refusal !== null) return refusal;
      } else if (!this.sendRun()) return { kind: "blocked" };
    }
    return { kind: "empty" };
  }

  private sendRun(): boolean {
    const length = this.runEnd - this.at;
    const taken = this.options.send(this.chunk, this.at, length, this.runFirst, this.runLast);
    if (taken > 0) this.runFirst = false;
    this.at += taken;
    return taken > 0;
  }

  /** Goes on to the next run for the board, or past bytes that are not for it. */
  private advance(): DownlinkResult | null {
    if (this.oversize !== null) return this.readPast(this.oversize);
    if (!this.splitter.isBetweenPackets) return this.findRun();
    const headerLength = fixedHeaderLength(this.chunk, this.at, this.chunk.length);
    if (headerLength === 0) this.hold();
    else if (this.unreleased.size > 0 && this.isRelease()) return this.handleRelease();
    else return this.findRun();
    return null;
  }

  private findRun(): DownlinkResult | null {
    const result = this.splitter.next(this.chunk, this.at, this.chunk.length);
    if (result.kind === "too-large" && this.typeHere() === PUBLISH) {
      const headerLength = fixedHeaderLength(this.chunk, this.at, this.chunk.length);
      const first = this.chunk[this.at] ?? 0;
      this.oversize = new OversizePublish(first, headerLength, result.packetLength);
      return null;
    }
    if (result.kind !== "run") return result;
    const run = this.chunk.subarray(this.at, this.at + result.length);
    const fault = this.options.inspector.inspect("down", run, result.last);
    if (fault !== null) return { kind: "malformed", detail: fault };
    this.runEnd = this.at + result.length;
    this.runFirst = result.first;
    this.runLast = result.last;
    return null;
  }

  private readPast(packet: OversizePublish): DownlinkResult | null {
    this.skip(packet.feed(this.chunk, this.at, this.chunk.length));
    if (!packet.isComplete) return null;
    this.oversize = null;
    if (packet.fault !== null) return { kind: "malformed", detail: packet.fault };
    if (packet.qos === 1) this.acknowledge(PUBACK_BYTE, packet.identifier);
    if (packet.qos === 2) {
      this.unreleased.add(packet.identifier);
      this.acknowledge(PUBREC_BYTE, packet.identifier);
    }
    this.options.onOversize(packet.topic, packet.packetLength);
    return null;
  }

  /** The board knows nothing of what it never got: its release is answered here too. */
  private handleRelease(): DownlinkResult | null {
    const length = 2 + (this.chunk[this.at + 1] ?? 0);
    if (this.at + length > this.chunk.length) {
      this.hold();
      return null;
    }
    const identifier = this.chunk.readUInt16BE(this.at + 2);
    if (!this.unreleased.delete(identifier)) return this.findRun();
    this.skip(length);
    this.acknowledge(PUBCOMP_BYTE, identifier);
    return null;
  }

  private acknowledge(firstByte: number, identifier: number): void {
    this.options.reply(Uint8Array.of(firstByte, 2, identifier >> 8, identifier & 0xff));
  }

  private typeHere(): number {
    return (this.chunk[this.at] ?? 0) >> 4;
  }

  /** A PUBREL with its identifier; its length never takes more than one byte. */
  private isRelease(): boolean {
    const remainingLength = this.chunk[this.at + 1] ?? 0;
    return this.typeHere() === PUBREL && remainingLength >= 2 && remainingLength < 128;
  }

  private hold(): void {
    this.held = Buffer.from(this.chunk.subarray(this.at));
    this.skip(this.held.length);
  }

  private skip(length: number): void {
    this.at += length;
    this.runEnd = this.at;
  }
}
