import { copyBytes } from "../bytes.js";
import {
  CONNECT_SENT,
  ESTABLISHED,
  FINISHED,
  type Journal,
  NEXT_ID,
  PUBLISHED,
  RECEIVED,
  SENT_FIRST,
} from "./journal.js";
import { keep, mark, snapshot } from "./journal-write.js";
import { LENGTH, NOTED, PACKET_ID, QUEUED, RECORD, STATE, STATE_MASK, STREAMED } from "./record.js";
import type { Session } from "./session.js";

// What a session tells its journal, each time before anybody else learns of it. What the journal does not
// take is refused, or not acknowledged: the connection ends instead, and none begins before it is written.

/** Writes an entry of two numbers. @returns 0, or why the connection must end */
export function note(session: Session, kind: number, packetId: number, detail: number): number {
  return session.outbox.journal ? mark(session.outbox.journal, kind, packetId, detail) : 0;
}

/**
 * A publish was taken. One that is going to be sent at once counts as sent from the beginning.
 *
 * @returns 0, or why it must be refused
 */
export function noteTaken(session: Session, record: number, isSentAtOnce: boolean): number {
  const journal = session.outbox.journal;
  const arena = session.outbox.arena;
  const packetId = idOf(arena, record);
  if (!journal || packetId === 0) return 0;
  // Its source cannot be kept, so it cannot be sent again; but its identifier may not be used again soon.
  if (arena[record + STATE] & STREAMED) {
    return mark(journal, NEXT_ID, packetId, session.outbox.published & 0xffff);
  }
  if (isSentAtOnce) arena[record + STATE] |= NOTED;
  return keepRecord(session, journal, record);
}

/** Writes a record as it is, with the time, which tells how much of its own is left. */
export function keepRecord(session: Session, journal: Journal, record: number): number {
  const arena = session.outbox.arena;
  const length = RECORD + (arena[record + LENGTH] << 8) + arena[record + LENGTH + 1];
  return keep(journal, PUBLISHED, session.now, arena, record, length);
}

/** A publish is about to be sent. @returns whether it may be */
export function noteSent(session: Session, record: number, state: number): boolean {
  const journal = session.outbox.journal;
  const arena = session.outbox.arena;
  const packetId = idOf(arena, record);
  if (!journal || packetId === 0 || (state & STATE_MASK) !== QUEUED) return true;
  if (state & (NOTED | STREAMED)) return true;
  arena[record + STATE] = state | NOTED;
  const status = mark(journal, SENT_FIRST, packetId, 0);
  if (status === 0) return true;
  arena[record + STATE] = state;
  session.fault = status;
  return false;
}

/**
 * A publish has ended, and the application knows. One that comes to life again does no harm: it is sent, or
 * released, and told once more. By now its identifier may be another's: the token tells them apart.
 */
export function noteFinished(
  session: Session,
  packetId: number,
  token: number,
  state: number,
): void {
  if (packetId !== 0 && (state & STREAMED) === 0) note(session, FINISHED, packetId, token);
}

/** A QoS 2 message is going to be delivered. */
export function noteArrival(journal: Journal, packetId: number): void {
  journal.unkept = packetId;
  copyBytes(journal.state, 0, journal.state.length, journal.stateBefore, 0);
}

/** A QoS 2 message was delivered whole. @returns 0, or why it must not be acknowledged */
export function noteReceived(session: Session, packetId: number): number {
  const journal = session.outbox.journal;
  if (!journal || journal.unkept !== packetId) return 0;
  const state = journal.state;
  journal.unkept = 0;
  return keep(journal, RECEIVED, packetId << 16, state, 0, state.length);
}

/** CONNECT is about to be sent to a broker that may have the session. @returns 0, or why it must not be */
export function noteConnect(session: Session): number {
  "cold";
  const journal = session.outbox.journal;
  if (!journal || session.isPurgeDue || session.settings.isClean) return 0;
  // Here too what could not be written before has to be.
  if (journal.isConnectNoted && !journal.isEndDamaged) return 0;
  journal.isConnectNoted = true;
  return mark(journal, CONNECT_SENT, 0, 0);
}

/**
 * CONNACK has been settled.
 *
 * @param isKept false where that has changed publishes and received messages: all is written anew, at once
 * @returns 0, or why the connection must end
 */
export function noteConnack(session: Session, isKept: boolean): number {
  "cold";
  const journal = session.outbox.journal;
  if (!journal || session.isPurgeDue) return 0;
  journal.isConnectNoted = false;
  return isKept ? mark(journal, ESTABLISHED, 0, 0) : snapshot(journal);
}

export function idOf(arena: Uint8Array, record: number): number {
  return (arena[record + PACKET_ID] << 8) | arena[record + PACKET_ID + 1];
}
