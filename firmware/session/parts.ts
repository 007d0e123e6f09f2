// What a session is made of. XS and Espruino look a property up from the front of its object's list, so
// the parts are small, and what every message needs stands first.

import type { Journal } from "./journal.js";

/** Something is to be written, or there is no connection. */
export const BUSY = 0;
export const IDLE = 1;
/** Idle, and a short publish at QoS 0 may go to the transport as two arrays: a topic's head, and the payload. */
export const IDLE_PAIRS = 2;
/** The same in MQTT 5, whose heads are others. */
export const IDLE_PAIRS_5 = 3;

/**
 * Encoded packets from publish to acknowledgement: send queue, in-flight store and offline outbox in one
 * arena. Records (record.ts) lie in the order in which they are sent, from `head` to `tail`. `cursor`
 * parts those that this connection has sent from those that it has not.
 */
export interface Outbox {
  /** One past the last record. */
  tail: number;
  /** Where the last record must end: the arena's length, or 0 while nothing is taken. */
  limit: number;
  /** Caller's. */
  readonly arena: Uint8Array;
  /** BUSY, or what `whenIdle` says while nothing at all waits to be written on a connection. */
  idle: number;
  /** IDLE, IDLE_PAIRS or IDLE_PAIRS_5. */
  whenIdle: number;
  /** Publishes taken. The low 16 bits of what this was before are a publish's token. */
  published: number;
  cursor: number;
  head: number;
  /** Records that are not done. */
  count: number;
  /** QoS 1 and 2: sent on this connection and not acknowledged. */
  inFlight: number;
  /** The most that may be in flight on this connection. */
  quota: number;
  /** The last packet identifier that was given out. */
  packetId: number;
  /** So many identifiers behind it are not in use. */
  freeIds: number;
  /** Keeps what must outlive a power cut; undefined without. It is here because here it is found soon. */
  journal?: Journal | undefined;
}

// What is being written.
export const NOTHING = 0;
/** A packet of its own. */
export const PACKET = 1;
/** What lies in `acknowledgements`. */
export const ACKNOWLEDGEMENTS = 2;
/** The packet of the record at the outbox's cursor, or the part of it that is not replaced. */
export const MESSAGE = 3;
/** DISCONNECT. */
export const GOODBYE = 4;
/** The beginning of the packet at the cursor, as it goes out instead of what the record holds. */
export const HEADER = 5;
/** A streamed payload. */
export const PAYLOAD = 6;

/** Room for acknowledgements, then PINGREQ and DISCONNECT. */
export const ACKNOWLEDGEMENT_LENGTH = 4;
export const ACKNOWLEDGEMENTS_END = 32;
export const PING_OFFSET = 32;
export const DISCONNECT_OFFSET = 34;
export const PACKETS_BYTES = 36;

/** The packet that is being written, and the small ones that wait. */
export interface Outbound {
  /** Bytes of acknowledgements that wait, oldest first [MQTT-4.6.0-2]. */
  ackFill: number;
  source: number;
  bytes: Uint8Array;
  offset: number;
  length: number;
  /** Further bytes of the same packet come from elsewhere. */
  isMore: boolean;
  /** Of the message whose beginning is replaced: bytes at its record's end that are not. */
  payloadLength: number;
  isPumping: boolean;
  /** 0: none; 1: PINGREQ is to be written; 2: its answer is awaited. */
  ping: number;
  /** Rows of subscriptions that were not looked at since one of them changed. */
  wanted: number;
  readonly packets: Uint8Array;
}

/** A PUBLISH that was received: where its parts lie. Valid while `onMessage` runs. */
export interface Message {
  /** The payload's storage. */
  bytes: Uint8Array;
  payloadOffset: number;
  /** Of this piece, where the payload comes in pieces. */
  payloadLength: number;
  /** The topic's storage: the packet's, or that of a topic alias. */
  topicBytes: Uint8Array;
  topicOffset: number;
  topicLength: number;
  /** First byte of the packet: type, DUP, QoS, RETAIN. */
  flags: number;
  /** At QoS 1 and 2. */
  packetId: number;
  /** The packet was larger than the receive buffer: this is its beginning, and the rest is lost. */
  isTruncated: boolean;
  /** Where in the whole payload this piece begins; 0 again where a message was cut off and comes anew. */
  position: number;
  /** Bytes of the payload that come after this piece. */
  remaining: number;
}

/** The packet that is being received. */
export interface Inbound {
  /** Bytes of a packet that came in pieces; those beyond the buffer are counted and lost. */
  fill: number;
  /** A packet up to so long, if it is here whole, needs no measuring. */
  readonly short: number;
  bytes: Uint8Array;
  /** First byte behind the fixed header. */
  body: number;
  /** One past the last byte that is here. */
  end: number;
  isTruncated: boolean;
  /** The application takes nothing for now. */
  isPaused: boolean;
  /** Of the packet that comes in pieces; 0 while its header is not whole. */
  total: number;
  /** Caller's; holds one packet that comes in pieces. */
  readonly buffer: Uint8Array;
  /** Where in the buffer the next byte goes. */
  place: number;
  /** Where the payload's pieces lie in the buffer, once the first was delivered; else 0. */
  pieceStart: number;
  /** Pieces of a message that is not to be delivered. */
  isSkipped: boolean;
  /** A message that is not to be answered either. */
  isUnanswered: boolean;
  /** The packet does not come in pieces, although it could: its beginning is too large. */
  isDrained: boolean;
  /** Sees the storage that the transport offers, where that is always the same: four bytes at a time. */
  readonly view: DataView | undefined;
  readonly viewed: Uint8Array | undefined;
  /** Of a PUBLISH whose topic is larger than the buffer: its identifier, noted as it passed. */
  lateId: number;
  /** QoS 2 identifiers delivered whose PUBREL is awaited; 0 is none. It outlives the connection. */
  readonly received: Uint16Array;
}
