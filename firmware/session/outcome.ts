import { UNKNOWN } from "../status.js";
import { PENDING } from "./event.js";
import { nextRecord } from "./outbox.js";
import { DONE, STATE, STATE_MASK } from "./record.js";
import type { Session } from "./session.js";
import { tokenOf } from "./streams.js";

/**
 * How the publish with this token ended.
 *
 * @returns PENDING, SENT_OUT, ACKNOWLEDGED, EXPIRED, DROPPED or IN_DOUBT; UNKNOWN when it ended too long
 *   ago: only the last ones, `outcomeCapacity` of them, are remembered
 */
export function outcomeOf(session: Session, token: number): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  if (isRemembered(session, token)) {
    return session.outcomeKinds[token & (session.outcomeKinds.length - 1)];
  }
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    const isDone = (arena[record + STATE] & STATE_MASK) === DONE;
    if (!isDone && tokenOf(session, record) === token) return PENDING;
  }
  return UNKNOWN;
}

/** The broker's reason code, or minus the status for which it was dropped; 0 where nothing is remembered. */
export function reasonOf(session: Session, token: number): number {
  if (!isRemembered(session, token)) return 0;
  return session.outcomeReasons[token & (session.outcomeReasons.length - 1)];
}

function isRemembered(session: Session, token: number): boolean {
  return ((session.outbox.token - token) & 0xffff) < session.outcomeKinds.length;
}
