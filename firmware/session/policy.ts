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
import { DROP_OLDEST, KEEP_LATEST, REFUSE, type Topic } from "./topic.js";

/** Where the name with its length lies in a topic's head. */
const FIELD = 2;

/** Counts a publish that is not taken. @returns `status` */
export function refuse(session: Session, status: number): number {
  "cold";
  session.statistics.refused++;
  return status;
}

/**
 * Makes room for a publish, as its topic's policy allows.
 *
 * @param size most bytes that its record takes
 * @returns 0, or why it is refused: CLOSING, OUTBOX_FULL, TOO_LARGE
 */
export function makeRoom(session: Session, topic: Topic, size: number): number {
  "cold";
  const outbox = session.outbox;
  if (session.isClosing) return refuse(session, CLOSING);
  if (size > outbox.arena.length) return refuse(session, TOO_LARGE);
  let isCompact = false;
  while (outbox.tail + size > outbox.limit || !hasPlace(session)) {
    if (!isCompact) {
      compact(session);
      isCompact = true;
      continue;
    }
    const policy = POLICIES ? topic.whenFull : REFUSE;
    const victim = POLICIES && policy !== REFUSE ? findVictim(session, topic) : UNKNOWN;
    if (victim < 0) return refuse(session, OUTBOX_FULL);
    finish(session, victim, DROPPED, policy === KEEP_LATEST ? -REPLACED : -OUTBOX_FULL);
    isCompact = false;
  }
  return 0;
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

/** @returns the unsent record that gives way to a publish to this topic, or UNKNOWN */
function findVictim(session: Session, topic: Topic): number {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let found = UNKNOWN;
  let lowest = topic.priority + 1;
  for (
    let record = firstUnwritten(session);
    record < outbox.tail;
    record = nextRecord(arena, record)
  ) {
    const state = arena[record + STATE];
    if ((state & STATE_MASK) !== QUEUED) continue;
    const priority = (state & PRIORITY_MASK) >> PRIORITY_SHIFT;
    if (topic.whenFull === KEEP_LATEST) {
      if (hasTopic(arena, record, topic)) return record;
    } else if (topic.whenFull === DROP_OLDEST && priority < lowest) {
      lowest = priority;
      found = record;
    }
  }
  return found;
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
