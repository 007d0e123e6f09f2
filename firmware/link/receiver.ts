import { ACKNOWLEDGE_DEADLINE, RUN_DEADLINE } from "./deadlines.js";
import { type Deframer, FRAME_RUN, GREETING_RUN, NO_RUN, TEXT_RUN } from "./deframer.js";
import { DATA, DATAGRAM, DOWN, IMPROV, NOTHING, RESUMED, SPEED, TEXT, UP } from "./event.js";
import {
  ACKNOWLEDGE_FRAME,
  ACKNOWLEDGEMENT,
  DATA_FRAME,
  DATAGRAM_FRAME,
  FIRST_FLAG,
  FRAME,
  FRAME_OVERHEAD,
  isFrameRight,
  LAST_FLAG,
  LIMIT,
  PAYLOAD,
  PING_FRAME,
  PONG_FRAME,
  SEQUENCE,
  SPEED_FRAME,
  TYPE,
  widen,
  widenLimit,
} from "./frame.js";
import type { Greeter } from "./greeter.js";
import type { Heartbeat } from "./heartbeat.js";
import type { Greeting } from "./hello.js";
import { DELIVER, type Incoming, REPORT } from "./incoming.js";
import { type LinkMemory, RECEIVE_LEAD } from "./memory.js";
import { BOARD, type LinkOptions } from "./options.js";
import type { Outgoing } from "./outgoing.js";
import { LinkParts } from "./parts.js";
import { CLOSED, type LinkSession, OPEN } from "./session.js";
import type { SpeedAgreement } from "./speed.js";
import { LinkStatistics } from "./statistics.js";
import type { Timers } from "./timers.js";
import {
  ACKNOWLEDGE_DUTY,
  GREETING_DUTY,
  PONG_DUTY,
  REPORT_DUTY,
  type Transmitter,
} from "./transmitter.js";

export const ACKNOWLEDGE_DELAY_MS = 5;
/** A run that looks like text is shown after this pause. */
const TEXT_PAUSE_MS = 100;
/** A run that looks like a frame is given up after this pause. */
const FRAME_PAUSE_MS = 300;

/** What a link does with what it hears: from runs of bytes to events. */
export class Receiver {
  readonly statistics = new LinkStatistics();
  /** Of the DATA and the DATAGRAM event. */
  channel = 0;
  /** The DATA event begins a packet. */
  first = false;
  /** The DATA event ends a packet. */
  last = false;
  /** Holds the bytes of a DATA, DATAGRAM, TEXT or IMPROV event until the next `handleBytes`. */
  readonly bytes: Uint8Array;
  offset = 0;
  length = 0;
  /** Holds what `pollTransmit` told until it is taken. */
  readonly out: Uint8Array;
  /** What the peer says of itself; of the board, name and firmware are bytes. */
  readonly peer: Greeting;
  /** The board's name: `identityLength` bytes. On the host, of the last HELLO. */
  readonly identity: Uint8Array;

  protected readonly role: number;
  protected readonly memory: LinkMemory;
  protected readonly words: Int32Array;
  /** Where a frame's place is when it is received. */
  protected readonly received: number;
  protected readonly timers: Timers;
  protected readonly session: LinkSession;
  protected readonly deframer: Deframer;
  protected readonly outgoing: Outgoing;
  protected readonly incoming: Incoming;
  protected readonly transmitter: Transmitter;
  protected readonly heartbeat: Heartbeat;
  protected readonly agreement: SpeedAgreement;
  protected readonly greeter: Greeter;
  /** DATA, DATAGRAM, TEXT or IMPROV that waits for pollEvent, else NOTHING. */
  protected content = NOTHING;
  protected toldUp = false;
  /** `pollEvent` may have something to tell. */
  protected isEventDue = false;
  /** When bytes were read last. */
  protected readAt = 0;

  /** @throws RangeError when an option is out of its range */
  constructor(options: LinkOptions) {
    const parts = new LinkParts(options, this.statistics);
    const memory = parts.memory;
    this.role = options.role;
    this.memory = memory;
    this.bytes = memory.bytes;
    this.out = memory.bytes;
    this.words = memory.words;
    this.received = memory.received + RECEIVE_LEAD - FRAME;
    this.timers = parts.timers;
    this.deframer = parts.deframer;
    this.session = parts.session;
    this.peer = parts.session.peer;
    this.identity = (options.role === BOARD ? parts.session.own : this.peer).identity;
    this.outgoing = parts.outgoing;
    this.incoming = parts.incoming;
    this.heartbeat = parts.heartbeat;
    this.transmitter = parts.transmitter;
    this.agreement = parts.agreement;
    this.greeter = parts.greeter;
    if (options.role === BOARD) this.transmitter.owe(GREETING_DUTY);
  }

  protected nextEvent(): number {
    const session = this.session;
    const isUp = session.state === OPEN;
    if (this.agreement.takeChange()) return SPEED;
    if (this.toldUp && (!isUp || session.isNew)) {
      this.toldUp = false;
      return DOWN;
    }
    if (isUp && !this.toldUp) {
      this.toldUp = true;
      if (!session.isNew) return RESUMED;
      session.isNew = false;
      return UP;
    }
    const content = this.content;
    this.content = NOTHING;
    if (content !== NOTHING || !isUp || this.incoming.heldType === 0) return content;
    return this.deliverHeld();
  }

  protected lookThrough(): void {
    this.deframer.feed(this.bytes, 0, 0);
    if (this.deframer.found !== NO_RUN) this.handleRun(this.readAt);
  }

  /** A run has begun: it ends after a pause, whatever it is. */
  protected watchRun(now: number): void {
    const pause = this.deframer.isFrameLike ? FRAME_PAUSE_MS : TEXT_PAUSE_MS;
    this.timers.set(RUN_DEADLINE, now + pause);
  }

  /** The pause is over, unless bytes were read meanwhile. */
  protected endRun(now: number): void {
    const deframer = this.deframer;
    if (!deframer.isPartial) return;
    const pause = deframer.isFrameLike ? FRAME_PAUSE_MS : TEXT_PAUSE_MS;
    const left = (this.readAt + pause - now) | 0;
    if (left > 0) {
      this.timers.set(RUN_DEADLINE, now + left);
      return;
    }
    deframer.flush();
    if (deframer.found !== NO_RUN) this.handleRun(now);
    if (deframer.isPartial) this.timers.set(RUN_DEADLINE, now + 1);
  }

  protected handleRun(now: number): void {
    const deframer = this.deframer;
    for (;;) {
      const found = deframer.found;
      if (found === FRAME_RUN) {
        if (this.handleFrame(now)) return;
      } else if (found === GREETING_RUN) {
        const start = deframer.start;
        this.isEventDue = true;
        if (this.greeter.handleGreeting(this.bytes, start, deframer.length, now)) return;
      } else {
        if (found === NO_RUN) return;
        this.isEventDue = true;
        this.content = found === TEXT_RUN ? TEXT : IMPROV;
        this.offset = deframer.start;
        this.length = deframer.length;
        return;
      }
      deframer.refuse();
      // A damaged frame may have been the last for a while: the peer learns what is here.
      if (this.session.state === OPEN) this.transmitter.owe(REPORT_DUTY);
    }
  }

  /** @returns false when it is none of this session's */
  private handleFrame(now: number): boolean {
    const outgoing = this.outgoing;
    const bytes = this.bytes;
    const place = this.received;
    if (this.session.state === CLOSED) return false;
    const sequence = widen(bytes[place + SEQUENCE], this.incoming.expected);
    const acknowledgement = widen(bytes[place + ACKNOWLEDGEMENT], outgoing.unacknowledged);
    const key = this.session.receiveKey;
    if (!isFrameRight(bytes, this.words, place, sequence, acknowledgement, key)) return false;
    const limit = widenLimit(bytes[place + LIMIT], acknowledgement);
    const before = outgoing.unacknowledged;
    if (!outgoing.acknowledge(acknowledgement, limit, now)) {
      this.statistics.staleFrames++;
      return true;
    }
    this.statistics.framesReceived++;
    this.session.isConfirmed = true;
    if (this.session.state !== OPEN) {
      this.greeter.open(now);
      this.isEventDue = true;
    }
    this.transmitter.handleHeard(now);
    this.agreement.handleHeard();
    this.heartbeat.heardAt = now;
    const type = bytes[place + TYPE];
    const length = this.deframer.length - FRAME_OVERHEAD;
    if (type >= DATA_FRAME) this.handleData(type, sequence, length, now);
    else this.handleOther(type, length, now);
    if (outgoing.unacknowledged !== before) this.transmitter.awaitAcknowledgement(now);
    return true;
  }

  private handleData(type: number, sequence: number, length: number, now: number): void {
    const incoming = this.incoming;
    const place = this.received;
    this.outgoing.findLost(false);
    const due = incoming.handleData(sequence, type, place + PAYLOAD, length);
    if (due === REPORT || incoming.held > 0) this.transmitter.owe(REPORT_DUTY);
    if (incoming.isDue) this.transmitter.owe(ACKNOWLEDGE_DUTY);
    if (due !== DELIVER) return;
    if (!this.timers.isSet(ACKNOWLEDGE_DEADLINE)) {
      this.timers.set(ACKNOWLEDGE_DEADLINE, now + ACKNOWLEDGE_DELAY_MS);
    }
    this.tell(type, place + PAYLOAD, length);
  }

  private tell(type: number, offset: number, length: number): void {
    this.isEventDue = true;
    this.content = DATA;
    this.channel = (type >> 2) & 7;
    this.first = (type & FIRST_FLAG) !== 0;
    this.last = (type & LAST_FLAG) !== 0;
    this.offset = offset;
    this.length = length;
  }

  private deliverHeld(): number {
    const incoming = this.incoming;
    this.tell(incoming.heldType, incoming.heldOffset, incoming.heldLength);
    incoming.deliverHeld();
    this.content = NOTHING;
    this.transmitter.owe(ACKNOWLEDGE_DUTY);
    return DATA;
  }

  private handleOther(type: number, length: number, now: number): void {
    const payload = this.received + PAYLOAD;
    const transmitter = this.transmitter;
    if (type >= DATAGRAM_FRAME) {
      if (type < DATAGRAM_FRAME + 8) {
        this.tell((type & 7) << 2, payload, length);
        this.content = DATAGRAM;
      }
      return;
    }
    if (type === SPEED_FRAME) {
      if (length >= 2) {
        this.isEventDue = true;
        this.agreement.handleSpeed((this.bytes[payload] << 8) | this.bytes[payload + 1], now);
      }
      return;
    }
    if (type !== ACKNOWLEDGE_FRAME && type !== PING_FRAME && type !== PONG_FRAME) return;
    const isAsking = type === PING_FRAME && length > 0;
    const isAnswer = type === PONG_FRAME && length > 0;
    if (isAsking) {
      transmitter.token = this.bytes[payload];
      transmitter.owe(PONG_DUTY);
    }
    const told = isAsking || isAnswer ? 1 : 0;
    this.outgoing.handleHeld(this.bytes, payload + told, length - told, now);
    if (isAnswer) transmitter.handlePong(this.bytes[payload], now);
    this.outgoing.findLost(true);
  }
}
