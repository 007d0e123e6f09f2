import { generate, type Packet, parser } from "mqtt-packet";
import type { Transport, TransportHandler } from "../../firmware/transport.js";

/** A transport played by the test: it records what the client does and speaks as the broker. */
export class ScriptedTransport implements Transport {
  /** What the client called, in order: `open`, `close` and the command of each packet written. */
  readonly calls: string[] = [];
  /** Packets that the client wrote since the last `take`, read by an independent parser. */
  private packets: Packet[] = [];
  private bytes: Uint8Array[] = [];
  /** Bytes that `write` still takes; the rest waits until `allow`. */
  private budget = Number.POSITIVE_INFINITY;
  private handler: TransportHandler | undefined;
  private readonly version: { readonly protocolVersion: 4 | 5 };
  private parser: ReturnType<typeof parser>;

  constructor(protocolVersion: 4 | 5 = 4) {
    this.version = { protocolVersion };
    this.parser = parser(this.version);
  }

  attach(handler: TransportHandler): void {
    this.handler = handler;
  }

  open(): void {
    this.calls.push("open");
    this.parser = parser(this.version);
    this.parser.on("packet", (packet: Packet) => {
      this.calls.push(packet.cmd);
      this.packets.push(packet);
    });
    this.parser.on("error", (error: Error) => {
      throw error;
    });
  }

  write(bytes: Uint8Array, offset: number, length: number, _isMore: boolean): number {
    const taken = Math.min(length, this.budget);
    this.budget -= taken;
    this.bytes.push(bytes.slice(offset, offset + taken));
    if (taken > 0) this.parser.parse(Buffer.from(bytes.slice(offset, offset + taken)));
    return taken;
  }

  close(): void {
    this.calls.push("close");
  }

  /** The client takes bytes again: the test offers them. */
  resume(): void {
    this.calls.push("resume");
  }

  /** From now on `write` takes this many bytes and no more. */
  limit(bytes: number): void {
    this.budget = bytes;
  }

  /** Packets written since the last call. */
  take(): Packet[] {
    const taken = this.packets;
    this.packets = [];
    return taken;
  }

  /** Bytes written since the last call. */
  takeBytes(): Buffer {
    const taken = Buffer.concat(this.bytes);
    this.bytes = [];
    return taken;
  }

  opens(now: number): void {
    this.handler?.handleOpen(now);
  }

  writable(now: number): void {
    this.handler?.handleWritable(now);
  }

  breaks(now: number): void {
    this.handler?.handleClose(now);
  }

  /** The broker says something. @returns bytes that the client took */
  says(packet: Packet, now: number): number {
    return this.saysBytes(generate(packet, this.version), now);
  }

  /** The same, `step` bytes at a time. */
  saysIn(step: number, packet: Packet, now: number): void {
    const bytes = generate(packet, this.version);
    for (let at = 0; at < bytes.length; at += step) {
      this.saysBytes(bytes.subarray(at, at + step), now);
    }
  }

  saysBytes(bytes: Uint8Array, now: number): number {
    return this.handler?.handleBytes(bytes, 0, bytes.length, now) ?? 0;
  }
}
