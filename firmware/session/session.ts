import type { Transport } from "../transport.js";
import type { Inbound, Message, Outbound, Outbox } from "./parts.js";
import type { Statistics } from "./statistics.js";
import type { Streams } from "./streams.js";
import type { Version5 } from "./version5.js";

// The phases of a client, in the order in which it goes through them.
/** Not started, or closed. */
export const STOPPED = 0;
/** Waits until it is time to connect. */
export const WAITING = 1;
/** The transport is opening. */
export const OPENING = 2;
/** CONNECT is to be written, or CONNACK awaited. */
export const CONNECTING = 3;
/** CONNACK came: publishes flow. */
export const CONNECTED = 4;
/** DISCONNECT is to be written. */
export const LEAVING = 5;
/** DISCONNECT is written: nothing may follow. [MQTT-3.14.4-2] */
export const LEFT = 6;

/** What a client tells the application. Whatever the client can do may be done from within. */
export interface ClientHandler {
  /** Something happened: event.ts lists what, and what `detail` then is. */
  onEvent(kind: number, detail: number, now: number): void;
  /** A message came. It is valid during the call, and acknowledged when the call returns. */
  onMessage(message: Message, now: number): void;
}

/** What the application wanted at start. Times in milliseconds; options.ts says what each is. */
export interface Settings {
  readonly window: number;
  readonly subscriptionCapacity: number;
  readonly isClean: boolean;
  readonly resendsDoubtful: boolean;
  readonly receivesPieces: boolean;
  readonly maximumMessages: number;
  readonly answerMs: number;
  readonly openMs: number;
  readonly stableMs: number;
  readonly baseMs: number;
  readonly capMs: number;
  readonly refusedMs: number;
}

/**
 * All that a client knows. Plain functions over it do the work: a method costs a small board memory for
 * ever, a function that is not needed often costs none.
 */
export interface Session {
  readonly outbox: Outbox;
  readonly outbound: Outbound;
  readonly inbound: Inbound;
  readonly message: Message;
  phase: number;
  /** The time of the call that is under way: milliseconds in 32 bits that wrap. */
  now: number;
  /** When the last byte was sent, and received. */
  lastSent: number;
  lastReceived: number;
  readonly transport: Transport;
  readonly handler: ClientHandler;
  /** Everything of MQTT 5; undefined in 3.1.1. */
  readonly version5: Version5 | undefined;
  readonly statistics: Statistics;
  readonly settings: Settings;
  /** By the low bits of a token: of which publish that had a record, how it ended, and why. */
  readonly outcomeNumbers: Uint32Array;
  readonly outcomeKinds: Uint8Array;
  readonly outcomeReasons: Uint8Array;
  /** One less than their length, which is a power of two. */
  readonly outcomeMask: number;
  /** The sources of payloads that are larger than memory. */
  readonly streams: Streams | undefined;
  /** Records of the outbox that may expire, and when the first of them does. */
  expiring: number;
  expiresAt: number;

  /** Of the event that is being told: the broker's code, or minus a status. */
  reason: number;
  /** A status for which the connection must end as soon as nothing else runs; 0 for none. */
  fault: number;
  isClosing: boolean;
  /** True until a connection has made the broker forget an earlier life. */
  isPurgeDue: boolean;
  /** CONNECT was sent, and no CONNACK came yet. */
  isAnswerDue: boolean;
  /** A CONNACK was lost: Session Present may then be of a session that is new. */
  isUncertain: boolean;
  /** A QoS 2 message was left unanswered: the broker sends it again on the next connection. */
  isPostponing: boolean;
  /** Each an encoded SUBSCRIBE or UNSUBSCRIBE behind a byte of state. */
  readonly rows: Uint8Array[];
  connectPacket: Uint8Array;
  readonly random: () => number;
  keepAliveMs: number;
  /** Failures in a row, and how many of them were connections that ended soon. */
  failures: number;
  shortLives: number;
  connectedAt: number;
  /** When the phase is to end: the wait, the opening, CONNACK. */
  dueAt: number;
  closeAt: number;
}
