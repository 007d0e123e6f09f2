import { copyBytes, moveBytes } from "../bytes.js";
import { QUEUE_COUNT, queueOf, URGENT, URGENT_QUEUE } from "./channel.js";
import { DATA_FRAME, FIRST_FLAG, LAST_FLAG, MAXIMUM_WINDOW, PAYLOAD } from "./frame.js";
import { FrameSize } from "./frame-size.js";
import type { LinkMemory } from "./memory.js";
import type { LinkOptions } from "./options.js";
import { RoundTrip } from "./round-trip.js";
import type { LinkStatistics } from "./statistics.js";

/** No slot. */
export const NONE = 255;
/** The table of numbers wraps with this mask: it holds twice the largest window's frames. */
const NUMBERS = 2 * MAXIMUM_WINDOW - 1;

// How far the frame is whose round trip is measured.
const UNTIMED = 0;
/** The port has begun to take it. */
const LEAVING = 1;
/** The port has taken the last of it. */
const LEFT = 2;

/**
 * The frames given to the link and not yet acknowledged. A frame has a slot from `put` on, and a number from the moment it
 * first goes on the wire, so that urgent ones can overtake those that wait.
 *
 * A frame counts as lost only on evidence. The wire keeps the order: when a later transmission has arrived and this one
 * has not, it never will. So nothing is sent twice for impatience.
 */
export class Outgoing {
  /** The oldest frame that the peer has not acknowledged. */
  unacknowledged = 0;
  /** The number of the next frame to go on the wire for the first time. */
  next = 0;
  /** Frames on the wire, or lost, of which the peer is not known to have them. */
  outstanding = 0;
  /** Frames that wait for a number. */
  queued = 0;
  /** What the peer's port is known to have handed over, as a count of bytes that `commit` was told. */
  provenBytes = 0;
  readonly roundTrip = new RoundTrip();
  readonly size = new FrameSize();
  private readonly window: number;
  private readonly maximumPayload: number;
  private readonly statistics: LinkStatistics;
  /** The peer's credit: the first frame it does not yet want. */
  private limit = 0;
  /** Credit that only urgent frames may use: a peer that takes several leaves one for them. */
  private reserve = 0;
  private lost = 0;
  /** Counts what goes on the wire and can be known to have arrived: DATA and PING. */
  private turn = 0;
  /** The latest of those that has arrived for certain. */
  private heardTurn = 0;
  /** Frames went out in the order of their numbers since the last time that all were acknowledged. */
  private isInOrder = true;
  private timing = UNTIMED;
  private timedSlot = NONE;
  private timedAt = 0;
  /** The port has not taken the last of it: it must not be written to. */
  private busy = NONE;

  private readonly bytes: Uint8Array;
  private readonly places: number;
  private readonly placeBytes: number;
  private readonly types: Uint8Array;
  private readonly lengths: Uint8Array;
  private readonly isLost: Uint8Array;
  private readonly numbers: Int32Array;
  private readonly turns: Int32Array;
  private readonly ends: Int32Array;
  /** Slot by number; NONE for a frame that has arrived. */
  private readonly slots = new Uint8Array(NUMBERS + 1);
  /** The chains of the free list and of the queues. */
  private readonly after: Uint8Array;
  private readonly heads = new Uint8Array(QUEUE_COUNT);
  private readonly tails = new Uint8Array(QUEUE_COUNT);
  private free = NONE;
  private freeCount = 0;

  constructor(options: LinkOptions, memory: LinkMemory, statistics: LinkStatistics) {
    const window = options.window;
    this.window = window;
    this.maximumPayload = options.maximumPayload;
    this.bytes = memory.bytes;
    this.places = memory.places;
    this.placeBytes = memory.placeBytes;
    this.statistics = statistics;
    this.types = new Uint8Array(window);
    this.lengths = new Uint8Array(window);
    this.isLost = new Uint8Array(window);
    this.numbers = new Int32Array(window);
    this.turns = new Int32Array(window);
    this.ends = new Int32Array(window);
    this.after = new Uint8Array(window);
  }

  /** Starts a new session: what was not acknowledged in the old one is void. */
  restart(peerPayload: number, peerWindow: number): void {
    this.statistics.framesVoided += this.outstanding + this.queued;
    this.unacknowledged = 0;
    this.next = 0;
    this.outstanding = 0;
    this.queued = 0;
    this.lost = 0;
    this.limit = peerWindow;
    this.reserve = peerWindow > 1 ? 1 : 0;
    this.isInOrder = true;
    this.timing = UNTIMED;
    this.busy = NONE;
    this.provenBytes = 0;
    this.size.restart(Math.min(peerPayload, this.maximumPayload));
    this.isLost.fill(0);
    this.heads.fill(NONE);
    this.free = NONE;
    this.freeCount = 0;
    for (let slot = this.window - 1; slot >= 0; slot--) this.release(slot);
  }

  /** Tells whether a frame of any channel would be taken. */
  get hasRoom(): boolean {
    if (this.free === this.busy) return false;
    return this.freeCount > 1 || (this.freeCount === 1 && this.window === 1);
  }

  /** Tells whether a frame of URGENT would be taken. */
  get hasUrgentRoom(): boolean {
    return this.freeCount > 0 && this.free !== this.busy;
  }

  /** Tells whether only fresh credit from the peer can set anything moving. */
  get needsCredit(): boolean {
    return this.queued > 0 && this.outstanding === 0 && this.pick() === NONE;
  }

  /**
   * Takes the payload of one frame.
   *
   * @returns bytes taken, 0 when there is no room
   */
  put(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number {
    const isRoom = channel === URGENT ? this.hasUrgentRoom : this.hasRoom;
    if (!isRoom) return 0;
    const slot = this.free;
    const limit = this.size.limit;
    const taken = length < limit ? length : limit;
    const to = this.places + slot * this.placeBytes + PAYLOAD;
    this.free = this.after[slot];
    this.freeCount--;
    if (bytes === this.bytes) moveBytes(bytes, offset, taken, to);
    else copyBytes(bytes, offset, taken, this.bytes, to);
    this.lengths[slot] = taken;
    this.types[slot] =
      DATA_FRAME |
      (channel << 2) |
      (first ? FIRST_FLAG : 0) |
      (last && taken === length ? LAST_FLAG : 0);
    const queue = queueOf(channel);
    if (this.heads[queue] === NONE) this.heads[queue] = slot;
    else this.after[this.tails[queue]] = slot;
    this.tails[queue] = slot;
    this.after[slot] = NONE;
    this.queued++;
    return taken;
  }

  /** The slot of the frame to put on the wire next, or NONE: what was lost, then what is urgent, then the rest. */
  pick(): number {
    if (this.lost > 0) return this.firstLost();
    if (this.queued === 0) return NONE;
    const room = (this.limit - this.next) | 0;
    if (room <= 0 || ((this.next - this.unacknowledged) | 0) >= MAXIMUM_WINDOW) return NONE;
    const heads = this.heads;
    if (heads[URGENT_QUEUE] !== NONE) return heads[URGENT_QUEUE];
    if (room <= this.reserve) return NONE;
    for (let queue = 1; queue < QUEUE_COUNT; queue++) {
      if (heads[queue] !== NONE) return heads[queue];
    }
    return NONE;
  }

  placeOf(slot: number): number {
    return this.places + slot * this.placeBytes;
  }

  typeOf(slot: number): number {
    return this.types[slot];
  }

  lengthOf(slot: number): number {
    return this.lengths[slot];
  }

  /**
   * The frame that `pick` told goes on the wire now.
   *
   * @param length on the wire
   * @param end    bytes written to the port since the link began, this frame included
   * @returns its number
   */
  commit(slot: number, length: number, end: number): number {
    this.turn = (this.turn + 1) | 0;
    this.turns[slot] = this.turn;
    this.ends[slot] = end;
    this.busy = slot;
    this.size.count(length);
    if (this.isLost[slot] !== 0) {
      this.isLost[slot] = 0;
      this.lost--;
      this.isInOrder = false;
      this.statistics.resends++;
      return this.numbers[slot];
    }
    const queue = queueOf((this.types[slot] >> 2) & 7);
    this.heads[queue] = this.after[slot];
    this.queued--;
    this.outstanding++;
    const number = this.next;
    this.next = (number + 1) | 0;
    this.numbers[slot] = number;
    this.slots[number & NUMBERS] = slot;
    if (this.timing === UNTIMED) {
      this.timing = LEAVING;
      this.timedSlot = slot;
    }
    return number;
  }

  /** A PING goes on the wire now. @returns its turn, whose low 8 bits are the token */
  commitPing(): number {
    this.turn = (this.turn + 1) | 0;
    return this.turn;
  }

  /** The port has taken the last byte of the frame that was committed last. */
  handleTaken(now: number): void {
    const slot = this.busy;
    this.busy = NONE;
    if (slot === NONE) return;
    if (this.timing === LEAVING && this.timedSlot === slot) {
      this.timing = LEFT;
      this.timedAt = now;
    }
  }

  /**
   * Frees what the peer has, and notes its credit, which never shrinks.
   *
   * @returns false when the acknowledgement is impossible: the frame that carried it is stale
   */
  acknowledge(acknowledgement: number, limit: number, now: number): boolean {
    let number = this.unacknowledged;
    const freed = (acknowledgement - number) | 0;
    if (freed < 0 || freed > ((this.next - number) | 0)) return false;
    while (number !== acknowledgement) {
      const slot = this.slots[number & NUMBERS];
      if (slot !== NONE) this.handleArrived(slot, now);
      number = (number + 1) | 0;
    }
    this.unacknowledged = number;
    const credit = (limit - acknowledgement) | 0;
    if (credit <= MAXIMUM_WINDOW && ((limit - this.limit) | 0) > 0) this.limit = limit;
    if (this.outstanding === 0) this.isInOrder = true;
    return true;
  }

  /** Frees what the peer keeps behind the frame it expects: a bit for each, as `Incoming.writeHeld` tells them. */
  handleHeld(bytes: Uint8Array, offset: number, length: number, now: number): void {
    for (let i = 0; i < length * 8; i++) {
      const number = (this.unacknowledged + 1 + i) | 0;
      if (((this.next - number) | 0) <= 0) return;
      if ((bytes[offset + (i >> 3)] & (1 << (i & 7))) === 0) continue;
      const slot = this.slots[number & NUMBERS];
      if (slot === NONE) continue;
      this.handleArrived(slot, now);
      this.slots[number & NUMBERS] = NONE;
    }
  }

  /** What went on the wire in that turn has arrived. */
  handleTurn(turn: number): void {
    if (((turn - this.heardTurn) | 0) > 0) this.heardTurn = turn;
  }

  /**
   * Finds what went on the wire before something that has arrived, and has not arrived itself.
   *
   * @param isTold the frame that was heard told what came early; else only of the oldest is it known that it is missing
   */
  findLost(isTold: boolean): void {
    if (this.outstanding === 0) return;
    const first = this.slots[this.unacknowledged & NUMBERS];
    // Numbers went out in order: none of the others can be older than the first.
    if (first !== NONE && this.isInOrder && ((this.turns[first] - this.heardTurn) | 0) > 0) return;
    const end = isTold ? this.next : (this.unacknowledged + 1) | 0;
    for (let number = this.unacknowledged; number !== end; number = (number + 1) | 0) {
      const slot = this.slots[number & NUMBERS];
      if (slot === NONE || this.isLost[slot] !== 0) continue;
      if (((this.turns[slot] - this.heardTurn) | 0) >= 0) continue;
      this.lose(slot);
      this.size.countLoss();
    }
    this.statistics.payloadLimit = this.size.limit;
  }

  /** After silence nobody knows what arrived: everything unacknowledged goes out again. */
  goBack(): void {
    this.busy = NONE;
    for (let number = this.unacknowledged; number !== this.next; number = (number + 1) | 0) {
      const slot = this.slots[number & NUMBERS];
      if (slot !== NONE && this.isLost[slot] === 0) this.lose(slot);
    }
  }

  private lose(slot: number): void {
    this.isLost[slot] = 1;
    this.lost++;
    if (this.timedSlot === slot) this.timing = UNTIMED;
  }

  private firstLost(): number {
    for (let number = this.unacknowledged; number !== this.next; number = (number + 1) | 0) {
      const slot = this.slots[number & NUMBERS];
      if (slot !== NONE && this.isLost[slot] !== 0) return slot;
    }
    return NONE;
  }

  private handleArrived(slot: number, now: number): void {
    this.handleTurn(this.turns[slot]);
    if (((this.ends[slot] - this.provenBytes) | 0) > 0) this.provenBytes = this.ends[slot];
    if (this.isLost[slot] !== 0) {
      this.isLost[slot] = 0;
      this.lost--;
    }
    if (this.timing === LEFT && this.timedSlot === slot) {
      this.roundTrip.measure((now - this.timedAt) | 0);
      this.statistics.roundTripMs = this.roundTrip.smoothedMs;
      this.timing = UNTIMED;
    } else if (this.timedSlot === slot) this.timing = UNTIMED;
    this.outstanding--;
    this.release(slot);
  }

  private release(slot: number): void {
    this.after[slot] = this.free;
    this.free = slot;
    this.freeCount++;
  }
}
