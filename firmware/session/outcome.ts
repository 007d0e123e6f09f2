import { JOURNAL } from "../features.js";
import { UNKNOWN } from "../status.js";
import { PENDING, SENT_OUT } from "./event.js";
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
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    const isDone = (arena[record + STATE] & STATE_MASK) === DONE;
    if (!isDone && tokenOf(session, record) === token) return PENDING;
  }
  if (token < 0) return UNKNOWN; // a status in place of a token is none
  const age = (outbox.published - 1 - token) & 0xffff;
  if (age >= session.outcomeKinds.length || age >= outbox.published) return UNKNOWN;
  const place = token & session.outcomeMask;
  if (session.outcomeNumbers[place] === outbox.published - age) return session.outcomeKinds[place];
  if (JOURNAL && outbox.journal && age >= outbox.published - outbox.journal.published)
    return UNKNOWN;
  // One of the last that had no record was sent as it was made.
  return SENT_OUT;
}

/** The broker's reason code, or minus the status for which it was dropped; 0 where nothing is remembered. */
export function reasonOf(session: Session, token: number): number {
  const outcome = outcomeOf(session, token);
  if (outcome <= SENT_OUT) return 0;
  return session.outcomeReasons[token & session.outcomeMask];
}
