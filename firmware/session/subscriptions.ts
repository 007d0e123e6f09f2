import { BAD_ARGUMENT, BAD_TOPIC, TABLE_FULL } from "../status.js";
import { SUBSCRIBE, UNSUBSCRIBE } from "../wire/packet-type.js";
import { encodeSubscription, setPacketId } from "../wire/subscribe.js";
import { encodeText } from "../wire/text.js";
import { isTopicFilter } from "../wire/topic.js";
import { UNKNOWN } from "./outbox.js";

/** The highest QoS that this client speaks. */
export const MAXIMUM_QOS = 2;

/** The row is not used. */
const FREE = 0;
/** Its packet is to be sent. */
const WANTED = 1;
/** Its packet was sent; the answer is awaited. */
const ASKED = 2;
/** The broker granted it. */
const GRANTED = 3;
/** The broker refused it; it is asked for again with the next session. */
const REFUSED = 4;

/**
 * What the application wants to receive, and how far the broker has agreed. Each row keeps its
 * SUBSCRIBE, or while it is being given up its UNSUBSCRIBE, encoded: a new session sends it again.
 */
export class Subscriptions {
  private readonly packets: Uint8Array[] = [];
  private readonly states: Uint8Array;
  private readonly packetIds: Uint16Array;
  private readonly filters: string[] = [];
  /** Rows that are WANTED: with none, as nearly always, no row is looked at. */
  private wanted = 0;

  /** @param capacity rows, 1 to 255 */
  constructor(capacity: number) {
    this.states = new Uint8Array(capacity);
    this.packetIds = new Uint16Array(capacity);
  }

  /**
   * Wants a filter, or wants it with another QoS. It allocates.
   *
   * @returns the row, or BAD_TOPIC, BAD_ARGUMENT (QoS), TABLE_FULL
   */
  add(filter: string, qos: number): number {
    const bytes = encodeText(filter);
    if (!isTopicFilter(bytes)) return BAD_TOPIC;
    if (qos < 0 || qos > MAXIMUM_QOS) return BAD_ARGUMENT;
    let row = this.rowOf(filter);
    if (row < 0) row = this.states.indexOf(FREE);
    if (row < 0) return TABLE_FULL;
    this.filters[row] = filter;
    this.want(row, encodeSubscription(bytes, qos));
    return row;
  }

  /** Gives a filter up. It allocates. @returns the row, or BAD_ARGUMENT: nobody wanted it */
  remove(filter: string): number {
    const row = this.rowOf(filter);
    if (row < 0) return BAD_ARGUMENT;
    this.want(row, encodeSubscription(encodeText(filter), -1));
    return row;
  }

  /** A connection has begun: what was asked for and not answered is asked again. */
  rewind(isSessionPresent: boolean): void {
    this.wanted = 0;
    for (let row = 0; row < this.states.length; row++) {
      const state = this.states[row];
      if (state === ASKED || (state >= GRANTED && !isSessionPresent)) this.states[row] = WANTED;
      if (this.states[row] === WANTED) this.wanted++;
    }
  }

  /** The next row whose packet is to be sent, or UNKNOWN. */
  next(): number {
    return this.wanted === 0 ? UNKNOWN : this.states.indexOf(WANTED);
  }

  /** The packet of a row, with `packetId` in it. */
  packet(row: number, packetId: number): Uint8Array {
    setPacketId(this.packets[row], packetId);
    this.packetIds[row] = packetId;
    return this.packets[row];
  }

  /** A packet has been written whole. The row may want another one by now: then it stays wanted. */
  asked(row: number, packet: Uint8Array): void {
    if (this.packets[row] !== packet) return;
    this.states[row] = ASKED;
    this.wanted--;
  }

  /** The broker answered a SUBSCRIBE. @returns the row, or UNKNOWN */
  granted(packetId: number, isGranted: boolean): number {
    const row = this.rowAsked(packetId, false);
    if (row >= 0) this.states[row] = isGranted ? GRANTED : REFUSED;
    return row;
  }

  /** The broker answered an UNSUBSCRIBE. @returns the row, or UNKNOWN */
  removed(packetId: number): number {
    const row = this.rowAsked(packetId, true);
    if (row >= 0) this.states[row] = FREE;
    return row;
  }

  /** Tells whether an unanswered packet has this identifier. */
  hasPacketId(packetId: number): boolean {
    return this.rowAsked(packetId, false) >= 0 || this.rowAsked(packetId, true) >= 0;
  }

  private want(row: number, packet: Uint8Array): void {
    this.packets[row] = packet;
    if (this.states[row] !== WANTED) this.wanted++;
    this.states[row] = WANTED;
    this.packetIds[row] = 0;
  }

  private rowOf(filter: string): number {
    for (let row = 0; row < this.states.length; row++) {
      if (this.states[row] !== FREE && this.filters[row] === filter) return row;
    }
    return UNKNOWN;
  }

  private rowAsked(packetId: number, isRemoval: boolean): number {
    for (let row = 0; row < this.states.length; row++) {
      if (this.states[row] !== ASKED || this.packetIds[row] !== packetId) continue;
      if (this.packets[row][0] >> 4 === (isRemoval ? UNSUBSCRIBE : SUBSCRIBE)) return row;
    }
    return UNKNOWN;
  }
}
