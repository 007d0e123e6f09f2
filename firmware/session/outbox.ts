import { moveBytes } from "../bytes.js";
import { EXPIRY, JOURNAL, OUTCOMES, QOS2, STATISTICS, STREAMS } from "../features.js";
import { UNKNOWN } from "../status.js";
import { ACKNOWLEDGED, DROPPED, EXPIRED, IN_DOUBT, SENT_OUT } from "./event.js";
import { idOf, noteFinished } from "./journal-notes.js";
import { ACKNOWLEDGEMENT_LENGTH, MESSAGE, type Outbox } from "./parts.js";
import {
  DONE,
  EXPIRES,
  LENGTH,
  PACKET_ID,
  QUEUED,
  RECORD,
  RELEASED,
  STATE,
  STATE_MASK,
  STREAMED,
  TOKEN,
} from "./record.js";
import type { Session } from "./session.js";

/** The record behind this one. */
export function nextRecord(arena: Uint8Array, record: number): number {
  return record + RECORD + (arena[record + LENGTH] << 8) + arena[record + LENGTH + 1];
}

/** @returns the record that holds this identifier and is not done, or UNKNOWN */
export function findRecord(outbox: Outbox, packetId: number): number {
  const arena = outbox.arena;
  const low = packetId & 0xff;
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    if (arena[record + PACKET_ID + 1] !== low || arena[record + PACKET_ID] !== packetId >> 8)
      continue;
    if ((arena[record + STATE] & STATE_MASK) !== DONE) return record;
  }
  return UNKNOWN;
}

/** The highest identifiers belong to the subscriptions, one to each row. */
export const LAST_PACKET_ID = 65295;

/** [MQTT-2.3.1-2] Identifiers come in turn, and those in use are left out. */
export function unusedPacketId(outbox: Outbox): number {
  while (outbox.freeIds === 0) findFreeIds(outbox);
  outbox.freeIds--;
  outbox.packetId = outbox.packetId === LAST_PACKET_ID ? 1 : outbox.packetId + 1;
  return outbox.packetId;
}

/** Looks how far ahead the next identifier in use is: up to there none needs to be looked up. */
function findFreeIds(outbox: Outbox): void {
  "cold";
  const arena = outbox.arena;
  let nearest = LAST_PACKET_ID;
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    if ((arena[record + STATE] & STATE_MASK) === DONE) continue;
    const packetId = (arena[record + PACKET_ID] << 8) | arena[record + PACKET_ID + 1];
    if (packetId === 0) continue;
    const ahead = packetId > outbox.packetId ? packetId : packetId + LAST_PACKET_ID;
    if (ahead - outbox.packetId < nearest) nearest = ahead - outbox.packetId;
  }
  outbox.freeIds = nearest - 1;
  // The very next one is in use: it is passed over.
  if (nearest === 1) outbox.packetId = outbox.packetId === LAST_PACKET_ID ? 1 : outbox.packetId + 1;
}

/**
 * Ends a publish, and tells the application how: all but SENT_OUT.
 *
 * @param kind ACKNOWLEDGED, DROPPED, EXPIRED, IN_DOUBT or SENT_OUT
 */
export function finish(session: Session, record: number, kind: number, reason: number): void {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const token = (arena[record + TOKEN] << 8) | arena[record + TOKEN + 1];
  const state = arena[record + STATE];
  const packetId = JOURNAL ? idOf(arena, record) : 0;
  arena[record + STATE] = DONE;
  outbox.count--;
  if (EXPIRY && state & EXPIRES && (state & STATE_MASK) === QUEUED) session.expiring--;
  if (STREAMS && state & STREAMED && session.streams) session.streams.end(token);
  while (outbox.head < outbox.cursor && (arena[outbox.head + STATE] & STATE_MASK) === DONE) {
    outbox.head = nextRecord(arena, outbox.head);
  }
  if (outbox.head === outbox.tail) outbox.head = outbox.tail = outbox.cursor = 0;
  if (OUTCOMES) noteOutcome(session, token, kind, reason);
  if (STATISTICS && kind === ACKNOWLEDGED) session.statistics.acknowledged++;
  if (kind === SENT_OUT) return;
  if (kind === DROPPED) session.statistics.dropped++;
  if (kind === EXPIRED) session.statistics.expired++;
  if (kind === IN_DOUBT) session.statistics.inDoubt++;
  session.reason = reason;
  session.handler.onEvent(kind, token, session.now);
  if (JOURNAL && outbox.journal) noteFinished(session, packetId, token, state);
}

/** Keeps how a publish ended for `outcomeOf`, if it is one of the last. */
function noteOutcome(session: Session, token: number, kind: number, reason: number): void {
  const place = token & session.outcomeMask;
  if (((session.outcomeNumbers[place] - 1) & 0xffff) !== token) return;
  session.outcomeKinds[place] = kind;
  session.outcomeReasons[place] = reason;
}

/** Closes the gaps in the arena. A packet that is being written goes on where it then lies. */
export function compact(session: Session): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let to = 0;
  let cursor = -1;
  for (let record = outbox.head; record < outbox.tail; ) {
    const next = nextRecord(arena, record);
    const state = arena[record + STATE] & STATE_MASK;
    if (record === outbox.cursor) cursor = to;
    if (state !== DONE) {
      let size = next - record;
      // Of a released publish only its PUBREL is left.
      if (QOS2 && state === RELEASED) {
        size = RECORD + ACKNOWLEDGEMENT_LENGTH;
        arena[record + LENGTH] = 0;
        arena[record + LENGTH + 1] = ACKNOWLEDGEMENT_LENGTH;
      }
      moveBytes(arena, record, size, to);
      to += size;
    }
    record = next;
  }
  if (cursor < 0) cursor = to;
  if (session.outbound.source === MESSAGE) session.outbound.offset += cursor - outbox.cursor;
  outbox.head = 0;
  outbox.tail = to;
  outbox.cursor = cursor;
}
