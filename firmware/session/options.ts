import type { ConnectFields } from "../wire/connect.js";
import type { JournalStore } from "./journal-store.js";

/** How long a client waits before it tries again. All in milliseconds. */
export interface BackoffOptions {
  /** Largest wait after the first failure. */
  readonly baseMs: number;
  /** Largest wait at all. */
  readonly capMs: number;
  /** Largest wait after a refusal that time alone will hardly heal: credentials, a client identifier taken over. */
  readonly refusedMs: number;
}

/** Where a client keeps what must outlive a power cut. */
export interface JournalOptions {
  readonly store: JournalStore;
  /**
   * Holds one entry: the record of the largest QoS 1 or 2 publish and 11 bytes more; at most a quarter of
   * an area.
   */
  readonly buffer: Uint8Array;
  /**
   * The application's own bytes. They are filled with what was kept when the client is made, and are kept
   * with each received QoS 2 message: what they say and that it was received is one thing, also over a
   * power cut.
   */
  readonly state?: Uint8Array | undefined;
}

/** What a client is made of. Buffers are the caller's, and kept for ever. */
export interface ClientOptions extends ConnectFields {
  /** Holds one inbound packet that comes in pieces, 16 bytes at least. */
  readonly receiveBuffer: Uint8Array;
  /** Holds every publish until it is acknowledged, 32 to 65535 bytes. */
  readonly arena: Uint8Array;
  /** True: the broker forgets this client at each disconnect. */
  readonly cleanSession: boolean;
  /** QoS 1 and 2 publishes sent and not acknowledged at one time, 1 or more. */
  readonly inFlightWindow: number;
  /** Filters that can be subscribed, 0 to 240. */
  readonly subscriptionCapacity: number;
  /**
   * QoS 2 messages received and not released at one time: at least what the broker keeps in flight. MQTT 5
   * announces it as Receive Maximum.
   */
  readonly inboxCapacity: number;
  /** When the broker lost the session: QoS 2 publishes without PUBREC are sent again, or end in doubt. */
  readonly resendsDoubtful: boolean;
  /** How long the broker may take for a CONNACK or a PINGRESP. */
  readonly answerTimeoutMs: number;
  /** How long the transport may take to open; 0: for ever, as a link that waits for its gateway does. */
  readonly openTimeoutMs: number;
  /** A connection that lived this long ends a series of failures. */
  readonly stableMs: number;
  readonly backoff: BackoffOptions;

  /** Without it a client that restarts forgets its publishes, and makes the broker forget the session. */
  readonly journal?: JournalOptions | undefined;
  /** Publishes that the outbox holds; no limit but its bytes when absent. */
  readonly maximumMessages?: number | undefined;
  /** How many of the last publishes can be asked for their outcome, a power of two; 16 when absent. */
  readonly outcomeCapacity?: number | undefined;
  /**
   * Payloads larger than the receive buffer are delivered in pieces; else their beginning is shown. When the
   * connection ends between two pieces, a message of QoS 1 or 2 comes again from position 0.
   */
  readonly receivesPieces?: boolean | undefined;
  /** Holds a part of a payload that comes from a source, 16 bytes at least; needed for such ones. */
  readonly streamBuffer?: Uint8Array | undefined;
  /**
   * MQTT 5: bytes of the largest packet that the broker may send, 0 for any; when absent, the size of the
   * receive buffer, or any where payloads come in pieces.
   */
  readonly maximumPacketSize?: number | undefined;
  /** MQTT 5: topic aliases that the client uses as far as the broker allows, up to 255; 0 when absent. */
  readonly aliasCapacity?: number | undefined;
  /** MQTT 5: bytes of the longest topic that an alias may stand for, either way; 64 when absent. */
  readonly aliasTopicBytes?: number | undefined;
}
