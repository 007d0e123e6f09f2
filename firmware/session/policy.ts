import { equalBytes } from "../bytes.js";
import { POLICIES } from "../features.js";
import { CLOSING, OUTBOX_FULL, REPLACED, TOO_LARGE, UNKNOWN } from "../status.js";
import { DROPPED } from "./event.js";
import { compact, finish, nextRecord } from "./outbox.js";
import { ACKNOWLEDGEMENTS, GOODBYE, NOTHING, PACKET } from "./parts.js";
import {
  DONE,
  PRIORITY_MASK,
  PRIORITY_SHIFT,
  QUEUED,
  RECORD,
  STATE,
  STATE_MASK,
} from "./record.js";
import type { Session } from "./session.js";
import { KEEP_LATEST, REFUSE, type Topic } from "./topic.js";

/** Where the name with its length lies in a topic's head. */
const FIELD = 2;

/** Counts a publish that is not taken. @returns `status` */
export function refuse(session: Session, status: number): number {
  "cold";
  session.statistics.refused++;
  return status;
}

/**
 * Makes room for a publish, as its topic's policy allows. Nothing is dropped for one that would be refused
 * all the same.
 *
 * @param size most bytes that its record takes
 * @returns 0, or why it is refused: CLOSING, OUTBOX_FULL, TOO_LARGE
 */
export function makeRoom(session: Session, topic: Topic, size: number): number {
  "cold";
  const outbox = session.outbox;
  let isCompact = false;
  for (;;) {
    // What is told of a drop may have made the application close.
    if (session.isClosing) return refuse(session, CLOSING);
    if (size > outbox.arena.length) return refuse(session, TOO_LARGE);
    if (outbox.tail + size <= outbox.limit && hasPlace(session)) return 0;
    if (!isCompact) {
      compact(session);
      isCompact = true;
      continue;
    }
    const policy = POLICIES ? topic.whenFull : REFUSE;
    const victim = POLICIES && policy !== REFUSE ? findVictim(session, topic, size) : UNKNOWN;
    if (victim < 0) return refuse(session, OUTBOX_FULL);
    finish(session, victim, DROPPED, policy === KEEP_LATEST ? -REPLACED : -OUTBOX_FULL);
    isCompact = false;
  }
}

function hasPlace(session: Session): boolean {
  "cold";
  if (!POLICIES || session.settings.maximumMessages === 0) return true;
  return session.outbox.count < session.settings.maximumMessages;
}

/** The record whose bytes the transport has a part of must stay; any other that was not sent may go. */
function firstUnwritten(session: Session): number {
  "cold";
  const source = session.outbound.source;
  const outbox = session.outbox;
  if (
    source === NOTHING ||
    source === PACKET ||
    source === ACKNOWLEDGEMENTS ||
    source === GOODBYE
  ) {
    return outbox.cursor;
  }
  return nextRecord(outbox.arena, outbox.cursor);
}

/**
 * Finds what gives way, in an outbox that is compact.
 *
 * @returns the unsent record that goes first, or UNKNOWN: all that may go would not make room for `size`
 */
function findVictim(session: Session, topic: Topic, size: number): number {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let found = UNKNOWN;
  let lowest = topic.priority + 1;
  let end = outbox.tail + size;
  for (let record = firstUnwritten(session), next = 0; record < outbox.tail; record = next) {
    const state = arena[record + STATE];
    const priority = (state & PRIORITY_MASK) >> PRIORITY_SHIFT;
    next = nextRecord(arena, record);
    if ((state & STATE_MASK) !== QUEUED) continue;
    if (topic.whenFull === KEEP_LATEST) {
      if (!hasTopic(arena, record, topic)) continue;
      if (found < 0) found = record;
    } else {
      if (priority > topic.priority) continue;
      if (priority < lowest) {
        lowest = priority;
        found = record;
      }
    }
    end -= next - record;
  }
  return end > outbox.limit ? UNKNOWN : found;
}

function hasTopic(arena: Uint8Array, record: number, topic: Topic): boolean {
  "cold";
  let offset = record + RECORD + 1;
  while (arena[offset] > 127) offset++;
  const length = topic.head.length - FIELD;
  if (offset + 1 + length > nextRecord(arena, record)) return false;
  return equalBytes(arena, offset + 1, topic.head, FIELD, length);
}

/**
 * Brings the last record before those of a lower priority that were not sent yet, but never past one of
 * its own: the order of a session that was lost and begun anew is not that of priorities. Records stay in
 * the order in which they are sent, so that a resend keeps it [MQTT-4.6.0-1].
 */
export function promote(session: Session, last: number): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  const priority = arena[last + STATE] & PRIORITY_MASK;
  let place = firstUnwritten(session);
  for (let record = place; record < last; ) {
    const state = arena[record + STATE];
    const stage = state & STATE_MASK;
    const isPassed = stage === DONE || (stage === QUEUED && (state & PRIORITY_MASK) < priority);
    record = nextRecord(arena, record);
    if (!isPassed) place = record;
  }
  if (place >= last) return;
  // Two neighbours change places when each is turned round and then both together.
  reverse(arena, place, last);
  reverse(arena, last, outbox.tail);
  reverse(arena, place, outbox.tail);
}

/** Turns the bytes of a run round. */
export function reverse(bytes: Uint8Array, start: number, end: number): void {
  "cold";
  for (let low = start, high = end - 1; low < high; low++, high--) {
    const byte = bytes[low];
    bytes[low] = bytes[high];
    bytes[high] = byte;
  }
}
