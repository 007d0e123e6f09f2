import { crc32 } from "../crc.js";
import type { JournalStore } from "./journal-store.js";

// What an entry tells. The first three are the journal's own.
/** An area begins; its two numbers are the generation. */
export const BEGIN = 1;
/** The snapshot that the area begins with is whole: the area counts. */
export const COMMIT = 2;
/** The other area is erased to its end, or, with a second number of 0, is so no more. */
export const ERASED = 3;
/** A publish was taken: its record. Refused when the journal is nearly full. */
export const PUBLISHED = 4;
/** A filter is wanted, or given up: the row with its packet. Refused when the journal is nearly full. */
export const WANTED_ROW = 5;
/** The broker answered for the row with this identifier; the second number is the row's state. */
export const ANSWERED_ROW = 6;
/** A publish is about to be sent for the first time. */
export const SENT_FIRST = 7;
/** PUBREC came for the publish with this identifier; the second number is its token. */
export const RECORDED = 8;
/** The publish with this identifier and token has left the outbox. */
export const FINISHED = 9;
/** A QoS 2 message with this identifier was delivered; the application's state since then. */
export const RECEIVED = 10;
/** PUBREL came for it: its identifier is free. */
export const COMPLETED = 11;
/**
 * The last identifier that was given and the next token, which PUBLISHED tells as well: a snapshot has it
 * behind its publishes.
 */
export const NEXT_ID = 12;
/** A session of the client whose identifier has this hash begins: everything before is void. */
export const SESSION = 13;
/** CONNACK came, and what it says is settled: the broker holds this session and no other. */
export const ESTABLISHED = 14;
/** CONNECT is about to be sent: until ESTABLISHED the broker may have begun a session anew. */
export const CONNECT_SENT = 15;
/** The application's state. */
export const STATE_KEPT = 16;
export const LAST_KIND = STATE_KEPT;

// An entry: kind, length of the body, two numbers, body, CRC-32.
export const BODY_LENGTH = 1; // 2 bytes
export const FIRST_NUMBER = 3; // 2 bytes
export const SECOND_NUMBER = 5; // 2 bytes
export const BODY = 7;
export const CRC_SIZE = 4;
/** What an entry costs beyond its body. */
export const ENTRY_OVERHEAD = 11;
/** Mixed into each CRC-32: an area written by another format has no valid entry. To be changed with it. */
const FORMAT = 0x4d6f7401;

// What a journal is doing.
const CLOSED = 0;
export const REPLAYING = 1;
export const WRITING = 2;
/** Measures the live state: entries are added up and not written. */
export const MEASURING = 3;
/** Writes the live state into the other area. */
export const SNAPSHOT = 4;

/** Who owns the state that a journal keeps. */
export interface JournalSource {
  /**
   * Writes the whole live state with `keep` and `mark`, and nothing else: it is called now and again, also
   * from within `keep` and `mark`.
   *
   * @returns 0, or the first negative status of these, with which it ends
   */
  writeState(journal: Journal): number;
}

/**
 * A log of what a session must not forget, in two areas of flash: see journal.md.
 *
 * An area is BEGIN with a generation, a snapshot, COMMIT, and then entries as they come. When it is full
 * the live state goes as a snapshot into the other area; its COMMIT is what makes that area the newer
 * one, and the old one is erased. So a power cut leaves the state before an entry, or after it, and
 * never a mixture. The first entry that is not whole ends an area: nothing is ever written behind it, the
 * next entry begins a new snapshot.
 *
 * `openJournal`, and `nextEntry` until it says 0, come before all else.
 */
export interface Journal {
  readonly store: JournalStore;
  readonly source: JournalSource;
  /** Caller's; holds one entry. */
  readonly bytes: Uint8Array;
  mode: number;
  /** The area that counts. */
  area: number;
  generation: number;
  /** Where the next entry is read or written. */
  position: number;
  /** Nothing can be written behind `position`: a snapshot has to come first. */
  isEndDamaged: boolean;
  /** The other area is known to be erased to its end. */
  isSpareErased: boolean;
  /** The log says so: it must say otherwise before anything is written there. */
  isSpareMarked: boolean;
  /** Entries in the midst of the log were damaged, not by a power cut: part of the state is lost. */
  isDamaged: boolean;
  /** Bytes of the live state, while it is measured. */
  measured: number;
  /** The application's own bytes. */
  readonly state: Uint8Array;
  /** What they were when the message that is being delivered came. */
  readonly stateBefore: Uint8Array;
  /** The log ends in CONNECT_SENT rather than ESTABLISHED. */
  isConnectNoted: boolean;
  /** The QoS 2 message that is being delivered, and so does not count as received yet; else 0. */
  unkept: number;
  /** Publishes of earlier lives. */
  published: number;
  // Of the entry that was read last.
  packetId: number;
  detail: number;
  /** Of its body, which lies in `bytes` from BODY on. */
  length: number;
}

/**
 * @param bytes of the largest entry, ENTRY_OVERHEAD included: 32 to a quarter of an area
 * @param state kept with each received message
 */
export function newJournal(
  store: JournalStore,
  source: JournalSource,
  bytes: Uint8Array,
  state: Uint8Array,
): Journal {
  "cold";
  return {
    store,
    source,
    bytes,
    mode: CLOSED,
    area: 0,
    generation: 0,
    position: 0,
    isEndDamaged: false,
    isSpareErased: false,
    isSpareMarked: false,
    isDamaged: false,
    measured: 0,
    state,
    stateBefore: new Uint8Array(state.length),
    isConnectNoted: false,
    unkept: 0,
    published: 0,
    packetId: 0,
    detail: 0,
    length: 0,
  };
}

/** What an entry with a body of this length takes in an area. */
export function entrySize(journal: Journal, length: number): number {
  const unit = journal.store.unit;
  return (ENTRY_OVERHEAD + length + unit - 1) & -unit;
}

/** The CRC-32 of the entry in the buffer, bound to its area's generation: old bytes are never taken for new. */
export function entryCheck(journal: Journal, end: number): number {
  const generation = journal.bytes[0] === BEGIN ? 0 : journal.generation;
  return crc32(journal.bytes, 0, end) ^ generation ^ FORMAT;
}
