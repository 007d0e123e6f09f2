import type { Deadlines } from "../deadlines.js";
import { PING_DEADLINE, SILENCE_DEADLINE } from "./deadlines.js";
import { BOARD } from "./options.js";
import type { SendWindow } from "./send-window.js";
import type { LinkSession } from "./session.js";

/** The host answers a WELCOME's first frame at once, unless that was lost. */
const UNCONFIRMED_PING_MS = 250;
const CREDIT_PING_MS = 200;
const IDLE_PING_MS = 2000;
const BOARD_SILENCE_MS = 6000;
/** More than the board's, so that the host still knows the session when the board greets again. */
const HOST_SILENCE_MS = 7000;

/** Knows how long the peer may be silent, and when to ask for a sign of life. */
export class Heartbeat {
  private readonly isBoard: boolean;
  private readonly session: LinkSession;
  private readonly sending: SendWindow;
  private readonly deadlines: Deadlines;

  constructor(role: number, session: LinkSession, sending: SendWindow, deadlines: Deadlines) {
    this.isBoard = role === BOARD;
    this.session = session;
    this.sending = sending;
    this.deadlines = deadlines;
  }

  /** The peer was heard. */
  handleSign(now: number): void {
    this.deadlines.set(SILENCE_DEADLINE, now + (this.isBoard ? BOARD_SILENCE_MS : HOST_SILENCE_MS));
    this.schedule(now);
  }

  /** Sets the time of the next PING: soon when only credit is missing; without need, the host sends none. */
  schedule(now: number): void {
    if (this.sending.needsCredit) this.deadlines.set(PING_DEADLINE, now + CREDIT_PING_MS);
    else if (!this.isBoard) this.deadlines.clear(PING_DEADLINE);
    else {
      const wait = this.session.isConfirmed ? IDLE_PING_MS : UNCONFIRMED_PING_MS;
      this.deadlines.set(PING_DEADLINE, now + wait);
    }
  }
}
