import { copyBytes } from "../bytes.js";
import { EXPIRY, OUTCOMES, POLICIES, QOS2, V5 } from "../features.js";
import { encodeUint16, encodeUint32 } from "../wire/field.js";
import { PUBREL_BYTE } from "../wire/packet-type.js";
import {
  ANSWERED_ROW,
  BODY,
  COMPLETED,
  CONNECT_SENT,
  ESTABLISHED,
  FINISHED,
  type Journal,
  NEXT_ID,
  PUBLISHED,
  RECEIVED,
  RECORDED,
  SENT_FIRST,
  SESSION,
  STATE_KEPT,
  WANTED_ROW,
} from "./journal.js";
import { idOf } from "./journal-notes.js";
import { nextEntry, openJournal } from "./journal-read.js";
import { compact, findRecord, nextRecord } from "./outbox.js";
import { ACKNOWLEDGEMENT_LENGTH } from "./parts.js";
import { promote } from "./policy.js";
import {
  ALIAS,
  DONE,
  EXPIRES,
  EXPIRES_AT,
  LENGTH,
  NOTED,
  PACKET_ID,
  PRIORITY_MASK,
  QUEUED,
  RECORD,
  RELEASED,
  SENT,
  STATE,
  STATE_MASK,
  TOKEN,
} from "./record.js";
import type { Session } from "./session.js";
import { tokenOf } from "./streams.js";
import { answerRow, restoreRow } from "./subscriptions.js";

/** Fills a new session with what its journal has kept of an earlier life. */
export function restore(session: Session, journal: Journal, identity: number): void {
  "cold";
  let isOwn = openJournal(journal);
  let isEstablished = false;
  for (let kind = nextEntry(journal); kind !== 0; kind = nextEntry(journal)) {
    const numbers = (journal.packetId << 16) | journal.detail;
    if (kind === SESSION) isOwn = numbers === identity;
    if (!isOwn) continue;
    if (kind === ESTABLISHED) {
      isEstablished = true;
      journal.isConnectNoted = false;
    } else if (kind === CONNECT_SENT) journal.isConnectNoted = true;
    else if (kind === PUBLISHED) restorePublish(session, journal, numbers);
    else if (kind < RECEIVED) restoreChange(session, journal, kind);
    else restoreRest(session, journal, kind);
  }
  compact(session);
  // Another's session is void: the next entry begins with a snapshot of this one.
  if (!isOwn) journal.isEndDamaged = true;
  session.isPurgeDue = !session.settings.isClean && (!isEstablished || journal.isDamaged);
  // As if CONNACK had not come: it may not have.
  session.isAnswerDue = journal.isConnectNoted;
  session.outbox.freeIds = 0; // those in use are looked up
  journal.published = session.outbox.published;
  if (OUTCOMES) expectOutcomes(session);
}

/** Of the publishes of an earlier life only those have an outcome to come that are still here. */
function expectOutcomes(session: Session): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  session.outcomeNumbers.fill(0);
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    const token = tokenOf(session, record);
    const age = (outbox.published - 1 - token) & 0xffff;
    session.outcomeNumbers[token & session.outcomeMask] = outbox.published - age;
  }
}

/** @param clock when the entry was written: times in it are told from there */
function restorePublish(session: Session, journal: Journal, clock: number): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = makePlace(session, journal.length);
  if (record < 0) return;
  copyBytes(journal.bytes, BODY, journal.length, arena, record);
  let state = arena[record + STATE];
  if (state & NOTED && (state & STATE_MASK) === QUEUED) state |= SENT;
  arena[record + STATE] = state;
  if (V5) arena[record + ALIAS] = 0; // aliases are given anew
  if (EXPIRY && state & EXPIRES) {
    const left = (timeOf(arena, record) - clock) | 0;
    encodeUint32(left, arena, record + EXPIRES_AT);
    if ((state & STATE_MASK) === QUEUED) countExpiring(session, left);
  }
  outbox.packetId = idOf(arena, record);
  outbox.published = tokenOf(session, record) + 1;
  const isFirst = POLICIES && (state & PRIORITY_MASK) !== 0 && (state & STATE_MASK) === QUEUED;
  if (isFirst) promote(session, record);
}

/** Makes the last record, without its content. @returns where it is, or -1: the arena has become too small */
function makePlace(session: Session, length: number): number {
  "cold";
  const outbox = session.outbox;
  if (outbox.tail + length > outbox.arena.length) compact(session);
  if (outbox.tail + length > outbox.arena.length) {
    session.statistics.dropped++;
    return -1;
  }
  const record = outbox.tail;
  outbox.tail += length;
  outbox.count++;
  return record;
}

function countExpiring(session: Session, left: number): void {
  "cold";
  if (session.expiring === 0 || left < session.expiresAt) session.expiresAt = left;
  session.expiring++;
}

export function timeOf(arena: Uint8Array, record: number): number {
  "cold";
  const at = record + EXPIRES_AT;
  return (arena[at] << 24) | (arena[at + 1] << 16) | (arena[at + 2] << 8) | arena[at + 3];
}

/** What has become of a publish, or of a row. */
function restoreChange(session: Session, journal: Journal, kind: number): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  if (kind === WANTED_ROW) {
    restoreRow(session, journal.bytes, BODY, journal.length);
    return;
  }
  if (kind === ANSWERED_ROW) {
    answerRow(session, journal.packetId, journal.detail);
    return;
  }
  let record = findRecord(outbox, journal.packetId);
  if (record < 0 && kind === RECORDED) record = makeReleased(session, journal);
  if (record < 0 || (kind === FINISHED && tokenOf(session, record) !== journal.detail)) return;
  const state = arena[record + STATE];
  if (EXPIRY && state & EXPIRES && (state & STATE_MASK) === QUEUED) session.expiring--;
  if (kind === SENT_FIRST) arena[record + STATE] = state | SENT;
  else if (QOS2 && kind === RECORDED) releaseRecord(arena, record);
  else {
    arena[record + STATE] = DONE;
    outbox.count--;
  }
}

/** Of the packet only its PUBREL is left. */
function releaseRecord(arena: Uint8Array, record: number): void {
  "cold";
  arena[record + STATE] = RELEASED;
  arena[record + RECORD] = PUBREL_BYTE;
  arena[record + RECORD + 1] = ACKNOWLEDGEMENT_LENGTH - 2;
  arena[record + RECORD + 2] = arena[record + PACKET_ID];
  arena[record + RECORD + 3] = arena[record + PACKET_ID + 1];
}

/** Of a released publish a snapshot holds two numbers. */
function makeReleased(session: Session, journal: Journal): number {
  "cold";
  const arena = session.outbox.arena;
  const record = makePlace(session, RECORD + ACKNOWLEDGEMENT_LENGTH);
  if (record < 0) return record;
  encodeUint16(ACKNOWLEDGEMENT_LENGTH, arena, record + LENGTH);
  encodeUint16(journal.packetId, arena, record + PACKET_ID);
  encodeUint16(journal.detail, arena, record + TOKEN);
  arena[record + STATE] = SENT;
  return record;
}

/** What is not of the outbox. */
function restoreRest(session: Session, journal: Journal, kind: number): void {
  "cold";
  const received = session.inbound.received;
  const packetId = journal.packetId;
  if (kind === RECEIVED) {
    const place = received.indexOf(0);
    if (place >= 0 && received.indexOf(packetId) < 0) received[place] = packetId;
  }
  if (kind === COMPLETED) {
    const place = received.indexOf(packetId);
    if (place >= 0) received[place] = 0;
  }
  if (kind === NEXT_ID) {
    session.outbox.packetId = packetId;
    session.outbox.published = journal.detail;
  }
  if (kind === RECEIVED || kind === STATE_KEPT) {
    const state = journal.state;
    const length = journal.length < state.length ? journal.length : state.length;
    copyBytes(journal.bytes, BODY, length, state, 0);
  }
}
