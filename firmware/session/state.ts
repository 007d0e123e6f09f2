import { Deadlines } from "../deadlines.js";
import type { ConnectFields } from "../wire/connect.js";
import { PacketReader } from "../wire/packet-reader.js";
import { PublishFields } from "../wire/publish.js";
import { Acknowledgements } from "./acknowledgements.js";
import { Inbox } from "./inbox.js";
import { Outbox } from "./outbox.js";
import { SessionStatistics } from "./statistics.js";
import { Subscriptions } from "./subscriptions.js";

/** No connection. */
export const OFFLINE = 0;
/** CONNECT is to be written, or CONNACK awaited. */
export const CONNECTING = 1;
/** CONNACK came: publishes flow. */
export const CONNECTED = 2;
/** DISCONNECT is to be written. */
export const LEAVING = 3;
/** DISCONNECT is written: nothing may follow. [MQTT-3.14.4-2] */
export const LEFT = 4;

/** Nothing that the application needs to know. */
export const NO_EVENT = 0;
/** CONNACK accepted the connection. */
export const CONNECTED_EVENT = 1;
/** `message` lies in the reader's bytes; `accept` follows when the application has it. */
export const MESSAGE_EVENT = 2;
/** The publish with the token `detail` is acknowledged. */
export const ACKNOWLEDGED_EVENT = 3;
/** The broker lost the session: whether it took the QoS 2 publish with the token `detail` is not known. */
export const IN_DOUBT_EVENT = 4;
/** The subscription in the row `detail` is granted. */
export const GRANTED_EVENT = 5;
/** The subscription in the row `detail` is refused. */
export const DENIED_EVENT = 6;
/** The subscription in the row `detail` is gone. */
export const REMOVED_EVENT = 7;

// Deadlines of a session.
/** CONNACK must have come. */
export const CONNACK_DUE = 0;
/** Something must have come since the PINGREQ. */
export const ANSWER_DUE = 1;
const DEADLINE_KINDS = 2;

export interface SessionOptions extends ConnectFields {
  /** Caller's; holds one inbound packet that comes in pieces. */
  readonly receiveBuffer: Uint8Array;
  /** Caller's; holds every publish until it is acknowledged. */
  readonly arena: Uint8Array;
  /** True: the broker forgets this client at each disconnect. */
  readonly cleanSession: boolean;
  /** QoS 1 and 2 publishes sent and not acknowledged at one time. */
  readonly inFlightWindow: number;
  /** Rows in the table of subscriptions. */
  readonly subscriptionCapacity: number;
  /** QoS 2 messages received and not released at one time: at least what the broker keeps in flight. */
  readonly inboxCapacity: number;
  /** When the broker lost the session: QoS 2 publishes without PUBREC are sent again, or end in doubt. */
  readonly resendsDoubtful: boolean;
  /** How long the broker may take for a CONNACK or a PINGRESP. */
  readonly answerTimeoutMs: number;
}

/** What a session is made of, apart from what it does. */
export class SessionState {
  /** OFFLINE, CONNECTING, CONNECTED, LEAVING or LEFT. */
  phase = OFFLINE;
  /** What `pollEvent` will tell; set by the inbound side. */
  event = NO_EVENT;
  /** Of the event: CONNACK return code, token of the acknowledged publish, or row of the subscription. */
  detail = 0;
  /** Of the event CONNECTED_EVENT. */
  isSessionPresent = false;
  /** True while `pollEvent` goes through what a lost, or perhaps lost, session leaves behind. */
  isSweepDue = false;
  /** True when an earlier CONNACK was lost: Session Present may then be of a session that is new. */
  isSessionUncertain = false;
  /** True until a connection with CleanSession 1 has made the broker forget an earlier life. */
  isPurgeDue: boolean;

  readonly message = new PublishFields();
  readonly reader: PacketReader;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly acknowledgements = new Acknowledgements();
  readonly subscriptions: Subscriptions;
  readonly deadlines = new Deadlines(DEADLINE_KINDS);
  readonly statistics = new SessionStatistics();
  /** When the last byte came. */
  lastReceived = 0;

  constructor(options: SessionOptions) {
    this.isPurgeDue = !options.cleanSession;
    this.reader = new PacketReader(options.receiveBuffer);
    this.outbox = new Outbox(options.arena);
    this.inbox = new Inbox(options.inboxCapacity);
    this.subscriptions = new Subscriptions(options.subscriptionCapacity);
  }
}
