import { SPEED_DEADLINE } from "./deadlines.js";
import { HELLO } from "./hello.js";
import type { LinkSession } from "./session.js";
import type { LinkStatistics } from "./statistics.js";
import type { Timers } from "./timers.js";
import { PING_DUTY, SPEED_DUTY, type Transmitter } from "./transmitter.js";

/** The speed stands. */
const SETTLED = 0;
/** Board: the host is asked. */
const ASKING = 1;
/** Host: the answer is to leave, then the port changes. */
const ANSWERING = 2;
/** The port has changed; a valid frame confirms it. */
const TRYING = 3;

const ASK_MS = 250;
const ASKS = 4;
/** The board asks for a sign at the new speed so often and so many times, then goes back. */
const TRY_MS = 50;
const TRIES = 10;
/** More than the board tries: it goes back first, and is heard there. */
const HOST_TRY_MS = 1000;

/**
 * Changes the line's speed by agreement: the board asks, the host answers at the old speed and changes, the board changes
 * when it hears the answer. Without a valid frame at the new speed in time both go back, and so does each when the
 * session ends or sleeps: greetings are always sent at the first speed.
 */
export class SpeedAgreement {
  /** What the port is to run at, in hundreds of baud; 0 for the speed that it began with. */
  speed = 0;
  /** `speed` is new to the port. */
  isChanged = false;
  private state = SETTLED;
  private target = 0;
  private tries = 0;
  private readonly session: LinkSession;
  private readonly transmitter: Transmitter;
  private readonly timers: Timers;
  private readonly statistics: LinkStatistics;

  constructor(
    session: LinkSession,
    transmitter: Transmitter,
    timers: Timers,
    statistics: LinkStatistics,
  ) {
    this.session = session;
    this.transmitter = transmitter;
    this.timers = timers;
    this.statistics = statistics;
  }

  /** Tells whether the port is to change once the answer has left. */
  get isAnswering(): boolean {
    return this.state === ANSWERING;
  }

  /** @returns whether there is a change that was not told */
  takeChange(): boolean {
    const isChanged = this.isChanged;
    this.isChanged = false;
    return isChanged;
  }

  /** Board: asks for the fastest that both ends can do, unless the line runs at it. */
  request(now: number): void {
    const own = this.session.own.speedLimit;
    const peer = this.session.peer.speedLimit;
    const target = own < peer ? own : peer;
    if (target === 0 || target === this.speed || this.state !== SETTLED) return;
    this.target = target;
    this.tries = 0;
    this.state = ASKING;
    this.ask(now);
  }

  /** A SPEED frame was heard. */
  handleSpeed(speed: number, now: number): void {
    const own = this.session.own;
    if (own.kind !== HELLO) {
      if (speed > own.speedLimit) return;
      this.target = speed;
      this.state = ANSWERING;
      this.say();
    } else if (this.state === ASKING && speed === this.target) {
      this.change(speed, TRY_MS, now);
      this.transmitter.owe(PING_DUTY);
    }
  }

  /** Host: the answer has left. */
  handleAnswered(now: number): void {
    this.change(this.target, HOST_TRY_MS, now);
  }

  /** A valid frame was heard. */
  handleHeard(): void {
    if (this.state !== TRYING) return;
    this.state = SETTLED;
    this.transmitter.isHolding = false;
    this.timers.clear(SPEED_DEADLINE);
    this.statistics.speed = this.speed * 100;
  }

  handleTimeout(now: number): void {
    const isBoard = this.session.own.kind === HELLO;
    this.tries++;
    if (this.state === ASKING && this.tries < ASKS) this.ask(now);
    else if (this.state === TRYING && isBoard && this.tries < TRIES) {
      this.transmitter.owe(PING_DUTY);
      this.timers.set(SPEED_DEADLINE, now + TRY_MS);
    } else this.reset();
  }

  /** The first speed again. */
  reset(): void {
    if (this.speed !== 0) this.isChanged = true;
    this.speed = 0;
    this.statistics.speed = 0;
    this.state = SETTLED;
    this.transmitter.isHolding = false;
    this.timers.clear(SPEED_DEADLINE);
  }

  private ask(now: number): void {
    this.say();
    this.timers.set(SPEED_DEADLINE, now + ASK_MS);
  }

  private say(): void {
    this.transmitter.speed = this.target;
    this.transmitter.isHolding = true;
    this.transmitter.owe(SPEED_DUTY);
  }

  private change(speed: number, waitMs: number, now: number): void {
    this.speed = speed;
    this.isChanged = true;
    this.state = TRYING;
    this.tries = 0;
    this.timers.set(SPEED_DEADLINE, now + waitMs);
  }
}
