import { connect, type Socket } from "node:net";
import type { Transport, TransportHandler } from "../../transport.js";
import { now } from "./clock.js";

/** Above this many bytes in Node's own queue a write takes no more: the outbox is the queue. */
const HIGH_WATER_BYTES = 16_384;

/** A TCP stream from Node to a broker: for Linux boards, tests and simulation. */
export class TcpTransport implements Transport {
  private readonly host: string;
  private readonly port: number;
  private handler: TransportHandler | undefined;
  private socket: Socket | undefined;
  /** What the client could not take yet, oldest first; the socket is paused meanwhile. */
  private rest: Uint8Array = new Uint8Array(0);

  constructor(host: string, port: number) {
    this.host = host;
    this.port = port;
  }

  attach(handler: TransportHandler): void {
    this.handler = handler;
  }

  open(): void {
    const socket = connect({ host: this.host, port: this.port, noDelay: true });
    const isCurrent = () => this.socket === socket;
    this.socket = socket;
    this.rest = new Uint8Array(0);
    socket.on("connect", () => isCurrent() && this.handler?.handleOpen(now()));
    socket.on("data", (data) => isCurrent() && this.receive(data));
    socket.on("drain", () => isCurrent() && this.goOn());
    // "close" follows and tells the client.
    socket.on("error", () => undefined);
    socket.on("close", () => {
      if (!isCurrent()) return;
      this.socket = undefined;
      this.handler?.handleClose(now());
    });
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    const socket = this.socket;
    if (!socket || socket.connecting || socket.writableLength > HIGH_WATER_BYTES) return 0;
    // Node keeps what it is given until it is sent; the client's arena moves on meanwhile.
    socket.write(bytes.slice(offset, offset + length));
    return length;
  }

  close(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.destroySoon();
  }

  resume(): void {
    if (this.rest.length === 0) return;
    const rest = this.rest;
    this.rest = new Uint8Array(0);
    this.receive(rest);
    if (this.rest.length === 0) this.socket?.resume();
  }

  private receive(data: Uint8Array): void {
    const taken = this.handler?.handleBytes(data, 0, data.length, now()) ?? data.length;
    if (taken === data.length) return;
    this.rest = data.subarray(taken);
    this.socket?.pause();
  }

  private goOn(): void {
    this.handler?.handleWritable(now());
    this.resume();
  }
}
