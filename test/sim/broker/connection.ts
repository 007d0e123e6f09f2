import { generate, type IConnectPacket, type Packet } from "mqtt-packet";
import type { ClientView } from "./client-view.js";
import { Expected } from "./expected.js";
import { Framer } from "./framer.js";
import type { BrokerOptions, ConnackProperties } from "./options.js";
import { Output } from "./output.js";
import type { Version } from "./rules.js";
import type { Delivery, Session, Will } from "./session.js";

export type Phase = "new" | "authenticating" | "connected" | "left" | "closed";

/** What a connection tells the broker it belongs to. */
export interface ConnectionOwner {
  readonly options: BrokerOptions;
  readonly transcript: string[];
  handleBytes(connection: Connection, bytes: Uint8Array, now: number): void;
  handleDelivered(connection: Connection, count: number, now: number): void;
  handleLost(connection: Connection, now: number): void;
  handleLosesUp(connection: Connection, bytes: Uint8Array): void;
}

/** One network connection at the broker's end. */
export class Connection {
  /** Its number in transcripts. */
  readonly name: string;
  phase: Phase = "new";
  version: Version = 4;
  /**
   * Whoever carries the bytes says by `delivered` when they arrive. Otherwise they have arrived once
   * they are taken.
   */
  reportsDelivery = false;

  connect: IConnectPacket | undefined;
  session: Session | undefined;
  view: ClientView | undefined;
  will: Will | undefined;
  /** What CONNACK told: the client is held to it. */
  granted: ConnackProperties = {};
  readonly expected = new Expected();
  readonly framer = new Framer();
  /** Topics by alias, both ways. */
  readonly aliasesIn = new Map<number, string>();
  readonly aliasesOut = new Map<string, number>();
  /** Identifiers of SUBSCRIBE and UNSUBSCRIBE whose answers have not reached the client. */
  readonly asking = new Set<number>();
  /** In flight when the session resumed, to be sent again. */
  resends: Delivery[] = [];
  /** Identifiers that the broker refused: no PUBREL follows. */
  readonly refusedIds = new Set<number>();
  /** What counts towards the client's Receive Maximum. */
  readonly outstanding = new Set<Delivery>();
  keepAliveMs = 0;
  /** When bytes came last, in the broker's milliseconds. */
  heardAt = 0;
  /** When DISCONNECT came. */
  leftAt = Number.POSITIVE_INFINITY;
  /** Steps of the authentication under way; 0: none is. */
  authenticationSteps = 0;

  private readonly output = new Output();
  private held: { packet: Packet; reached: (() => void) | undefined }[] = [];
  private readonly owner: ConnectionOwner;

  constructor(owner: ConnectionOwner, name: string) {
    this.owner = owner;
    this.name = name;
  }

  /** Whether the broker holds the network connection open. What is left to take is taken before it ends. */
  get isOpen(): boolean {
    return this.phase !== "closed";
  }

  get maximumPacketSize(): number {
    return this.connect?.properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  }

  /** Bytes came from the client. */
  handleBytes(bytes: Uint8Array, now: number): void {
    this.owner.handleBytes(this, bytes, now);
  }

  /** Bytes for the client since the last call. */
  takeOutput(): Uint8Array {
    const bytes = this.output.take();
    if (!this.reportsDelivery) this.output.deliver(bytes.length);
    return bytes;
  }

  /** `count` more of the bytes that were taken have reached the client. */
  delivered(count: number, now: number): void {
    if (count > 0) this.owner.handleDelivered(this, count, now);
  }

  /** The network connection is gone. */
  lost(now: number): void {
    this.owner.handleLost(this, now);
  }

  /** The client wrote these bytes, after all that came, and they never will come. Before it connects anew. */
  losesUp(bytes: Uint8Array): void {
    this.owner.handleLosesUp(this, bytes);
  }

  markDelivered(count: number): void {
    this.output.deliver(count);
  }

  /** Says something, whether or not it is the time for it. @param reached when the client has it */
  say(packet: Packet, reached?: () => void): void {
    if (this.phase === "closed" || this.owner.options.isSilent) return;
    if (this.owner.options.holds.has(packet.cmd)) {
      this.held.push({ packet, reached });
      return;
    }
    this.write(packet, reached);
  }

  /** Says bytes that need not be a packet. */
  sayBytes(bytes: Uint8Array): void {
    this.output.push(bytes);
  }

  /** Writes the first `count` packets that are held. */
  release(count: number): void {
    const released = this.held.splice(0, count);
    if (this.phase === "closed") return;
    for (const { packet, reached } of released) this.write(packet, reached);
  }

  get heldPackets(): readonly Packet[] {
    return this.held.map(({ packet }) => packet);
  }

  lengthOf(packet: Packet): number {
    return generate(packet, { protocolVersion: this.version }).length;
  }

  private write(packet: Packet, reached?: () => void): void {
    this.owner.transcript.push(`${this.name} < ${describe(packet)}`);
    this.output.push(generate(packet, { protocolVersion: this.version }), reached);
  }
}

/** A packet in a few words: command, identifier, DUP, topic, payload, reason. */
export function describe(packet: Packet): string {
  const parts: string[] = [packet.cmd];
  if (packet.messageId !== undefined) parts.push(String(packet.messageId));
  if (packet.cmd === "publish") {
    if (packet.dup) parts.push("dup");
    parts.push(packet.topic, packet.payload.toString().slice(0, 20));
  }
  if (packet.cmd === "connack") parts.push(packet.sessionPresent ? "present" : "new");
  const code = "reasonCode" in packet ? packet.reasonCode : undefined;
  if (code !== undefined && code !== 0) parts.push(`0x${code.toString(16)}`);
  return parts.join(" ");
}
