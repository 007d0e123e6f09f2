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
      if (result.last) this.sendReplies();
      at += result.length;
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
