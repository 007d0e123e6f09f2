import { PING_DEADLINE, SILENCE_DEADLINE } from "./deadlines.js";
import { BOARD } from "./options.js";
import type { Outgoing } from "./outgoing.js";
import type { LinkSession } from "./session.js";
import type { Timers } from "./timers.js";

/** The host answers a WELCOME's first frame at once, unless that was lost. */
const UNCONFIRMED_PING_MS = 250;
const CREDIT_PING_MS = 200;
/** The host looks so often whether it needs credit. */
const HOST_LOOK_MS = 1000;
const IDLE_PING_MS = 2000;
const BOARD_SILENCE_MS = 6000;
/** More than the board's, so that the host still knows the session when the board greets again. */
const HOST_SILENCE_MS = 7000;

/**
 * Knows how long the peer may be silent, and when to ask for a sign of life. A sign is only noted: the timers look at it
 * when they fire, so that a frame costs no more than that.
 */
export class Heartbeat {
  /** When the peer was heard last. */
  heardAt = 0;
  private readonly isBoard: boolean;
  private readonly silenceMs: number;
  private readonly session: LinkSession;
  private readonly outgoing: Outgoing;
  private readonly timers: Timers;

  constructor(role: number, session: LinkSession, outgoing: Outgoing, timers: Timers) {
    this.isBoard = role === BOARD;
    this.silenceMs = this.isBoard ? BOARD_SILENCE_MS : HOST_SILENCE_MS;
    this.session = session;
    this.outgoing = outgoing;
    this.timers = timers;
  }

  /** Frames flow from now on. */
  start(now: number): void {
    this.heardAt = now;
    this.timers.set(SILENCE_DEADLINE, now + this.silenceMs);
    this.timers.set(PING_DEADLINE, now + (this.isBoard ? UNCONFIRMED_PING_MS : CREDIT_PING_MS));
  }

  /** @returns whether the peer was silent for so long that it is gone */
  handleSilence(now: number): boolean {
    const left = (this.heardAt + this.silenceMs - now) | 0;
    if (left <= 0) return true;
    this.timers.set(SILENCE_DEADLINE, now + left);
    return false;
  }

  /** @returns whether to send a PING now: for credit soon; without such need the host sends none */
  handlePing(now: number): boolean {
    const silence = (now - this.heardAt) | 0;
    const needsCredit = this.outgoing.needsCredit;
    let wait = this.outgoing.queued > 0 ? CREDIT_PING_MS : HOST_LOOK_MS;
    if (this.isBoard && !needsCredit) {
      wait = this.session.isConfirmed ? IDLE_PING_MS : UNCONFIRMED_PING_MS;
      // What was heard meanwhile puts the PING off; while frames wait the need for credit is looked for soon.
      if (silence < wait) {
        const rest = wait - silence;
        const isBusy = this.outgoing.queued > 0 && rest > CREDIT_PING_MS;
        this.timers.set(PING_DEADLINE, now + (isBusy ? CREDIT_PING_MS : rest));
        return false;
      }
    }
    this.timers.set(PING_DEADLINE, now + wait);
    return needsCredit || this.isBoard;
  }
}
