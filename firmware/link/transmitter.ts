import { ACKNOWLEDGE_DEADLINE, HELLO_DEADLINE, OVERDUE_DEADLINE } from "./deadlines.js";
import {
  ACKNOWLEDGE_FRAME,
  encodeFrame,
  FRAME,
  FRAME_OVERHEAD,
  PAYLOAD,
  PING_FRAME,
  PONG_FRAME,
  SPEED_FRAME,
} from "./frame.js";
import { encodeGreeting, HELLO } from "./hello.js";
import type { Incoming } from "./incoming.js";
import type { LinkMemory } from "./memory.js";
import { UNLIMITED_BUFFER } from "./options.js";
import { NONE, type Outgoing } from "./outgoing.js";
import { type LinkSession, OPEN } from "./session.js";
import type { LinkStatistics } from "./statistics.js";
import type { Timers } from "./timers.js";

// What is owed to the peer, as bits.
/** HELLO or WELCOME, after the role. */
export const GREETING_DUTY = 1;
export const PONG_DUTY = 2;
/** An acknowledgement that tells what came early; it does not wait for data. */
export const REPORT_DUTY = 4;
export const PING_DUTY = 8;
export const ACKNOWLEDGE_DUTY = 16;
const DATAGRAM_DUTY = 32;
export const SPEED_DUTY = 64;
/** Those that leave before data. */
const FIRST_DUTIES = PONG_DUTY | REPORT_DUTY | SPEED_DUTY;

/** A PING on the wire; so much of a small port is kept for two of them. */
const PING_BYTES = FRAME_OVERHEAD + 1;
/** After such a pause what was written has come out of the peer's port: it reads before it writes. */
const DRAINED_MS = 1000;

/** Decides what goes on the wire next, and writes its header and check anew each time. */
export class Transmitter {
  /** Own; what is being sent. */
  readonly out: Uint8Array;
  outOffset = 0;
  /** Only frames without data are sent: the line is about to change its speed. */
  isHolding = false;
  /** Of the last PING heard. */
  token = 0;
  /** What SPEED tells, in hundreds of baud. */
  speed = 0;
  private outEnd = 0;
  private outSlot = NONE;
  private outType = 0;
  private duties = 0;
  private lastTakenAt = 0;
  /** Counts bytes given to the port, modulo 2^32. */
  private written = 0;
  /** Bytes that the peer's port holds. */
  private peerBuffer = UNLIMITED_BUFFER;
  /** A PING is on its way or its PONG is: its turn, and the bytes written up to its end. */
  private isAsking = false;
  private pingTurn = 0;
  private pingEnd = 0;
  private pingAt = 0;
  private datagramType = 0;
  private datagramLength = 0;

  private readonly memory: LinkMemory;
  private readonly words: Int32Array;
  private readonly session: LinkSession;
  private readonly outgoing: Outgoing;
  private readonly incoming: Incoming;
  private readonly timers: Timers;
  private readonly statistics: LinkStatistics;

  constructor(
    memory: LinkMemory,
    session: LinkSession,
    outgoing: Outgoing,
    incoming: Incoming,
    timers: Timers,
    statistics: LinkStatistics,
  ) {
    this.memory = memory;
    this.out = memory.bytes;
    this.words = memory.words;
    this.session = session;
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.timers = timers;
    this.statistics = statistics;
  }

  /** Adds to what is owed to the peer. */
  owe(duty: number): void {
    this.duties |= duty;
  }

  /** Takes back what is no longer owed. */
  cancel(duty: number): void {
    this.duties &= ~duty;
  }

  /** A datagram lies in its place; it replaces one that has not left. */
  setDatagram(type: number, length: number): void {
    if (this.duties & DATAGRAM_DUTY) this.statistics.datagramsReplaced++;
    this.datagramType = type;
    this.datagramLength = length;
    this.duties |= DATAGRAM_DUTY;
  }

  /** Tells whether the datagram's place may be written to. */
  get isDatagramFree(): boolean {
    return this.outOffset === this.outEnd || this.outType !== this.datagramType;
  }

  /** Drops what was being sent and all that is owed. */
  reset(): void {
    this.duties = 0;
    this.outOffset = 0;
    this.outEnd = 0;
    this.outSlot = NONE;
    this.isAsking = false;
    this.isHolding = false;
  }

  /** A new session: the peer's port holds so many bytes, and none of it now. */
  restart(peerBuffer: number): void {
    this.reset();
    this.peerBuffer = peerBuffer;
    this.written = 0;
  }

  /** @returns how many bytes wait at `out[outOffset]` */
  poll(now: number): number {
    const left = this.outEnd - this.outOffset;
    if (left > 0) return left;
    if (this.duties & GREETING_DUTY) this.writeGreeting(now);
    else if (this.session.state === OPEN) this.writeFrame();
    return this.outEnd - this.outOffset;
  }

  /** The port has taken `length` bytes. */
  handleTaken(length: number, now: number): void {
    const left = this.outEnd - this.outOffset;
    if (length <= 0 || left === 0) return;
    this.lastTakenAt = now;
    if (length < left) {
      this.outOffset += length;
      return;
    }
    this.outOffset = this.outEnd;
    if (this.outSlot !== NONE) this.outgoing.handleTaken(now);
    else if (this.outType === PING_FRAME) this.pingAt = now;
    else return;
    if (!this.timers.isSet(OVERDUE_DEADLINE)) this.awaitAcknowledgement(now);
  }

  /** The oldest frame, or the PING, may take one timeout from now to be answered. */
  awaitAcknowledgement(now: number): void {
    if (this.outgoing.outstanding > 0 || this.isAsking) {
      this.timers.set(OVERDUE_DEADLINE, now + this.outgoing.roundTrip.timeoutMs);
    } else this.timers.clear(OVERDUE_DEADLINE);
  }

  /** An answer is overdue. While the port holds bytes back, it is not the peer's fault. */
  handleOverdue(now: number): void {
    if (this.outOffset === this.outEnd) {
      this.isAsking = false;
      if (this.outgoing.outstanding === 0) return;
      this.statistics.timeouts++;
      this.outgoing.roundTrip.backOff();
      this.duties |= PING_DUTY;
    }
    this.awaitAcknowledgement(now);
  }

  /** The peer has read all that was written to its port. */
  handleDrained(): void {
    this.outgoing.provenBytes = this.written;
  }

  /** Tells whether the last that the port took was SPEED. */
  get isSpeedSaid(): boolean {
    return this.outType === SPEED_FRAME && this.outOffset === this.outEnd;
  }

  /** A valid frame was heard. */
  handleHeard(now: number): void {
    if (((now - this.lastTakenAt) | 0) > DRAINED_MS) this.handleDrained();
  }

  /** The peer answers a PING. What went out before that PING, and is not there, is lost. */
  handlePong(token: number, now: number): void {
    if (!this.isAsking || (this.pingTurn & 255) !== token) return;
    this.isAsking = false;
    this.statistics.pongs++;
    this.outgoing.provenBytes = this.pingEnd;
    this.outgoing.handleTurn(this.pingTurn);
    this.outgoing.roundTrip.measure((now - this.pingAt) | 0);
    this.statistics.roundTripMs = this.outgoing.roundTrip.smoothedMs;
  }

  private writeGreeting(now: number): void {
    const own = this.session.own;
    const place = this.memory.greeting;
    if (own.kind === HELLO) this.timers.set(HELLO_DEADLINE, now + this.session.greet());
    this.duties &= ~GREETING_DUTY;
    this.outSlot = NONE;
    this.outType = own.kind;
    this.outOffset = place;
    this.outEnd = encodeGreeting(own, this.out, place);
    this.written = (this.written + this.outEnd - place) | 0;
  }

  private writeFrame(): void {
    const outgoing = this.outgoing;
    const isFirst = (this.duties & FIRST_DUTIES) !== 0;
    const slot = isFirst || this.isHolding ? NONE : outgoing.pick();
    if (slot === NONE && this.duties === 0) return;
    if (this.peerBuffer !== UNLIMITED_BUFFER && !this.isRoomAtPeer(slot)) {
      // Every frame acknowledges; this one also asks whether the peer has read.
      if (!this.isAsking && this.isRoomFor(PING_BYTES)) this.writeOther(PING_DUTY);
      return;
    }
    if (slot === NONE) {
      this.writeOther(this.duties);
      return;
    }
    const place = outgoing.placeOf(slot);
    const length = outgoing.lengthOf(slot);
    const end = (this.written + FRAME_OVERHEAD + length) | 0;
    const number = outgoing.commit(slot, FRAME_OVERHEAD + length, end);
    this.outSlot = slot;
    this.finish(place, outgoing.typeOf(slot), length, number);
  }

  /** Writes a datagram, or a frame without data: the first in order of `duties`. */
  private writeOther(duties: number): void {
    const next = this.outgoing.next;
    const out = this.out;
    const place = this.memory.control;
    const payload = place + PAYLOAD;
    let type = ACKNOWLEDGE_FRAME;
    let length = 0;
    let done = REPORT_DUTY;
    this.outSlot = NONE;
    if (duties & PONG_DUTY) {
      type = PONG_FRAME;
      out[payload] = this.token;
      length = 1;
      done = PONG_DUTY | REPORT_DUTY;
    } else if (duties & SPEED_DUTY) {
      this.duties &= ~SPEED_DUTY;
      out[payload] = this.speed >>> 8;
      out[payload + 1] = this.speed;
      this.finish(place, SPEED_FRAME, 2, next);
      return;
    } else if ((duties & (DATAGRAM_DUTY | REPORT_DUTY)) === DATAGRAM_DUTY) {
      this.duties &= ~DATAGRAM_DUTY;
      this.finish(this.memory.datagram, this.datagramType, this.datagramLength, next);
      return;
    } else if ((duties & (PING_DUTY | REPORT_DUTY)) === PING_DUTY) {
      type = PING_FRAME;
      this.ask();
      out[payload] = this.pingTurn;
      length = 1;
      done = PING_DUTY;
    }
    length += this.incoming.writeHeld(out, payload + length);
    this.duties &= ~done;
    this.finish(place, type, length, next);
  }

  private ask(): void {
    this.statistics.pings++;
    this.isAsking = true;
    this.pingTurn = this.outgoing.commitPing();
    // What the frame holds behind the token is not counted: it is proven with the next.
    this.pingEnd = (this.written + PING_BYTES) | 0;
  }

  private finish(place: number, type: number, length: number, number: number): void {
    const incoming = this.incoming;
    const limit = incoming.grant();
    this.duties &= ~ACKNOWLEDGE_DUTY;
    this.timers.clear(ACKNOWLEDGE_DEADLINE);
    this.statistics.framesSent++;
    const start = place + FRAME;
    this.outType = type;
    this.outOffset = start;
    const bytes = encodeFrame(
      this.out,
      this.words,
      place,
      type,
      length,
      number,
      incoming.expected,
      limit,
      this.session.sendKey,
    );
    this.outEnd = start + bytes;
    this.written = (this.written + bytes) | 0;
  }

  /** Tells whether what would be written now fits in the peer's port, with room for two PINGs left. */
  private isRoomAtPeer(slot: number): boolean {
    let length = PING_BYTES + 8;
    if (slot !== NONE) length = FRAME_OVERHEAD + this.outgoing.lengthOf(slot);
    else if (this.duties & DATAGRAM_DUTY) length = FRAME_OVERHEAD + this.datagramLength;
    else if ((this.duties & ~ACKNOWLEDGE_DUTY) === PING_DUTY) return this.isRoomFor(PING_BYTES);
    return this.isRoomFor(length + 2 * PING_BYTES);
  }

  private isRoomFor(length: number): boolean {
    const held = (this.written - this.outgoing.provenBytes) | 0;
    return held + length <= this.peerBuffer;
  }
}
