import { Deadlines } from "../deadlines.js";
import { Session } from "../session/session.js";
import {
  ACKNOWLEDGED_EVENT,
  CONNECTED,
  CONNECTED_EVENT,
  DENIED_EVENT,
  GRANTED_EVENT,
  IN_DOUBT_EVENT,
  LEFT,
  MESSAGE_EVENT,
  NO_EVENT,
  type SessionOptions,
} from "../session/state.js";
import type { SessionStatistics } from "../session/statistics.js";
import { CLOSING, REFUSED, TIMED_OUT, TRANSPORT_CLOSED, TRANSPORT_FAILED } from "../status.js";
import { QOS_SHIFT, RETAIN } from "../wire/packet-type.js";
import type { PublishFields } from "../wire/publish.js";
import type { TopicName } from "../wire/topic.js";
import { Backoff, type BackoffOptions } from "./backoff.js";
import type { Transport, TransportHandler } from "./transport.js";

// The state of a client.
/** Not started, or closed. */
export const STOPPED = 0;
/** Waits until it is time to connect. */
const WAITING = 1;
/** The transport is opening. */
const OPENING = 2;
/** The transport is open: the session speaks. */
const OPEN = 3;

// Deadlines of a client.
const RETRY = 0;
const OPEN_DUE = 1;
const STABLE = 2;
const CLOSE_DUE = 3;
const DEADLINE_KINDS = 4;

/** Flags of `publish`: QoS 0. */
export const AT_MOST_ONCE = 0;
/** Flags of `publish`: QoS 1. */
export const AT_LEAST_ONCE = 1 << QOS_SHIFT;
/** Flags of `publish`: QoS 2. */
export const EXACTLY_ONCE = 2 << QOS_SHIFT;
export { RETAIN };

/** CONNACK codes that time alone will hardly heal: identifier rejected, credentials, not authorised. */
const REFUSED_FOR_LONG = 0b110100;

export interface ClientOptions extends SessionOptions {
  readonly backoff: BackoffOptions;
  /** How long the transport may take to open; 0: for ever, as a link that waits for its gateway does. */
  readonly openTimeoutMs: number;
  /** A connection that lived this long ends a series of failures. */
  readonly stableMs: number;
}

/** What a client tells the application. Publishing from any of these is legal. */
export interface ClientHandler {
  /** The broker accepted the connection. */
  onConnected(isSessionPresent: boolean, now: number): void;
  /** A message came; it is valid during the call. It is acknowledged when the call returns. */
  onMessage(message: PublishFields, now: number): void;
  /** The publish with this token is acknowledged. */
  onAcknowledged(token: number, now: number): void;
  /**
   * The broker lost the session, and whether it took the QoS 2 publish with this token is not known. It
   * is not sent again.
   */
  onInDoubt(token: number, now: number): void;
  /** The broker answered a subscription. */
  onSubscribed(row: number, isGranted: boolean, now: number): void;
  /** The connection ended or did not come about: a status, and the CONNACK code where it is REFUSED. */
  onDisconnected(status: number, code: number, now: number): void;
  /** `close` has done its work; `left` publishes were not acknowledged. */
  onClosed(left: number, now: number): void;
}

/**
 * An MQTT client that keeps itself connected.
 *
 * It has no clock and no loop: whoever owns it calls `handleTimeout` when `pollTimeout` says so, and
 * the transport reports to it. `now` is a 32-bit millisecond counter that may wrap.
 */
export class Client implements TransportHandler {
  state = STOPPED;
  /** Times that a connection was lost or did not come about. */
  failures = 0;

  private readonly session: Session;
  private readonly transport: Transport;
  private readonly handler: ClientHandler;
  private readonly options: ClientOptions;
  private readonly backoff: Backoff;
  private readonly deadlines = new Deadlines(DEADLINE_KINDS);
  private isClosing = false;
  private isPumping = false;

  /** @param random 32-bit unsigned numbers. */
  constructor(
    options: ClientOptions,
    transport: Transport,
    handler: ClientHandler,
    random: () => number,
  ) {
    this.options = options;
    this.transport = transport;
    this.handler = handler;
    this.session = new Session(options);
    this.backoff = new Backoff(options.backoff, random);
  }

  get statistics(): SessionStatistics {
    return this.session.statistics;
  }

  /** Publishes taken and not yet acknowledged or, at QoS 0, sent. */
  get pending(): number {
    return this.session.outbox.count;
  }

  /** What `onMessage` is given, each time. */
  get message(): PublishFields {
    return this.session.message;
  }

  get isConnected(): boolean {
    return this.session.phase === CONNECTED;
  }

  /** Begins to connect, and stays connected until `close`; a `close` that is under way is taken back. */
  start(now: number): void {
    this.isClosing = false;
    this.deadlines.clear(CLOSE_DUE);
    if (this.state === STOPPED) this.connect(now);
    else this.pump(now);
  }

  /**
   * Publishes: into the outbox at once, to the broker when it can be. It never waits.
   *
   * @param payload borrowed during the call; its first `payloadLength` bytes count
   * @param flags   AT_MOST_ONCE, AT_LEAST_ONCE or EXACTLY_ONCE, plus RETAIN
   * @returns a token, 0 to 65535, or CLOSING, OUTBOX_FULL, TOO_LARGE, BAD_ARGUMENT
   */
  publish(
    topic: TopicName,
    payload: Uint8Array,
    payloadLength: number,
    flags: number,
    now: number,
  ): number {
    if (this.isClosing) {
      this.session.statistics.refused++;
      return CLOSING;
    }
    const token = this.session.publish(topic, payload, payloadLength, flags);
    this.pump(now);
    return token;
  }

  /** Wants the messages of a filter. It allocates. @returns a row, or BAD_TOPIC, BAD_ARGUMENT, TABLE_FULL */
  subscribe(filter: string, qos: number, now: number): number {
    const row = this.session.subscriptions.add(filter, qos);
    this.pump(now);
    return row;
  }

  /** Gives a filter up. It allocates. @returns its row, or BAD_ARGUMENT: nobody wanted it */
  unsubscribe(filter: string, now: number): number {
    const row = this.session.subscriptions.remove(filter);
    this.pump(now);
    return row;
  }

  /**
   * Ends the connection in order: takes no new publishes, waits for acknowledgements, sends
   * DISCONNECT. `onClosed` follows, within `deadlineMs`, never before this returns.
   */
  close(deadlineMs: number, now: number): void {
    if (this.state === STOPPED || this.isClosing) return;
    this.isClosing = true;
    this.deadlines.set(CLOSE_DUE, (now + deadlineMs) | 0);
    if (!this.isConnected && this.pending === 0) this.deadlines.set(CLOSE_DUE, now);
    this.pump(now);
  }

  /** Ends the connection without DISCONNECT, so that the broker publishes the will. `onClosed` follows. */
  abandon(now: number): void {
    if (this.state !== STOPPED) this.stop(now);
  }

  handleOpen(now: number): void {
    if (this.state !== OPENING) return;
    this.state = OPEN;
    this.deadlines.clear(OPEN_DUE);
    this.session.begin(now);
    this.pump(now);
  }

  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    let taken = 0;
    while (taken < length && this.state === OPEN) {
      const count = this.session.handleBytes(bytes, offset + taken, length - taken, now);
      if (count < 0) {
        this.fail(count, now);
        return length;
      }
      if (count === 0) break;
      taken += count;
      this.dispatch(now);
      this.pump(now);
    }
    return this.state === OPEN ? taken : length;
  }

  handleWritable(now: number): void {
    this.pump(now);
  }

  handleClose(now: number): void {
    if (this.state === OPENING) this.fail(TRANSPORT_FAILED, now);
    else if (this.state === OPEN) this.fail(TRANSPORT_CLOSED, now);
  }

  /** Does what time asks for. Spurious calls do nothing. */
  handleTimeout(now: number): void {
    if (this.state === STOPPED) return;
    const deadlines = this.deadlines;
    if (deadlines.isDue(CLOSE_DUE, now)) {
      this.session.leave();
      this.pump(now);
      this.stop(now);
      return;
    }
    if (deadlines.take(RETRY, now)) this.connect(now);
    if (deadlines.isDue(OPEN_DUE, now)) this.fail(TIMED_OUT, now);
    if (deadlines.take(STABLE, now)) this.backoff.reset();
    if (this.state !== OPEN) return;
    const status = this.session.handleTimeout(now);
    if (status < 0) this.fail(status, now);
    else this.pump(now);
  }

  /** Milliseconds until `handleTimeout` is due. May change after every other call. */
  pollTimeout(now: number): number {
    const own = this.deadlines.untilNext(now);
    const session = this.session.pollTimeout(now);
    return own < session ? own : session;
  }

  private connect(now: number): void {
    this.state = OPENING;
    if (this.options.openTimeoutMs > 0) {
      this.deadlines.set(OPEN_DUE, (now + this.options.openTimeoutMs) | 0);
    }
    this.transport.open(now);
  }

  /** Hands the session's bytes to the transport until either has enough. */
  private pump(now: number): void {
    if (this.isPumping) return;
    this.isPumping = true;
    const session = this.session;
    while (this.state === OPEN) {
      if (this.isClosing && session.outbox.count === 0) session.leave();
      const length = session.pollTransmit();
      if (length === 0) break;
      const taken = this.transport.write(session.out, session.outOffset, length, now);
      session.transmitted(taken, now);
      if (taken < length) break;
    }
    this.isPumping = false;
    if (session.phase === LEFT) this.handleLeft(now);
  }

  /** DISCONNECT is written: the purge of an earlier life is over, or the client's own. */
  private handleLeft(now: number): void {
    if (this.isClosing && this.pending === 0) {
      this.deadlines.set(CLOSE_DUE, now);
      return;
    }
    this.transport.close(now);
    this.session.end();
    this.state = WAITING;
    this.deadlines.set(RETRY, now);
  }

  private dispatch(now: number): void {
    for (let event = this.session.pollEvent(); event !== NO_EVENT; ) {
      this.tell(event, now);
      event = this.session.pollEvent();
    }
  }

  private tell(event: number, now: number): void {
    const session = this.session;
    if (event === MESSAGE_EVENT) {
      this.handler.onMessage(session.message, now);
      session.accept();
    } else if (event === CONNECTED_EVENT) {
      this.deadlines.set(STABLE, (now + this.options.stableMs) | 0);
      this.handler.onConnected(session.isSessionPresent, now);
    } else if (event === ACKNOWLEDGED_EVENT) {
      this.handler.onAcknowledged(session.detail, now);
    } else if (event === IN_DOUBT_EVENT) {
      this.handler.onInDoubt(session.detail, now);
    } else if (event === GRANTED_EVENT || event === DENIED_EVENT) {
      this.handler.onSubscribed(session.detail, event === GRANTED_EVENT, now);
    }
  }

  private fail(status: number, now: number): void {
    const code = status === REFUSED ? this.session.detail : 0;
    this.transport.close(now);
    this.session.end();
    this.deadlines.clear(OPEN_DUE);
    this.deadlines.clear(STABLE);
    this.failures++;
    this.state = WAITING;
    const isRefusal = ((REFUSED_FOR_LONG >> code) & 1) === 1;
    this.deadlines.set(RETRY, (now + this.backoff.next(isRefusal)) | 0);
    this.handler.onDisconnected(status, code, now);
  }

  private stop(now: number): void {
    this.transport.close(now);
    this.session.end();
    this.deadlines.clearAll();
    this.state = STOPPED;
    this.handler.onClosed(this.session.outbox.count, now);
  }
}
