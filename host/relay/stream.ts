import type { Socket } from "node:net";
import { Downlink, type DownlinkResult, type SendRun } from "./downlink.js";
import { Inspector } from "./inspector.js";
import { PacketSplitter } from "./packet-splitter.js";
import type { Traffic } from "./traffic.js";

/** What a stream needs of its tunnel. */
export interface StreamOptions {
  /** The board's own number for it. */
  readonly number: number;
  readonly socket: Socket;
  readonly traffic: Traffic;
  readonly maximumPacketLength: number;
  readonly send: SendRun;
  /** The socket has more than it can send: the board should wait until its `drain`. */
  readonly onFull: () => void;
  /** A PUBLISH was kept from the board; its topic may be cut. */
  readonly onOversize: (topic: string, packetLength: number) => void;
}

/** While one packet of 64 KiB is under way, so many of the shortest frames may come: more is a fault. */
const URGENT_PACKETS = 1024;

/** Why a packet ends its stream. */
export type PacketRefusal =
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "too-large"; readonly packetLength: number };

/** One open stream: the connection to the broker, and what cuts and reads its bytes both ways. */
export class Stream {
  readonly number: number;
  readonly socket: Socket;
  private readonly options: StreamOptions;
  private readonly inspector: Inspector;
  private readonly uplink: PacketSplitter;
  private readonly downlink: Downlink;
  /** Acknowledgements in the board's place: they wait for the end of a packet of its own. */
  private readonly replies: Uint8Array[] = [];
  /** Whole packets that overtook the one under way: they wait for its end. */
  private readonly urgent: Buffer[] = [];

  constructor(options: StreamOptions) {
    const { number, socket, traffic, maximumPacketLength, send, onOversize } = options;
    this.options = options;
    this.number = number;
    this.socket = socket;
    this.inspector = new Inspector((direction, packet) => traffic.handlePacket(direction, packet));
    this.uplink = new PacketSplitter(maximumPacketLength);
    this.downlink = new Downlink({
      maximumPacketLength,
      inspector: this.inspector,
      send,
      reply: (packet) => this.reply(packet),
      onOversize,
    });
  }

  /** Sends the board's bytes to the broker; returns what is wrong with them, or null. */
  forward(chunk: Buffer): PacketRefusal | null {
    for (let at = 0; at < chunk.length; ) {
      const result = this.uplink.next(chunk, at, chunk.length);
      if (result.kind !== "run") return result;
      const run = chunk.subarray(at, at + result.length);
      const fault = this.inspector.inspect("up", run, result.last);
      if (fault !== null) return { kind: "malformed", detail: fault };
      this.write(run);
      at += result.length;
      if (!result.last) continue;
      this.sendReplies();
      const refusal = this.forwardWaiting();
      if (refusal !== null) return refusal;
    }
    return null;
  }

  /** Sends a whole packet of the board's to the broker once no other is under way. */
  forwardUrgent(packet: Buffer): PacketRefusal | null {
    if (this.urgent.length >= URGENT_PACKETS) {
      return { kind: "malformed", detail: "too many urgent packets within another" };
    }
    this.urgent.push(packet);
    return this.forwardWaiting();
  }

  private forwardWaiting(): PacketRefusal | null {
    while (this.uplink.isBetweenPackets) {
      const packet = this.urgent.shift();
      if (packet === undefined) return null;
      const refusal = this.forward(packet);
      if (refusal !== null) return refusal;
      if (!this.uplink.isBetweenPackets) {
        return { kind: "malformed", detail: "an urgent packet is not whole" };
      }
    }
    return null;
  }

  /** Takes the broker's next bytes; only when the last were sent. */
  feed(chunk: Buffer): void {
    this.downlink.feed(chunk);
  }

  /** Sends the broker's bytes to the board, as far as the link takes them. */
  pump(): DownlinkResult {
    return this.downlink.pump();
  }

  private reply(packet: Uint8Array): void {
    this.replies.push(packet);
    if (this.uplink.isBetweenPackets) this.sendReplies();
  }

  private sendReplies(): void {
    for (const packet of this.replies.splice(0)) this.write(packet);
  }

  private write(bytes: Uint8Array): void {
    if (this.socket.writable && !this.socket.write(bytes)) this.options.onFull();
  }
}
