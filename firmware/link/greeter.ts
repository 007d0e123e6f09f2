import { MALFORMED } from "../status.js";
import { HELLO_DEADLINE } from "./deadlines.js";
import type { Heartbeat } from "./heartbeat.js";
import { decodeGreeting, HELLO } from "./hello.js";
import type { Incoming } from "./incoming.js";
import type { Outgoing } from "./outgoing.js";
import { type LinkSession, OPEN, SUSPENDED } from "./session.js";
import type { SpeedAgreement } from "./speed.js";
import type { LinkStatistics } from "./statistics.js";
import type { Timers } from "./timers.js";
import { GREETING_DUTY, PING_DUTY, type Transmitter } from "./transmitter.js";

/** Handles greetings: begins sessions, and lets them go on. */
export class Greeter {
  private readonly session: LinkSession;
  private readonly outgoing: Outgoing;
  private readonly incoming: Incoming;
  private readonly transmitter: Transmitter;
  private readonly heartbeat: Heartbeat;
  private readonly agreement: SpeedAgreement;
  private readonly timers: Timers;
  private readonly statistics: LinkStatistics;

  constructor(
    session: LinkSession,
    outgoing: Outgoing,
    incoming: Incoming,
    transmitter: Transmitter,
    heartbeat: Heartbeat,
    agreement: SpeedAgreement,
    timers: Timers,
    statistics: LinkStatistics,
  ) {
    this.session = session;
    this.outgoing = outgoing;
    this.incoming = incoming;
    this.transmitter = transmitter;
    this.heartbeat = heartbeat;
    this.agreement = agreement;
    this.timers = timers;
    this.statistics = statistics;
  }

  /**
   * Takes a greeting between its marks.
   *
   * @returns false when it is damaged
   */
  handleGreeting(bytes: Uint8Array, offset: number, length: number, now: number): boolean {
    const session = this.session;
    const isBoard = session.own.kind === HELLO;
    // An end may hear its own greeting from a port that echoes.
    if (bytes[offset + 2] === session.own.kind) return true;
    const result = decodeGreeting(bytes, offset, offset + length, session.peer);
    if (result === MALFORMED) return false;
    if (result !== 0) this.statistics.hellosRefused++;
    else if (!isBoard) {
      this.agreement.reset();
      if (session.offer()) this.restart();
      this.transmitter.handleDrained();
      this.transmitter.owe(GREETING_DUTY);
    } else if (session.isWelcome) {
      if (session.accept()) this.restart();
      this.open(now);
      this.transmitter.owe(PING_DUTY);
    }
    return true;
  }

  /** Frames flow, in a new session or again in the old one. */
  open(now: number): void {
    if (this.session.state === SUSPENDED) this.statistics.resumes++;
    this.heartbeat.start(now);
    this.session.state = OPEN;
    this.outgoing.goBack();
    this.transmitter.cancel(GREETING_DUTY);
    this.timers.clear(HELLO_DEADLINE);
  }

  /** A new session replaces what there was. */
  private restart(): void {
    const peer = this.session.peer;
    this.timers.clearAll();
    this.transmitter.restart(peer.buffer);
    this.outgoing.restart(peer.maximumPayload, peer.window);
    this.statistics.payloadLimit = this.outgoing.size.limit;
    this.incoming.restart();
  }
}
