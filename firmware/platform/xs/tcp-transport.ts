import type { TCPOptions } from "embedded:io/socket/tcp";
import TCP from "embedded:io/socket/tcp";
import Timer from "timer";
import { copyBytes } from "../../bytes.js";
import type { Transport, TransportHandler } from "../../transport.js";
import { now } from "./clock.js";

export interface TcpTransportOptions {
  /** The broker's IP address: no name is resolved. */
  readonly address: string;
  readonly port: number;
  /** Size of the outbox's arena. */
  readonly arenaBytes: number;
  /** Most bytes that are written or read at once; each direction keeps that many. */
  readonly pieceBytes: number;
  /** Bytes of the largest packet that may lie in two pieces and is still handled where it lies. */
  readonly receiveBytes: number;
}

/**
 * A TCP stream of ECMA-419 to a broker. Once open it allocates nothing.
 *
 * ECMA-419 writes and reads whole views only, and a view is an object. So there is one view each way, over
 * the end of a resizable buffer, and the buffer is sized to what is to be moved. XS trims a buffer to its
 * current size when it collects, so the buffer is at full size whenever anything else may run.
 *
 * Outbound, the buffer begins with the outbox's arena: packets reach the view by `copyWithin`. Inbound it
 * begins with room for the part of a packet whose rest has not come: it is moved to the end of that room, so
 * that it lies right before the bytes that follow it.
 */
export class TcpTransport implements Transport {
  /** Bytes that the socket takes now. */
  private room = 0;
  private socket: TCP | undefined;
  private readonly pieceBytes: number;
  private readonly arenaBytes: number;
  private readonly outMemory: ArrayBuffer;
  /** The arena and the piece behind it. */
  private readonly all: Uint8Array;
  private readonly outPiece: Uint8Array;

  /** Bytes that wait in the socket. */
  private unread = 0;
  private readonly inMemory: ArrayBuffer;
  /** What was kept, and the piece behind it. */
  readonly received: Uint8Array;
  private readonly inPiece: Uint8Array;
  readonly keptBytes: number;
  /** Bytes that the client has not taken yet, and where they lie. */
  private rest = 0;
  private restOffset = 0;
  private isReceiving = false;
  private handler: TransportHandler | undefined;
  private isOpen = false;
  private readonly socketOptions: TCPOptions;

  /** For the client's outbox: what lies here is written without a loop over its bytes. */
  readonly arena: Uint8Array;

  constructor(options: TcpTransportOptions) {
    const arenaBytes = options.arenaBytes;
    const pieceBytes = options.pieceBytes;
    const keptBytes = options.receiveBytes;
    const outBytes = arenaBytes + pieceBytes;
    const inBytes = keptBytes + pieceBytes;
    this.arenaBytes = arenaBytes;
    this.pieceBytes = pieceBytes;
    this.keptBytes = keptBytes;
    this.outMemory = new ArrayBuffer(outBytes, { maxByteLength: outBytes });
    this.arena = new Uint8Array(this.outMemory, 0, arenaBytes);
    this.all = new Uint8Array(this.outMemory);
    this.outPiece = new Uint8Array(this.outMemory, arenaBytes);
    this.inMemory = new ArrayBuffer(inBytes, { maxByteLength: inBytes });
    this.received = new Uint8Array(this.inMemory);
    this.inPiece = new Uint8Array(this.inMemory, keptBytes);
    this.socketOptions = {
      address: options.address,
      port: options.port,
      format: "buffer",
      target: this,
      onReadable: handleReadable,
      onWritable: handleWritable,
      onError: handleError,
    };
  }

  /** Says who is told. Once, at start. */
  attach(handler: TransportHandler): void {
    this.handler = handler;
  }

  open(): void {
    this.isOpen = this.isReceiving = false;
    this.room = this.unread = this.rest = 0;
    try {
      this.socket = new TCP(this.socketOptions);
    } catch (_) {
      // No network, or no socket left: said later, as the contract wants it.
      Timer.set(() => this.failed(), 0, 0);
    }
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    let taken = 0;
    while (taken < length && this.room > 0) {
      let count = length - taken;
      if (count > this.pieceBytes) count = this.pieceBytes;
      if (count > this.room) count = this.room;
      if (bytes.buffer === this.outMemory) {
        this.all.copyWithin(this.arenaBytes, offset + taken, offset + taken + count);
      } else copyBytes(bytes, offset + taken, count, this.outPiece, 0);
      this.room -= count;
      this.outMemory.resize(this.arenaBytes + count);
      this.socket?.write(this.outPiece);
      this.outMemory.resize(this.arenaBytes + this.pieceBytes);
      taken += count;
    }
    return taken;
  }

  /** The socket takes what it is given at once or not at all, and sends what one turn wrote together. */
  writePair(head: Uint8Array, payload: Uint8Array, size: number): boolean {
    const socket = this.socket;
    if (size > this.room || !socket) return false;
    this.room -= size;
    socket.write(head);
    socket.write(payload);
    return true;
  }

  close(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.isOpen = false;
    this.room = this.unread = this.rest = 0;
    if (socket) socket.close();
  }

  resume(): void {
    this.receive();
  }

  /** The socket has room; the first time it says that it is connected. */
  writable(count: number): void {
    const handler = this.handler;
    if (!handler) return;
    this.room = count;
    if (!this.isOpen) {
      this.isOpen = true;
      handler.handleOpen(now());
      return;
    }
    handler.handleWritable(now());
    this.receive();
  }

  /** New bytes have come. */
  readable(count: number): void {
    this.unread = count;
    this.receive();
  }

  /** The socket failed or the peer has closed it. */
  closed(): void {
    this.close();
    if (this.handler) this.handler.handleClose(now());
  }

  /** `open` found no socket, and nobody has tried again since. */
  private failed(): void {
    if (!this.socket) this.closed();
  }

  /** Reads and delivers until nothing waits or the client takes no more. */
  private receive(): void {
    const handler = this.handler;
    const socket = this.socket;
    if (this.isReceiving || !handler || !socket) return;
    this.isReceiving = true;
    do {
      if (this.unread > 0 && this.rest <= this.keptBytes) this.read(socket);
      if (this.rest === 0) break;
      const taken = handler.handleBytes(this.received, this.restOffset, this.rest, now());
      if (this.socket !== socket) break;
      this.restOffset += taken;
      this.rest -= taken;
    } while (this.unread > 0 && this.rest <= this.keptBytes);
    this.isReceiving = false;
  }

  /** Puts new bytes behind those that the client has not taken. */
  private read(socket: TCP): void {
    const count = this.unread < this.pieceBytes ? this.unread : this.pieceBytes;
    const start = this.keptBytes - this.rest;
    if (this.rest > 0)
      this.received.copyWithin(start, this.restOffset, this.restOffset + this.rest);
    this.restOffset = start;
    this.inMemory.resize(this.keptBytes + count);
    socket.read(this.inPiece);
    this.inMemory.resize(this.keptBytes + this.pieceBytes);
    this.unread -= count;
    this.rest += count;
  }
}

function handleReadable(this: TCP, count: number): void {
  (this.target as TcpTransport).readable(count);
}

function handleWritable(this: TCP, count: number): void {
  (this.target as TcpTransport).writable(count);
}

function handleError(this: TCP): void {
  (this.target as TcpTransport).closed();
}
