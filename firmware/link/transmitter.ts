import type { Deadlines } from "../deadlines.js";
import { ACKNOWLEDGE_DEADLINE, HELLO_DEADLINE, RESEND_DEADLINE } from "./deadlines.js";
import {
  ACKNOWLEDGE_FRAME,
  encodeFrame,
  FRAME_CONTENT,
  Frame,
  PING_FRAME,
  REJECT_FRAME,
} from "./frame.js";
import { DELIMITER } from "./framing.js";
import { encodeGreeting, HELLO, MAXIMUM_HELLO, MAXIMUM_WELCOME } from "./hello.js";
import type { ReceiveWindow } from "./receive-window.js";
import type { SendWindow } from "./send-window.js";
import { type LinkSession, OPEN } from "./session.js";
import type { LinkStatistics } from "./statistics.js";

// What is owed to the peer, as bits.
/** HELLO or WELCOME, after the role. */
export const GREETING_DUTY = 1;
export const REJECT_DUTY = 2;
export const PING_DUTY = 4;
export const ACKNOWLEDGE_DUTY = 8;

/** After such a pause the peer may have heard noise, or text was written to the port. */
const IDLE_MS = 50;

/** Decides what goes on the wire next, and writes it there anew each time. */
export class Transmitter {
  /** Own; what is being sent. Byte 0 is for a delimiter before the frame. */
  readonly out: Uint8Array;
  outOffset = 0;
  private outEnd = 0;
  private outIsData = false;
  private duties = 0;
  /** The wire may not stand at a delimiter. */
  private isUnclean = true;
  private lastTakenAt = 0;
  private readonly frame = new Frame();
  private readonly session: LinkSession;
  private readonly sending: SendWindow;
  private readonly receiving: ReceiveWindow;
  private readonly deadlines: Deadlines;
  private readonly statistics: LinkStatistics;

  constructor(
    session: LinkSession,
    sending: SendWindow,
    receiving: ReceiveWindow,
    deadlines: Deadlines,
    statistics: LinkStatistics,
  ) {
    this.session = session;
    this.sending = sending;
    this.receiving = receiving;
    this.deadlines = deadlines;
    this.statistics = statistics;
    const handshake = session.own.kind === HELLO ? MAXIMUM_HELLO : MAXIMUM_WELCOME;
    const frame = FRAME_CONTENT + session.own.maximumPayload;
    this.out = new Uint8Array(2 + Math.max(frame, handshake));
  }

  /** Adds to what is owed to the peer. */
  owe(duty: number): void {
    this.duties |= duty;
  }

  /** Takes back what is no longer owed. */
  cancel(duty: number): void {
    this.duties &= ~duty;
  }

  /** Drops what was being sent and all that is owed. */
  reset(): void {
    this.duties = 0;
    this.outOffset = 0;
    this.outEnd = 0;
    this.isUnclean = true;
  }

  /** @returns how many bytes wait at `out[outOffset]` */
  poll(now: number): number {
    if (this.outOffset === this.outEnd) {
      if (this.duties & GREETING_DUTY) this.writeGreeting(now);
      else if (this.session.state === OPEN) this.writeFrame(now);
    }
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
    this.isUnclean = false;
    if (!this.outIsData) return;
    this.sending.handleTaken(now);
    if (!this.deadlines.isSet(RESEND_DEADLINE)) this.awaitAcknowledgement(now);
  }

  /** The oldest frame may take one timeout from now to be acknowledged. */
  awaitAcknowledgement(now: number): void {
    if (this.sending.isWaiting) {
      this.deadlines.set(RESEND_DEADLINE, now + this.sending.roundTrip.timeoutMs);
    } else this.deadlines.clear(RESEND_DEADLINE);
  }

  /** The oldest frame is overdue. While the port holds bytes back, it is not the peer's fault. */
  handleOverdue(now: number): void {
    if (this.outOffset < this.outEnd) {
      this.awaitAcknowledgement(now);
      return;
    }
    this.statistics.timeouts++;
    this.sending.probe();
  }

  private writeGreeting(now: number): void {
    const own = this.session.own;
    if (own.kind === HELLO) this.deadlines.set(HELLO_DEADLINE, now + this.session.greet());
    this.duties &= ~GREETING_DUTY;
    this.outIsData = false;
    this.outOffset = 0;
    this.outEnd = encodeGreeting(own, this.out, 0);
  }

  private writeFrame(now: number): void {
    const frame = this.frame;
    const sending = this.sending;
    let payloadLength = 0;
    this.outIsData = (this.duties & REJECT_DUTY) === 0 && sending.isReady;
    if (this.outIsData) {
      payloadLength = sending.take(frame, this.out, 1);
      this.duties &= ~PING_DUTY; // data asks for an answer as well
    } else if (this.duties !== 0) {
      frame.type = this.takeDuty();
      frame.sequence = sending.current;
    } else return;
    frame.acknowledgement = this.receiving.expected;
    frame.limit = this.receiving.grant();
    this.duties &= ~ACKNOWLEDGE_DUTY;
    this.deadlines.clear(ACKNOWLEDGE_DEADLINE);
    this.statistics.framesSent++;
    this.out[0] = DELIMITER;
    const isIdle = (now - this.lastTakenAt) >>> 0 >= IDLE_MS;
    this.outOffset = this.isUnclean || isIdle ? 0 : 1;
    this.outEnd = encodeFrame(frame, this.out, 1, payloadLength, this.session.sendKey);
  }

  /** @returns the type of the most urgent frame without data that is owed */
  private takeDuty(): number {
    if (this.duties & REJECT_DUTY) {
      this.duties &= ~REJECT_DUTY;
      this.statistics.rejectsSent++;
      return REJECT_FRAME;
    }
    if (this.duties & PING_DUTY) {
      this.duties &= ~PING_DUTY;
      return PING_FRAME;
    }
    return ACKNOWLEDGE_FRAME;
  }
}
