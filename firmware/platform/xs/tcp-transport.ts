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
}

/**
 * A TCP stream of ECMA-419 to a broker. Once open it allocates nothing.
 *
 * ECMA-419 writes and reads whole views only, and a view is an object. So there is one view, over the
 * end of a resizable buffer, and the buffer is sized to what is to be written. Its beginning is the
 * outbox's arena: packets reach the view by `copyWithin`. XS trims a buffer to its current size when it
 * collects, so the buffer is at full size whenever anything else may run.
 */
export class TcpTransport implements Transport {
  /** For the client's outbox: what lies here is written without a loop over its bytes. */
  readonly arena: Uint8Array;

  private readonly pieceBytes: number;
  private readonly arenaBytes: number;
  private readonly outMemory: ArrayBuffer;
  /** The arena and the piece behind it. */
  private readonly all: Uint8Array;
  private readonly outPiece: Uint8Array;
  private readonly inMemory: ArrayBuffer;
  private readonly inPiece: Uint8Array;
  private readonly socketOptions: TCPOptions;
  private handler: TransportHandler | undefined;
  private socket: TCP | undefined;
  private isOpen = false;
  /** Bytes that the socket takes now. */
  private room = 0;
  /** Bytes that wait in the socket. */
  private unread = 0;
  /** The part of `inPiece` that the client has not taken yet. */
  private restOffset = 0;
  private restLength = 0;
  private isReceiving = false;

  constructor(options: TcpTransportOptions) {
    const arenaBytes = options.arenaBytes;
    const pieceBytes = options.pieceBytes;
    const outBytes = arenaBytes + pieceBytes;
    this.arenaBytes = arenaBytes;
    this.pieceBytes = pieceBytes;
    this.outMemory = new ArrayBuffer(outBytes, { maxByteLength: outBytes });
    this.arena = new Uint8Array(this.outMemory, 0, arenaBytes);
    this.all = new Uint8Array(this.outMemory);
    this.outPiece = new Uint8Array(this.outMemory, arenaBytes);
    this.inMemory = new ArrayBuffer(pieceBytes, { maxByteLength: pieceBytes });
    this.inPiece = new Uint8Array(this.inMemory);
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
    this.isOpen = false;
    this.room = 0;
    this.unread = 0;
    this.restLength = 0;
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
      this.writePiece(bytes, offset + taken, count);
      taken += count;
    }
    return taken;
  }

  close(): void {
    const socket = this.socket;
    this.socket = undefined;
    this.isOpen = false;
    this.room = 0;
    this.unread = 0;
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

  private writePiece(bytes: Uint8Array, offset: number, count: number): void {
    if (bytes.buffer === this.outMemory) {
      this.all.copyWithin(this.arenaBytes, offset, offset + count);
    } else {
      copyBytes(bytes, offset, count, this.outPiece, 0);
    }
    this.room -= count;
    this.outMemory.resize(this.arenaBytes + count);
    this.socket?.write(this.outPiece);
    this.outMemory.resize(this.arenaBytes + this.pieceBytes);
  }

  /** Reads and delivers until nothing waits or the client takes no more. */
  private receive(): void {
    if (this.isReceiving) return;
    this.isReceiving = true;
    this.deliver();
    while (this.restLength === 0 && this.unread > 0 && this.socket) {
      const count = this.unread < this.pieceBytes ? this.unread : this.pieceBytes;
      this.inMemory.resize(count);
      this.socket.read(this.inPiece);
      this.inMemory.resize(this.pieceBytes);
      this.unread -= count;
      this.restOffset = 0;
      this.restLength = count;
      this.deliver();
    }
    this.isReceiving = false;
  }

  private deliver(): void {
    if (this.restLength === 0 || !this.handler) return;
    const length = this.restLength;
    const taken = this.handler.handleBytes(this.inPiece, this.restOffset, length, now());
    this.restOffset += taken;
    this.restLength = this.socket ? length - taken : 0;
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
