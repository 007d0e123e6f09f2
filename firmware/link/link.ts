import { copyBytes, moveBytes } from "../bytes.js";
import {
  ACKNOWLEDGE_DEADLINE,
  HELLO_DEADLINE,
  OVERDUE_DEADLINE,
  PING_DEADLINE,
  RUN_DEADLINE,
  SILENCE_DEADLINE,
  SPEED_DEADLINE,
} from "./deadlines.js";
import { NO_RUN } from "./deframer.js";
import { NOTHING } from "./event.js";
import { DATAGRAM_FRAME, PAYLOAD } from "./frame.js";
import { BOARD } from "./options.js";
import { ACKNOWLEDGE_DELAY_MS, Receiver } from "./receiver.js";
import { OPEN } from "./session.js";
import { ACKNOWLEDGE_DUTY, GREETING_DUTY, PING_DUTY } from "./transmitter.js";

export { CONSOLE, CONTROL, FILES, MQTT, URGENT } from "./channel.js";
export { DATA, DATAGRAM, DOWN, IMPROV, NOTHING, RESUMED, SPEED, TEXT, UP } from "./event.js";
export type { LinkOptions } from "./options.js";
export { BOARD, HOST, UNLIMITED_BUFFER } from "./options.js";
export { LinkStatistics } from "./statistics.js";

/**
 * One end of a serial line that loses, doubles, reorders and alters nothing while its session lives.
 *
 * It has no port, clock or source of chance: those are arguments. `now` is a 32-bit millisecond counter that may wrap.
 * Nothing is allocated after construction, and each call does bounded work.
 * @see link.md
 */
export class Link extends Receiver {
  get isUp(): boolean {
    return this.session.state === OPEN;
  }

  get identityLength(): number {
    return (this.role === BOARD ? this.session.own : this.session.peer).identityLength;
  }

  /** Where in `out` the bytes of `pollTransmit` begin. */
  get outOffset(): number {
    return this.transmitter.outOffset;
  }

  /** What the port is to run at, in baud; 0 for the speed that it began with. */
  get speed(): number {
    return this.agreement.speed * 100;
  }

  /**
   * Takes bytes from the port.
   *
   * @returns how many; fewer than `length` when an event waits: poll the events, then come again with the rest
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    const deframer = this.deframer;
    if (this.isEventDue) return 0;
    this.readAt = now;
    let consumed = 0;
    while ((consumed < length || deframer.isLeft) && !this.isEventDue) {
      consumed += deframer.feed(bytes, offset + consumed, length - consumed);
      if (deframer.found !== NO_RUN) this.handleRun(now);
    }
    if (deframer.isPartial && !this.timers.isSet(RUN_DEADLINE)) this.watchRun(now);
    return consumed;
  }

  /** Does what has become due. Calls before the time of `pollTimeout` do nothing. */
  handleTimeout(now: number): void {
    const timers = this.timers;
    const transmitter = this.transmitter;
    if (!timers.isAnyDue(now)) return;
    if (timers.take(SILENCE_DEADLINE, now) && this.heartbeat.handleSilence(now)) {
      this.disconnect(now);
    }
    if (timers.take(ACKNOWLEDGE_DEADLINE, now)) transmitter.owe(ACKNOWLEDGE_DUTY);
    if (timers.take(HELLO_DEADLINE, now)) transmitter.owe(GREETING_DUTY);
    if (timers.take(OVERDUE_DEADLINE, now)) transmitter.handleOverdue(now);
    if (timers.take(SPEED_DEADLINE, now)) this.agreement.handleTimeout(now);
    if (timers.take(PING_DEADLINE, now) && this.heartbeat.handlePing(now)) {
      transmitter.owe(PING_DUTY);
    }
    // While an event waits, its bytes are still borrowed.
    if (this.content === NOTHING && timers.take(RUN_DEADLINE, now)) this.endRun(now);
    if (this.agreement.isChanged) this.isEventDue = true;
  }

  /**
   * Writes the next frame when there is one. Its result may change after any other call but `pollEvent`.
   *
   * @returns how many bytes wait at `out[outOffset]`
   */
  pollTransmit(now: number): number {
    return this.transmitter.poll(now);
  }

  /** The port has taken `length` bytes of those that `pollTransmit` told; no other call may come in between. */
  transmitted(length: number, now: number): void {
    this.transmitter.handleTaken(length, now);
    if (this.agreement.isAnswering && this.transmitter.isSpeedSaid) {
      this.agreement.handleAnswered(now);
      this.isEventDue = true;
    }
  }

  /** @returns milliseconds until `handleTimeout` is due; NEVER when nothing is. May change after any other call. */
  pollTimeout(now: number): number {
    return this.timers.untilNext(now);
  }

  /** Tells what happened, in order. Call it until NOTHING: until then `handleBytes` takes no more. */
  pollEvent(): number {
    while (this.isEventDue) {
      const event = this.nextEvent();
      if (event !== NOTHING) return event;
      this.isEventDue = false;
      // Behind a frame that was refused whole ones may lie that came with it.
      if (this.deframer.isLeft) this.lookThrough();
    }
    return NOTHING;
  }

  /** Tells whether `send` takes something for any channel. May become true after `handleBytes`. */
  canSend(): boolean {
    return this.isUp && this.outgoing.hasRoom;
  }

  /** Tells whether `send` takes something for URGENT: one frame has its room there when the others' is used up. */
  canSendUrgent(): boolean {
    return this.isUp && this.outgoing.hasUrgentRoom;
  }

  /**
   * Takes bytes of a packet, as many as fit in one frame; they are delivered in the order of their channel, once, while the
   * session lives.
   *
   * @param first the bytes begin a packet
   * @param last  the bytes end a packet; not passed on when not all of them are taken
   * @returns how many were taken; 0 without a session or room
   */
  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number {
    if (length <= 0 || this.session.state !== OPEN) return 0;
    return this.outgoing.put(channel & 7, bytes, offset, length, first, last);
  }

  /** Bytes that fit in one frame now: what is longer would be cut in two. */
  get payloadLimit(): number {
    return this.outgoing.size.limit;
  }

  /**
   * Takes a value that only matters until the next one: it is sent once, after what waits, and may be lost. A later
   * one replaces it until it leaves.
   *
   * @returns whether it was taken: not without a session, or when it does not fit in one frame
   */
  sendDatagram(channel: number, bytes: Uint8Array, offset: number, length: number): boolean {
    if (!this.isUp || length > this.outgoing.size.limit) return false;
    if (!this.transmitter.isDatagramFree) return false;
    const to = this.memory.datagram + PAYLOAD;
    if (bytes === this.bytes) moveBytes(bytes, offset, length, to);
    else copyBytes(bytes, offset, length, this.bytes, to);
    this.transmitter.setDatagram(DATAGRAM_FRAME | (channel & 7), length);
    return true;
  }

  /** Board: agrees with the host on the fastest speed that both can do. An event SPEED tells when to change. */
  requestSpeed(now: number): void {
    if (this.role === BOARD && this.isUp) this.agreement.request(now);
  }

  /** While false the peer gets no more credit: it stops at the end of its window. */
  setAccepting(accepting: boolean, now: number): void {
    const changed = this.incoming.setAccepting(accepting);
    if (changed && accepting && this.isUp) {
      this.timers.set(ACKNOWLEDGE_DEADLINE, now + ACKNOWLEDGE_DELAY_MS);
    }
  }

  /** The port is gone, or the peer is silent: half frames are dropped, the session waits for its peer. */
  disconnect(now: number): void {
    this.isEventDue = true;
    this.session.suspend();
    this.deframer.reset();
    this.timers.clearAll();
    this.transmitter.reset();
    this.agreement.reset();
    if (this.role === BOARD) this.timers.set(HELLO_DEADLINE, now);
  }
}
