import { copyBytes } from "../bytes.js";
import { crc32 } from "../crc.js";
import { INCOMPLETE, JOURNAL_FULL, TOO_LARGE } from "../status.js";
import { encodeUint16 } from "../wire/field.js";
import type { JournalStore } from "./journal-store.js";

// What an entry tells. The first three are the journal's own.
/** An area begins; its two numbers are the generation. */
const BEGIN = 1;
/** The snapshot that the area begins with is whole: the area counts. */
const COMMIT = 2;
/** The other area is erased to its end, or, with a second number of 0, is so no more. */
const ERASED = 3;
/** A publish was taken: its record. Refused when the journal is nearly full. */
export const PUBLISHED = 4;
/** A filter is subscribed: the encoded filter. Refused when the journal is nearly full. */
export const SUBSCRIBED = 5;
/** A filter is subscribed no more: the encoded filter. */
export const UNSUBSCRIBED = 6;
/** A publish is about to be sent for the first time. */
export const SENT = 7;
/** PUBREC came for the publish with this identifier; the second number is its token. */
export const RELEASED = 8;
/** The publish with this identifier has left the outbox. */
export const DONE = 9;
/** A QoS 2 message with this identifier was received. */
export const RECEIVED = 10;
/** PUBREL came for it: its identifier is free. */
export const COMPLETED = 11;
/**
 * The last identifier and token that were given, which PUBLISHED gives as well: a snapshot has it behind
 * its publishes.
 */
export const NEXT_ID = 12;
/** A session of the client whose identifier has this hash begins: everything before is void. */
export const SESSION = 13;
/** CONNACK came, and what it says is settled: the broker holds this session and no other. */
export const ESTABLISHED = 14;
/** CONNECT is about to be sent: until ESTABLISHED the broker may have begun a session anew. */
export const ASKED = 15;
const LAST_KIND = ASKED;

// An entry: kind, length of the body, two numbers, body, CRC-32.
const LENGTH = 1; // 2 bytes
const PACKET_ID = 3; // 2 bytes
const DETAIL = 5; // 2 bytes
const BODY = 7;
const CRC_SIZE = 4;
/** What an entry costs beyond its body. */
export const ENTRY_OVERHEAD = BODY + CRC_SIZE;
/** Mixed into each CRC-32: an area written by another format has no valid entry. To be changed with it. */
const FORMAT = 0x4d6f7401;

// What the journal is doing.
const CLOSED = 0;
const REPLAYING = 1;
const WRITING = 2;
/** Measures the live state: entries are added up and not written. */
const MEASURING = 3;
/** Writes the live state into the other area. */
const SNAPSHOT = 4;

/** An entry is not to be written: it was measured, or a snapshot holds it. */
const SETTLED = 1;

/** Who owns the state that the journal keeps. */
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
 * A log of what a session must not forget, in two areas of flash.
 *
 * An area is BEGIN with a generation, a snapshot, COMMIT, and then entries as they come. When it is full
 * the live state goes as a snapshot into the other area; its COMMIT is what makes that area the newer
 * one, and the old one is erased. So a power cut leaves the state before an entry, or after it, and
 * never a mixture. The first entry that is not whole ends an area: nothing is ever written behind it, the
 * next entry begins a new snapshot.
 *
 * `keep` and `mark` are called when the live state already holds the change: where a snapshot is made
 * instead of an entry, it holds the change too.
 */
export class Journal {
  // Of the entry that `next` found.
  packetId = 0;
  detail = 0;
  /** Holds the body; borrowed until the next call. */
  readonly bytes: Uint8Array;
  readonly offset = BODY;
  length = 0;
  /** Entries in the midst of the log were damaged, not by a power cut: part of the state is lost. */
  isDamaged = false;

  private readonly store: JournalStore;
  private readonly source: JournalSource;
  private mode = CLOSED;
  /** The area that counts. */
  private area = 0;
  private generation = 0;
  /** Where the next entry is read or written. */
  private position = 0;
  /** True when nothing can be written behind `position`: a snapshot has to come first. */
  private isEndDamaged = false;
  /** True when the other area is known to be erased to its end. */
  private isSpareErased = false;
  /** True when the log says so: it must say otherwise before anything is written there. */
  private isSpareMarked = false;
  private measured = 0;

  /**
   * @param bufferSize bytes of the largest entry, ENTRY_OVERHEAD included; made once, and owned
   */
  constructor(store: JournalStore, source: JournalSource, bufferSize: number) {
    if (bufferSize < 32 || bufferSize * 4 > store.areaSize) {
      throw new Error("journal: a buffer of 32 bytes to a quarter of an area");
    }
    this.store = store;
    this.source = source;
    this.bytes = new Uint8Array(bufferSize);
  }

  /** Finds the newest whole area. `next` then steps through it. @returns false: there is none, all is new */
  open(): boolean {
    const first = this.generationOf(0);
    const second = this.generationOf(1);
    const newer = second > first ? 1 : 0;
    this.isDamaged = false;
    this.isSpareErased = false;
    this.isSpareMarked = false;
    this.mode = REPLAYING;
    if (this.choose(newer, Math.max(first, second))) return true;
    if (this.choose(1 - newer, Math.min(first, second))) return true;
    this.generation = Math.max(first, second);
    this.isEndDamaged = true;
    this.mode = WRITING;
    return false;
  }

  /** Steps to the next entry. @returns its kind, or 0: that was all, and the journal may be written to */
  next(): number {
    while (this.mode === REPLAYING) {
      const size = this.readEntry();
      if (size === 0) this.endReplay();
      else {
        this.position += size;
        const kind = this.bytes[0];
        if (kind === ERASED) this.isSpareMarked = this.detail === 1;
        else if (kind > ERASED) return kind;
      }
    }
    return 0;
  }

  /**
   * Writes an entry with a body, PUBLISHED, SUBSCRIBED, UNSUBSCRIBED or RECEIVED, once the state holds it.
   *
   * @returns 0 when it would survive a power cut; TOO_LARGE, JOURNAL_FULL or a status of the store: the
   *   change must be taken back
   */
  keep(kind: number, packetId: number, bytes: Uint8Array, offset: number, length: number): number {
    const status = this.makeRoom(kind, length);
    if (status !== 0) return status === SETTLED ? 0 : status;
    copyBytes(bytes, offset, length, this.bytes, BODY);
    return this.write(kind, packetId, 0, length);
  }

  /** Writes an entry of two numbers once the state holds it. @returns as `keep` */
  mark(kind: number, packetId: number, detail: number): number {
    const status = this.makeRoom(kind, 0);
    if (status !== 0) return status === SETTLED ? 0 : status;
    return this.write(kind, packetId, detail, 0);
  }

  /** Writes the live state to the other area and erases this one. @returns as `keep` */
  snapshot(): number {
    if (this.mode !== WRITING) return INCOMPLETE;
    // The spare may be half written, and then half erased, when power fails: the mark goes first.
    if (this.isSpareMarked && !this.isEndDamaged) this.write(ERASED, 0, 0, 0);
    this.isSpareMarked = false;
    const oldArea = this.area;
    const oldPosition = this.position;
    const status = this.writeSnapshot();
    this.mode = WRITING;
    if (status < 0) {
      this.area = oldArea;
      this.position = oldPosition;
      this.generation--;
      return status;
    }
    this.isEndDamaged = false;
    this.eraseSpare();
    return 0;
  }

  private writeSnapshot(): number {
    const spare = 1 - this.area;
    let status = this.isSpareErased ? 0 : this.store.truncate(spare);
    this.isSpareErased = false;
    this.mode = SNAPSHOT;
    this.area = spare;
    this.position = 0;
    this.generation++;
    const generation = this.generation;
    if (status === 0) status = this.mark(BEGIN, generation >>> 16, generation & 0xffff);
    if (status === 0) status = this.source.writeState(this);
    return status < 0 ? status : this.mark(COMMIT, 0, 0);
  }

  /** So that the older area can never count again, and the next snapshot need not erase. */
  private eraseSpare(): void {
    this.isSpareErased = this.store.truncate(1 - this.area) === 0;
    if (!this.isSpareErased || this.isEndDamaged) return;
    const isRoom = this.position + 2 * this.sizeOf(0) <= this.store.areaSize;
    if (isRoom) this.isSpareMarked = this.write(ERASED, 0, 1, 0) === 0;
  }

  /** @returns 0, SETTLED or a negative status */
  private makeRoom(kind: number, length: number): number {
    const size = this.sizeOf(length);
    // Two entries are always left for ERASED.
    const areaSize = this.store.areaSize - 2 * this.sizeOf(0);
    if (size > this.bytes.length) return TOO_LARGE;
    if (this.mode === MEASURING) {
      this.measured += size;
      return SETTLED;
    }
    if (this.mode === SNAPSHOT) return this.position + size > areaSize ? JOURNAL_FULL : 0;
    if (this.mode !== WRITING) return INCOMPLETE;
    // An eighth beyond the live state is for the entries that may not be refused. It is also what each
    // snapshot gains at the least: they never follow each other closely.
    const reserve = kind === PUBLISHED || kind === SUBSCRIBED ? areaSize >> 3 : 0;
    const isRoom = !this.isEndDamaged && this.position + size <= areaSize;
    if (isRoom && this.position + size + reserve <= areaSize) return 0;
    if (this.measure() + reserve > areaSize) return JOURNAL_FULL;
    if (isRoom) return 0;
    const status = this.snapshot();
    return status < 0 ? status : SETTLED;
  }

  /** Bytes that the live state takes as a snapshot, with BEGIN and COMMIT. */
  private measure(): number {
    this.measured = 2 * this.sizeOf(0);
    this.mode = MEASURING;
    this.source.writeState(this);
    this.mode = WRITING;
    return this.measured;
  }

  /** Writes an entry whose body lies in the buffer and for which there is room. */
  private write(kind: number, packetId: number, detail: number, length: number): number {
    const bytes = this.bytes;
    const size = this.sizeOf(length);
    bytes[0] = kind;
    encodeUint16(length, bytes, LENGTH);
    encodeUint16(packetId, bytes, PACKET_ID);
    encodeUint16(detail, bytes, DETAIL);
    const end = BODY + length;
    const crc = this.checkOf(end);
    encodeUint16(crc >>> 16, bytes, end);
    encodeUint16(crc, bytes, end + 2);
    for (let at = end + CRC_SIZE; at < size; at++) bytes[at] = 0;
    const status = this.store.append(this.area, this.position, bytes, 0, size);
    if (status === 0) {
      this.position += size;
      return 0;
    }
    if (this.mode === SNAPSHOT) return status;
    // The area now ends in what may be a part of the entry, or all of it: only a new one is certain.
    this.isEndDamaged = true;
    return kind === ERASED ? status : this.snapshot();
  }

  /** The CRC-32 of the entry in the buffer, bound to its area's generation: old bytes are never taken for new. */
  private checkOf(end: number): number {
    const generation = this.bytes[0] === BEGIN ? 0 : this.generation;
    return crc32(this.bytes, 0, end) ^ generation ^ FORMAT;
  }

  private sizeOf(length: number): number {
    const unit = this.store.unit;
    return (ENTRY_OVERHEAD + length + unit - 1) & -unit;
  }

  /** @returns the generation of an area that has begun, or 0 */
  private generationOf(area: number): number {
    this.area = area;
    this.position = 0;
    const isBegun = this.readEntry() > 0 && this.bytes[0] === BEGIN;
    return isBegun ? ((this.packetId << 16) | this.detail) >>> 0 : 0;
  }

  /** Goes to the beginning of an area, if its snapshot is whole. */
  private choose(area: number, generation: number): boolean {
    if (generation === 0) return false;
    const begin = this.sizeOf(0);
    this.area = area;
    this.generation = generation;
    this.position = begin;
    do {
      const size = this.readEntry();
      if (size === 0) return false;
      this.position += size;
    } while (this.bytes[0] !== COMMIT);
    this.position = begin;
    return true;
  }

  private endReplay(): void {
    const position = this.position;
    const areaSize = this.store.areaSize;
    this.isEndDamaged = !this.isBlank(this.area, position, areaSize);
    // Behind a damaged end the mark may have been withdrawn.
    this.isSpareErased = this.isSpareMarked && !this.isEndDamaged;
    // A cut write is no longer than the buffer: what lies behind that was written, and whole, before.
    this.isDamaged = !this.isBlank(this.area, position + this.bytes.length, areaSize);
    this.mode = WRITING;
    if (!this.isBlank(1 - this.area, 0, this.sizeOf(0))) this.eraseSpare();
  }

  private isBlank(area: number, position: number, end: number): boolean {
    const bytes = this.bytes;
    while (position < end) {
      const wanted = Math.min(bytes.length, end - position);
      const count = this.store.read(area, position, bytes, 0, wanted);
      if (count < 0) return false;
      for (let at = 0; at < count; at++) if (bytes[at] !== 0xff) return false;
      if (count < wanted) return true;
      position += count;
    }
    return true;
  }

  /** Reads the entry at `position`. @returns what it takes in the area, or 0: there is none that is whole */
  private readEntry(): number {
    const bytes = this.bytes;
    const room = Math.min(bytes.length, this.store.areaSize - this.position);
    if (room < ENTRY_OVERHEAD || this.read(0, BODY) < BODY) return 0;
    const length = uint16(bytes, LENGTH);
    const size = this.sizeOf(length);
    if (bytes[0] < BEGIN || bytes[0] > LAST_KIND || size > room) return 0;
    if (this.read(BODY, length + CRC_SIZE) < length + CRC_SIZE) return 0;
    const end = BODY + length;
    const crc = (uint16(bytes, end) << 16) | uint16(bytes, end + 2);
    if (crc !== this.checkOf(end)) return 0;
    this.packetId = uint16(bytes, PACKET_ID);
    this.detail = uint16(bytes, DETAIL);
    this.length = length;
    return size;
  }

  private read(at: number, length: number): number {
    return this.store.read(this.area, this.position + at, this.bytes, at, length);
  }
}

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 8) | bytes[at + 1];
}
