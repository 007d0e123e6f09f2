import type { Transport, TransportHandler } from "../../firmware/transport.js";
import type { BrokerModel } from "./broker/broker.js";
import type { Connection } from "./broker/connection.js";

/** "up": from the client to the broker. */
export type Direction = "up" | "down";

/** Bytes on their way, one direction. */
class Lane {
  bytes = Buffer.alloc(0);
  /** Bytes that arrived since the line was made, over all connections. */
  arrived = 0;
  /** The connection is cut as soon as so many have arrived. */
  cutAt = Number.POSITIVE_INFINITY;
  /** Nothing arrives; nothing is lost either. */
  isHeld = false;

  push(bytes: Uint8Array): void {
    this.bytes = Buffer.concat([this.bytes, bytes]);
  }

  /** Bytes that may arrive now, in a piece of at most `limit`. */
  offer(limit: number): Buffer {
    const length = this.isHeld ? 0 : Math.min(this.bytes.length, limit, this.cutAt - this.arrived);
    return this.bytes.subarray(0, length);
  }

  took(count: number): void {
    this.arrived += count;
    this.bytes = this.bytes.subarray(count);
  }

  get isCutDue(): boolean {
    return this.arrived >= this.cutAt;
  }

  /** @returns what had not arrived, and never will */
  clear(): Buffer {
    const lost = this.bytes;
    this.bytes = Buffer.alloc(0);
    return lost;
  }
}

/**
 * A line between a client and a broker model, in virtual time, that breaks where it is told to. Bytes
 * move in `step` alone, so that neither end is called back from within a call of its own.
 */
export class CuttingLine implements Transport {
  readonly up = new Lane();
  readonly down = new Lane();
  /** Largest piece in which bytes arrive. */
  pieceLength = Number.POSITIVE_INFINITY;
  /** Most bytes under way up: `write` takes no more. */
  capacity = Number.POSITIVE_INFINITY;
  joinsPairs = false;
  /** Whether either end is told of a cut; one that is not finds out by itself: half open. */
  readonly tells = { client: true, broker: true };
  /** Connections and cuts so far. */
  opened = 0;
  cuts = 0;
  /** 32-bit milliseconds: those of the last step, unless whoever calls the client has moved on. */
  now = 0;
  /** Called at each cut, before either end is told. */
  whenCut: () => void = () => undefined;
  private readonly broker: BrokerModel;
  private handler: TransportHandler | undefined;
  private connection: Connection | undefined;
  private state: "idle" | "opening" | "open" | "cut" = "idle";
  private isWriterWaiting = false;
  /** The client did not take all: nothing is offered until it says so, or there is room to write. */
  private isReaderWaiting = false;
  /** The client has bytes in hand. */
  private isHanding = false;
  private isCloseDue = false;
  private isOpenDue = false;

  constructor(broker: BrokerModel) {
    this.broker = broker;
  }

  attach(handler: TransportHandler): void {
    this.handler = handler;
  }

  /** Cuts the connection once `bytes` more have arrived. Those behind them are lost, both ways. */
  cutAfter(direction: Direction, bytes: number): void {
    this[direction].cutAt = this[direction].arrived + bytes;
  }

  /** A client that restarted opens without having closed: what its earlier life wrote is lost. */
  open(): void {
    if (this.isCloseDue) {
      this.isOpenDue = true;
      return;
    }
    if (this.connection !== undefined) this.drop(this.connection);
    this.state = "opening";
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    const room = Math.max(this.capacity - this.up.bytes.length, 0);
    const taken = Math.min(length, room);
    this.isWriterWaiting = taken < length;
    this.up.push(bytes.slice(offset, offset + taken));
    return taken;
  }

  /** All of both or nothing; nothing for a line that joins no pairs. */
  writePair(head: Uint8Array, payload: Uint8Array, size: number): boolean {
    if (!this.joinsPairs || this.capacity - this.up.bytes.length < size) return false;
    this.up.push(head);
    this.up.push(payload);
    return true;
  }

  /** What the client wrote before still arrives, as over TCP, unless the line was cut. */
  close(): void {
    // What the client has in hand arrived before what it wrote in answer.
    if (this.isHanding) this.isCloseDue = true;
    else this.finish(this.now);
  }

  resume(): void {
    this.isReaderWaiting = false;
  }

  /**
   * Moves the next piece.
   *
   * @returns whether anything happened; if not, nothing will until time passes or someone acts
   */
  step(now: number): boolean {
    this.now = now;
    if (this.state === "opening") return this.connect(now);
    const connection = this.connection;
    if (this.state !== "open" || connection === undefined) return false;
    if (this.up.isCutDue || this.down.isCutDue) return this.cut(connection, now);
    if (this.moveUp(connection, now) || this.moveDown(connection, now)) return true;
    if (connection.isOpen || this.down.bytes.length > 0) return false;
    return this.end(connection, now);
  }

  private connect(now: number): boolean {
    const connection = this.broker.connect(now);
    if (!connection.isOpen) {
      this.state = "idle";
      this.handler?.handleClose(now);
      return true;
    }
    connection.reportsDelivery = true;
    this.connection = connection;
    this.state = "open";
    this.opened++;
    this.handler?.handleOpen(now);
    return true;
  }

  private cut(connection: Connection, now: number): boolean {
    this.cuts++;
    this.state = "cut";
    this.whenCut();
    this.up.cutAt = Number.POSITIVE_INFINITY;
    this.down.cutAt = Number.POSITIVE_INFINITY;
    if (this.tells.broker) connection.lost(now);
    return !this.tells.client || this.end(connection, now);
  }

  /** The client learns that the connection is gone. */
  private end(connection: Connection, now: number): boolean {
    this.drop(connection);
    this.handler?.handleClose(now);
    return true;
  }

  /** The client has closed. */
  private finish(now: number): void {
    const connection = this.connection;
    this.isCloseDue = false;
    if (connection !== undefined && this.state === "open") {
      const piece = this.up.offer(Number.POSITIVE_INFINITY);
      if (connection.isOpen) this.arriveUp(connection, piece, now);
      connection.lost(now);
    }
    if (connection !== undefined) this.drop(connection);
    this.state = this.isOpenDue ? "opening" : "idle";
    this.isOpenDue = false;
  }

  /** What is under way is lost, and the broker model learns what the client had written. */
  private drop(connection: Connection): void {
    connection.losesUp(this.up.clear());
    this.down.clear();
    this.isWriterWaiting = this.isReaderWaiting = false;
    this.connection = undefined;
    this.state = "idle";
  }

  private moveUp(connection: Connection, now: number): boolean {
    // What comes when the broker has closed nobody reads.
    const piece = this.up.offer(this.pieceLength);
    if (piece.length === 0 || !connection.isOpen) return false;
    this.arriveUp(connection, piece, now);
    if (this.isWriterWaiting && !this.up.isCutDue) {
      this.isWriterWaiting = this.isReaderWaiting = false;
      this.handler?.handleWritable(now);
    }
    return true;
  }

  private arriveUp(connection: Connection, piece: Uint8Array, now: number): void {
    this.up.took(piece.length);
    connection.handleBytes(piece, now);
  }

  private moveDown(connection: Connection, now: number): boolean {
    this.down.push(connection.takeOutput());
    const piece = this.down.offer(this.pieceLength);
    if (piece.length === 0 || this.isReaderWaiting) return false;
    this.isHanding = true;
    const taken = this.handler?.handleBytes(piece, 0, piece.length, now) ?? 0;
    this.isHanding = false;
    this.isReaderWaiting = taken < piece.length;
    this.down.took(taken);
    connection.delivered(taken, now);
    if (this.isCloseDue) this.finish(now);
    return taken > 0;
  }
}
