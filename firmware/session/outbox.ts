import { moveBytes } from "../bytes.js";
import { OUTBOX_FULL } from "../status.js";
import { decodeUint16, encodeUint16 } from "../wire/field.js";
import { DUP, QOS_SHIFT } from "../wire/packet-type.js";

/** Where a record stands: it has not been written whole yet. */
const QUEUED = 0;
/** Written whole, and its acknowledgement is awaited. */
const SENT = 1;
/** QoS 2: PUBREC came, so only the identifier is left; PUBREL is owed, or sent and PUBCOMP awaited. */
const RELEASED = 2;
/** Done; its bytes are room again once the records before it are done or the arena is compacted. */
const DONE = 3;

// A record is a header and then the encoded packet.
const LENGTH = 0; // 2 bytes: of the packet
const PACKET_ID = 2; // 2 bytes: 0 at QoS 0
const TOKEN = 4; // 2 bytes
const STATE = 6; // 1 byte
/** What a packet costs in the arena beyond its own bytes. */
export const RECORD_OVERHEAD = 7;

/** What `acknowledge` and `sent` say of a packet that they do not know. */
export const UNKNOWN = -1;

/**
 * Encoded packets from publish to acknowledgement: send queue, in-flight store and offline outbox in
 * one arena.
 * QoS 1 leaves it on PUBACK; QoS 2 shrinks to its identifier on PUBREC and leaves on PUBCOMP.
 *
 * Records lie in the order of their publishes, from `head` to `tail`. `cursor` parts those that this
 * connection has already sent from those that it has not; a new connection puts it back to `head`, so
 * a resend keeps the order [MQTT-4.6.0-1]. A packet never moves while it is being written.
 */
export class Outbox {
  /** Records that are not done. */
  count = 0;
  /** Records of QoS 1 and 2 sent on this connection and not acknowledged. */
  inFlight = 0;

  private readonly arena: Uint8Array;
  private head = 0;
  private tail = 0;
  private cursor = 0;

  /** @param arena caller's; kept for ever */
  constructor(arena: Uint8Array) {
    if (arena.length > 65535) throw new Error("outbox: 65535 bytes at most");
    this.arena = arena;
  }

  /**
   * Makes room for one packet.
   *
   * @returns the offset in the arena where the packet is to be encoded, or OUTBOX_FULL
   */
  append(length: number, packetId: number, token: number): number {
    const size = RECORD_OVERHEAD + length;
    if (size > this.arena.length - this.tail) this.compact();
    if (size > this.arena.length - this.tail) return OUTBOX_FULL;
    const record = this.tail;
    encodeUint16(length, this.arena, record + LENGTH);
    encodeUint16(packetId, this.arena, record + PACKET_ID);
    encodeUint16(token, this.arena, record + TOKEN);
    this.arena[record + STATE] = QUEUED;
    this.tail += size;
    this.count++;
    return record + RECORD_OVERHEAD;
  }

  /** Starts over from the oldest record: a new connection has begun. */
  rewind(): void {
    this.cursor = this.head;
    this.inFlight = 0;
  }

  /** Offset of the next packet to write on this connection, or UNKNOWN when all are written. */
  next(): number {
    while (this.cursor < this.tail && this.arena[this.cursor + STATE] === DONE) {
      this.cursor += this.size(this.cursor);
    }
    return this.cursor < this.tail ? this.cursor + RECORD_OVERHEAD : UNKNOWN;
  }

  /** Length of the packet that `next` names. */
  nextLength(): number {
    return decodeUint16(this.arena, this.cursor + LENGTH);
  }

  /** Packet identifier of the packet that `next` names; 0 at QoS 0. */
  nextPacketId(): number {
    return decodeUint16(this.arena, this.cursor + PACKET_ID);
  }

  /** Tells whether what `next` names has shrunk to its identifier: PUBREL is to be sent instead. */
  isNextReleased(): boolean {
    return this.arena[this.cursor + STATE] === RELEASED;
  }

  /** Marks the packet that `next` names as a resend if it was sent before. @returns whether it was */
  markResend(): boolean {
    if (this.arena[this.cursor + STATE] !== SENT) return false;
    this.arena[this.cursor + RECORD_OVERHEAD] |= DUP; // [MQTT-3.3.1-1]
    return true;
  }

  /** The packet that `next` names has been written whole. @returns its token */
  advance(): number {
    const record = this.cursor;
    this.cursor += this.size(record);
    if (this.packetIdOf(record) === 0) {
      this.finish(record);
    } else {
      if (this.arena[record + STATE] === QUEUED) this.arena[record + STATE] = SENT;
      this.inFlight++;
    }
    return decodeUint16(this.arena, record + TOKEN);
  }

  /**
   * PUBACK came: the peer has the QoS 1 packet with this identifier.
   *
   * @returns its token, or UNKNOWN: no such packet was sent on this connection
   */
  acknowledge(packetId: number): number {
    const record = this.find(packetId, SENT);
    return record === UNKNOWN || this.qosOf(record) !== 1 ? UNKNOWN : this.settle(record);
  }

  /**
   * PUBREC came: the peer has the QoS 2 packet with this identifier, which shrinks to that identifier.
   *
   * @returns whether a PUBREL is owed, now or once more
   */
  release(packetId: number): boolean {
    if (this.find(packetId, RELEASED) !== UNKNOWN) return true;
    const record = this.find(packetId, SENT);
    if (record === UNKNOWN || this.qosOf(record) !== 2) return false;
    this.shrink(record);
    return true;
  }

  /** PUBCOMP came: the peer has forgotten the identifier. @returns the token, or UNKNOWN */
  complete(packetId: number): number {
    const record = this.find(packetId, RELEASED);
    return record === UNKNOWN ? UNKNOWN : this.settle(record);
  }

  /**
   * The broker lost the session, or may have: takes the next record that cannot simply be sent again. To
   * be called before anything is sent, until UNKNOWN.
   *
   * @param keepsDoubtful whether QoS 2 packets without a PUBREC stay, to be sent again
   * @param keepsReleased whether a PUBREL may still be awaited, so that released ones stay
   * @returns 2 × token for one that the broker had taken; 2 × token + 1 for one in doubt; or UNKNOWN
   */
  sweep(keepsDoubtful: boolean, keepsReleased: boolean): number {
    for (let record = this.head; record < this.tail; record += this.size(record)) {
      const state = this.arena[record + STATE];
      const isDoubtful = state === SENT && this.qosOf(record) === 2;
      if (isDoubtful ? keepsDoubtful : state !== RELEASED || keepsReleased) continue;
      const token = decodeUint16(this.arena, record + TOKEN);
      this.finish(record);
      return 2 * token + (isDoubtful ? 1 : 0);
    }
    return UNKNOWN;
  }

  /** Tells whether a packet that is not done has this identifier. */
  hasPacketId(packetId: number): boolean {
    for (let record = this.head; record < this.tail; record += this.size(record)) {
      if (this.packetIdOf(record) === packetId && this.arena[record + STATE] !== DONE) return true;
    }
    return false;
  }

  /** The record with this identifier and state that was sent on this connection, or UNKNOWN. */
  private find(packetId: number, state: number): number {
    for (let record = this.head; record < this.cursor; record += this.size(record)) {
      if (this.packetIdOf(record) === packetId && this.arena[record + STATE] === state) {
        return record;
      }
    }
    return UNKNOWN;
  }

  private settle(record: number): number {
    this.inFlight--;
    const token = decodeUint16(this.arena, record + TOKEN);
    this.finish(record);
    return token;
  }

  /** Parts the packet's bytes off as a record of their own that is done. A packet is never shorter than one. */
  private shrink(record: number): void {
    const rest = record + RECORD_OVERHEAD;
    const length = decodeUint16(this.arena, record + LENGTH) - RECORD_OVERHEAD;
    this.arena[record + STATE] = RELEASED;
    encodeUint16(0, this.arena, record + LENGTH);
    encodeUint16(length, this.arena, rest + LENGTH);
    encodeUint16(0, this.arena, rest + PACKET_ID);
    this.arena[rest + STATE] = DONE;
  }

  private qosOf(record: number): number {
    return (this.arena[record + RECORD_OVERHEAD] >> QOS_SHIFT) & 3;
  }

  private size(record: number): number {
    return RECORD_OVERHEAD + decodeUint16(this.arena, record + LENGTH);
  }

  private packetIdOf(record: number): number {
    return decodeUint16(this.arena, record + PACKET_ID);
  }

  private finish(record: number): void {
    this.arena[record + STATE] = DONE;
    this.count--;
    while (this.head < this.tail && this.arena[this.head + STATE] === DONE) {
      this.head += this.size(this.head);
    }
    if (this.cursor < this.head) this.cursor = this.head;
    if (this.head === this.tail) {
      this.head = 0;
      this.tail = 0;
      this.cursor = 0;
    }
  }

  /** Closes the gaps that done records left. Work is bounded by the arena. */
  private compact(): void {
    let to = 0;
    let cursor = -1;
    for (let record = this.head; record < this.tail; ) {
      const size = this.size(record);
      if (record === this.cursor) cursor = to;
      if (this.arena[record + STATE] !== DONE) {
        moveBytes(this.arena, record, size, to);
        to += size;
      }
      record += size;
    }
    this.head = 0;
    this.tail = to;
    this.cursor = cursor < 0 ? to : cursor;
  }
}
