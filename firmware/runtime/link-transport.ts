import { copyBytes } from "../bytes.js";
import { STREAM_CLOSE, STREAM_CLOSED, STREAM_OPEN, STREAM_OPENED, TIME } from "../link/control.js";
import { CONSOLE, CONTROL, DATA, type Link, MQTT, NOTHING, UP, URGENT } from "../link/link.js";
import type { Transport, TransportHandler } from "../transport.js";

/** The board's serial port, as the link needs it. */
export interface SerialPort {
  /** Takes bytes to send, borrowed during the call. @returns how many were taken, 0 to `length` */
  write(bytes: Uint8Array, offset: number, length: number): number;
}

// The state of the stream to the gateway's broker.
const IDLE = 0;
/** STREAM_OPEN is sent or to be sent; the gateway answers when it has a broker. */
const OPENING = 1;
const OPEN = 2;

// First bytes of MQTT packets, without their flags.
const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBACK = 0x40;
const PUBCOMP = 0x70;
const PINGREQ = 0xc0;
/** PUBLISH of QoS 0, whether retained or not. */
const PUBLISH_0 = 0x30;
/** Where CONNECT tells its version, behind a remaining length of one byte; a longer one shifts it. */
const CONNECT_VERSION = 8;
const VERSION_5 = 5;

/** Console text that waits until the link takes it; what does not fit is counted. */
const CONSOLE_BYTES = 240;

/**
 * The link's stream to the gateway's broker, as the client wants a transport.
 *
 * Streams are numbered, so that an answer to an earlier one is recognised. Bytes that come between
 * STREAM_OPEN and STREAM_OPENED belong to an earlier stream and are dropped.
 */
export class LinkTransport implements Transport {
  /** Bytes of an earlier stream that came late. */
  staleBytes = 0;
  /** Bytes of console text that found no room. */
  consoleDropped = 0;

  private readonly link: Link;
  private readonly port: SerialPort;
  private handler: TransportHandler | undefined;
  private readonly control = new Uint8Array(2);
  private readonly text = new Uint8Array(CONSOLE_BYTES);
  private textLength = 0;
  private state = IDLE;
  private stream = 0;
  private isControlDue = false;
  private isPacketStart = true;
  /** CONNACK came: packets may overtake others. */
  private isConnected = false;
  /** A topic alias means something only in order. */
  private isOrdered = false;
  /** The gateway's time in milliseconds since 1970, and when it was told; 0 before that. */
  private time = 0;
  private timeAt = 0;
  private isBlocked = false;
  /** Bytes of the current DATA event that the client has not taken yet. */
  private untaken = 0;

  constructor(link: Link, port: SerialPort) {
    this.link = link;
    this.port = port;
  }

  /** Says who is told. Once, at start. */
  attach(handler: TransportHandler): void {
    this.handler = handler;
  }

  open(): void {
    this.state = OPENING;
    this.stream = (this.stream + 1) & 0xff;
    this.say(STREAM_OPEN);
  }

  close(): void {
    if (this.state === IDLE) return;
    this.state = IDLE;
    this.say(STREAM_CLOSE);
  }

  write(bytes: Uint8Array, offset: number, length: number, isMore: boolean): number {
    let taken = 0;
    let channel = MQTT;
    if (this.isPacketStart && length > 0) {
      const first = bytes[offset];
      if (first === CONNECT) this.noteVersion(bytes, offset, length);
      if (!isMore && this.isUrgent(first, length)) channel = URGENT;
    }
    while (this.state === OPEN && taken < length) {
      const rest = length - taken;
      const isFirst = this.isPacketStart;
      const count = this.link.send(channel, bytes, offset + taken, rest, isFirst, !isMore);
      if (count === 0) break;
      taken += count;
      this.isPacketStart = taken === length && !isMore;
    }
    this.isBlocked = taken < length;
    return taken;
  }

  /** Milliseconds since 1970 in UTC, as the gateway told them; 0 while it has not. */
  unixMs(now: number): number {
    return this.time === 0 ? 0 : this.time + ((now - this.timeAt) | 0);
  }

  /** Tells whether a packet may overtake others: acknowledgements, pings, and what QoS 0 sends, each in one frame. */
  private isUrgent(first: number, length: number): boolean {
    if (!this.isConnected || length > this.link.payloadLimit) return false;
    const type = first & 0xf0;
    if ((type >= PUBACK && type <= PUBCOMP) || type === PINGREQ) return true;
    return !this.isOrdered && (first & 0xfe) === PUBLISH_0;
  }

  private noteVersion(bytes: Uint8Array, offset: number, length: number): void {
    let at = offset + CONNECT_VERSION;
    // The remaining length has another byte for each of its bytes from 80 on.
    if (bytes[offset + 1] >= 0x80) at++;
    this.isOrdered = at >= offset + length || bytes[at] >= VERSION_5;
  }

  /** The next `turn` delivers what the client has not taken. */
  resume(): void {
    return;
  }

  /** Sends text to the gateway's console. What the link cannot take now is kept, up to a limit. */
  print(text: Uint8Array): void {
    const room = CONSOLE_BYTES - this.textLength;
    const length = text.length < room ? text.length : room;
    copyBytes(text, 0, length, this.text, this.textLength);
    this.textLength += length;
    this.consoleDropped += text.length - length;
  }

  /**
   * Takes bytes from the serial port.
   *
   * @returns how many were taken; the rest must be offered again after the next `turn`
   */
  handleSerial(bytes: Uint8Array, offset: number, length: number, now: number): number {
    let taken = 0;
    this.deliver(now);
    while (taken < length && this.untaken === 0) {
      const count = this.link.handleBytes(bytes, offset + taken, length - taken, now);
      taken += count;
      const isEvent = this.drain(now);
      if (count === 0 && !isEvent) break;
    }
    return taken;
  }

  /** Does what is due on the link and hands its bytes to the port. Bounded; spurious calls do nothing. */
  turn(now: number): void {
    this.link.handleTimeout(now);
    this.deliver(now);
    this.drain(now);
    if (this.isControlDue) this.sendControl();
    if (this.textLength > 0) this.sendText();
    if (this.isBlocked && this.link.canSend()) {
      this.isBlocked = false;
      this.handler?.handleWritable(now);
    }
    this.flush(now);
  }

  /** Milliseconds until `turn` is due. May change after every other call. */
  pollTimeout(now: number): number {
    return this.link.pollTimeout(now);
  }

  private flush(now: number): void {
    for (;;) {
      const length = this.link.pollTransmit(now);
      if (length === 0) return;
      const taken = this.port.write(this.link.out, this.link.outOffset, length);
      this.link.transmitted(taken, now);
      if (taken < length) return;
    }
  }

  /** Handles the link's events until one needs the client to take more. @returns whether there was any */
  private drain(now: number): boolean {
    let isEvent = false;
    while (this.untaken === 0) {
      const event = this.link.pollEvent();
      if (event === NOTHING) break;
      isEvent = true;
      if (event === UP) this.handleUp(now);
      else if (event === DATA) this.handleData(now);
    }
    return isEvent;
  }

  /** A new link session: the gateway knows nothing of a stream. */
  private handleUp(now: number): void {
    const state = this.state;
    this.isControlDue = false;
    if (state === OPENING) this.say(STREAM_OPEN);
    if (state !== OPEN) return;
    this.state = IDLE;
    this.handler?.handleClose(now);
  }

  private handleData(now: number): void {
    const link = this.link;
    if (link.channel === CONTROL) this.handleControl(now);
    if (link.channel !== MQTT) return;
    if (this.state !== OPEN) {
      this.staleBytes += link.length;
      return;
    }
    if (link.first && link.bytes[link.offset] === CONNACK) this.isConnected = true;
    this.untaken = link.length;
    this.deliver(now);
  }

  private deliver(now: number): void {
    if (this.untaken === 0) return;
    const link = this.link;
    const offset = link.offset + link.length - this.untaken;
    const taken = this.handler?.handleBytes(link.bytes, offset, this.untaken, now) ?? this.untaken;
    this.untaken = this.state === OPEN ? this.untaken - taken : 0;
  }

  private handleControl(now: number): void {
    const link = this.link;
    if (link.length < 2) return;
    const opcode = link.bytes[link.offset];
    if (opcode === TIME && link.length >= 8) this.noteTime(now);
    if (opcode === TIME || link.bytes[link.offset + 1] !== this.stream) return;
    if (opcode === STREAM_OPENED && this.state === OPENING) {
      this.state = OPEN;
      this.isPacketStart = true;
      this.isConnected = false;
      this.handler?.handleOpen(now);
    } else if (opcode === STREAM_CLOSED && this.state !== IDLE) {
      this.state = IDLE;
      this.handler?.handleClose(now);
    }
  }

  private noteTime(now: number): void {
    const bytes = this.link.bytes;
    let time = 0;
    for (let i = 2; i < 8; i++) time = time * 256 + bytes[this.link.offset + i];
    this.time = time;
    this.timeAt = now;
  }

  private say(opcode: number): void {
    this.control[0] = opcode;
    this.control[1] = this.stream;
    this.isControlDue = true;
  }

  private sendControl(): void {
    if (this.link.send(CONTROL, this.control, 0, 2, true, true) === 2) {
      this.isControlDue = false;
    }
  }

  private sendText(): void {
    const taken = this.link.send(CONSOLE, this.text, 0, this.textLength, true, true);
    this.textLength -= taken;
    for (let i = 0; taken > 0 && i < this.textLength; i++) this.text[i] = this.text[i + taken];
  }
}
