import {
  abandon,
  close,
  handleClose,
  handleOpen,
  handleWritable,
  start,
} from "../session/connection.js";
import { handleBytes } from "../session/incoming.js";
import { newSession } from "../session/new-session.js";
import type { ClientOptions } from "../session/options.js";
import { outcomeOf, reasonOf } from "../session/outcome.js";
import type { Message } from "../session/parts.js";
import { publish } from "../session/publish.js";
import { type ClientHandler, CONNECTED, type Session } from "../session/session.js";
import type { Statistics } from "../session/statistics.js";
import type { PayloadSource } from "../session/streams.js";
import { unwant, want } from "../session/subscriptions.js";
import { handleTimeout, untilTimeout } from "../session/timeouts.js";
import type { Topic } from "../session/topic.js";
import type { Transport, TransportHandler } from "../transport.js";
import { authenticate } from "./authenticate.js";
import { publishFrom } from "./publish-from.js";

/**
 * An MQTT client that keeps itself connected: the functions of `session/` as one object.
 *
 * ```ts
 * const reading = new Topic("plant/7/temperature", { qos: 1, expirySeconds: 600 });
 * const payload = new Uint8Array(16);
 *
 * class Application implements ClientHandler {
 *   onEvent(kind: number, detail: number): void {
 *     if (kind === DROPPED) losses++; // detail is the token that publish returned
 *   }
 *   onMessage(message: Message): void {
 *     led.write(message.bytes[message.payloadOffset]); // valid until this returns
 *   }
 * }
 *
 * const client = new Client(options, transport, new Application(), random); // options.ts
 * transport.attach(client);
 * client.subscribe("plant/7/led", 1, now());
 * client.start(now());
 *
 * // Whenever there is something to say, connected or not:
 * const token = client.publish(reading, payload, writeDecimal(21.5, 1, payload), now());
 * if (token < 0) losses++; // status.ts says why; else client.outcome(token) tells how it goes
 *
 * // After every call and every event of the transport, the owner's one timer:
 * alarm.set(client.pollTimeout(now())); // it rings: client.handleTimeout(now())
 * ```
 *
 * It has no clock and no loop: whoever owns it calls `handleTimeout` when `pollTimeout` says so, and the
 * transport reports to it. `now` is a 32-bit millisecond counter that may wrap. Nothing waits, nothing is
 * thrown, and whatever can be called may be called from within `onEvent` and `onMessage`.
 */
export class Client implements TransportHandler {
  readonly session: Session;

  /** @param random 32-bit unsigned numbers */
  constructor(
    options: ClientOptions,
    transport: Transport,
    handler: ClientHandler,
    random: () => number,
  ) {
    this.session = newSession(options, transport, handler, random);
  }

  get statistics(): Statistics {
    return this.session.statistics;
  }

  /** Publishes taken and not yet acknowledged or, at QoS 0, sent. */
  get pending(): number {
    return this.session.outbox.count;
  }

  /** Publishes taken since the client was made. */
  get published(): number {
    return this.session.outbox.published;
  }

  /** What `onMessage` is given, each time. */
  get message(): Message {
    return this.session.message;
  }

  get isConnected(): boolean {
    return this.session.phase === CONNECTED;
  }

  /** Of the event that is being told: the broker's code, or minus a status. */
  get reason(): number {
    return this.session.reason;
  }

  /** Begins to connect, and stays connected until `close`; a `close` that is under way is taken back. */
  start(now: number): void {
    start(this.session, now);
  }

  /**
   * Publishes: into the outbox at once, to the broker when it can be. It never waits.
   *
   * @param payload borrowed during the call; its first `length` bytes count
   * @returns a token, 0 to 65535, or CLOSING, OUTBOX_FULL, TOO_LARGE, UNSUPPORTED, BAD_ARGUMENT
   */
  publish(topic: Topic, payload: Uint8Array, length: number, now: number): number {
    return publish(this.session, topic, payload, length, now);
  }

  /**
   * Publishes a payload that may be larger than memory: its source is asked for it piece by piece while it
   * is sent, and again from its beginning when it has to be sent again. The options need a `streamBuffer`.
   *
   * @param length bytes of the whole payload
   * @returns as `publish`, or TABLE_FULL: four sources are in use
   */
  publishFrom(topic: Topic, source: PayloadSource, length: number, now: number): number {
    return publishFrom(this.session, topic, source, length, now);
  }

  /**
   * How a publish stands: PENDING, SENT_OUT, ACKNOWLEDGED, EXPIRED, DROPPED or IN_DOUBT (event.ts); UNKNOWN
   * when it ended too long ago, or for a status in place of a token.
   */
  outcome(token: number): number {
    return outcomeOf(this.session, token);
  }

  /** Of a publish that ended: the broker's reason code, or minus the status for which it was dropped; else 0. */
  outcomeReason(token: number): number {
    return reasonOf(this.session, token);
  }

  /**
   * Wants the messages of a filter. It allocates.
   *
   * @param options QoS, in MQTT 5 with NO_LOCAL, RETAIN_AS_PUBLISHED, RETAIN_IF_NEW, RETAIN_NEVER
   * @param subscriptionId MQTT 5: comes with each message of the filter; none when absent or 0
   * @returns a row, or BAD_TOPIC, BAD_ARGUMENT, TABLE_FULL
   */
  subscribe(filter: string, options: number, now: number, subscriptionId?: number): number {
    const row = want(this.session, filter, options, subscriptionId ?? 0);
    handleWritable(this.session, now);
    return row;
  }

  /** Gives a filter up. It allocates. @returns its row, or BAD_ARGUMENT: nobody wanted it */
  unsubscribe(filter: string, now: number): number {
    const row = unwant(this.session, filter);
    handleWritable(this.session, now);
    return row;
  }

  /**
   * Takes no more messages until `resume`: the broker's window, and then its stream, fill up. Until then
   * acknowledgements wait as well, and a dead connection is found by the transport alone.
   */
  pause(): void {
    this.session.inbound.isPaused = true;
  }

  /** Takes messages again. */
  resume(): void {
    this.session.inbound.isPaused = false;
    this.session.transport.resume();
  }

  /** Answers an AUTHENTICATION_EVENT, or begins to authenticate anew: see authenticate.ts. */
  authenticate(data: Uint8Array, now: number): number {
    return authenticate(this.session, data, now);
  }

  /**
   * Ends the connection in order: takes no new publishes, waits for acknowledgements, sends DISCONNECT.
   * CLOSED_EVENT follows, within `deadlineMs`, never before this returns, and says what is left: that stays
   * in the outbox for the next `start`.
   */
  close(deadlineMs: number, now: number): void {
    close(this.session, deadlineMs, now);
  }

  /** Ends the connection without DISCONNECT, so that the broker publishes the will. CLOSED_EVENT follows. */
  abandon(now: number): void {
    abandon(this.session, now);
  }

  handleOpen(now: number): void {
    handleOpen(this.session, now);
  }

  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    return handleBytes(this.session, bytes, offset, length, now);
  }

  handleWritable(now: number): void {
    handleWritable(this.session, now);
  }

  handleClose(now: number): void {
    handleClose(this.session, now);
  }

  /** Does what time asks for. Spurious calls do nothing. */
  handleTimeout(now: number): void {
    handleTimeout(this.session, now);
  }

  /** Milliseconds until `handleTimeout` is due. May change after every other call. */
  pollTimeout(now: number): number {
    return untilTimeout(this.session, now);
  }
}
