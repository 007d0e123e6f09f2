import { crc32 } from "../crc.js";
import { EXPIRY } from "../features.js";
import { MALFORMED } from "../status.js";
import { encodeUint32 } from "../wire/field.js";
import { encodeText } from "../wire/text.js";
import { RESTORED_EVENT } from "./event.js";
import {
  CONNECT_SENT,
  ESTABLISHED,
  type Journal,
  NEXT_ID,
  newJournal,
  RECEIVED,
  RECORDED,
  SESSION,
  STATE_KEPT,
} from "./journal.js";
import { idOf, keepRecord } from "./journal-notes.js";
import { restore, timeOf } from "./journal-restore.js";
import { keep, mark } from "./journal-write.js";
import type { ClientOptions } from "./options.js";
import { nextRecord } from "./outbox.js";
import {
  DONE,
  EXPIRES,
  EXPIRES_AT,
  RECORD,
  RELEASED,
  STATE,
  STATE_MASK,
  STREAMED,
} from "./record.js";
import type { Session } from "./session.js";
import { tokenOf } from "./streams.js";
import { keepRows } from "./subscriptions.js";

/** Of `outbox.limit`: nothing is taken before `start`, since a journal knows no clock. */
const NOT_STARTED = -1;

/** Gives a new session the journal that its options name, and what that has kept. @returns it */
export function attachJournal(session: Session, options: ClientOptions): Session {
  "cold";
  const given = options.journal;
  if (!given) return session;
  const identity = identityOf(options);
  const source = { writeState: (journal: Journal) => writeState(session, journal, identity) };
  const journal = newJournal(given.store, source, given.buffer, given.state ?? new Uint8Array(0));
  session.outbox.journal = journal;
  session.outbox.limit = NOT_STARTED;
  session.isClosing = true;
  restore(session, journal, identity);
  return session;
}

/** Whose session it is, and how its records are made: another's is void. */
function identityOf(options: ClientOptions): number {
  "cold";
  const clientId = encodeText(options.clientId);
  const version = options.protocolVersion ?? 4;
  return crc32(clientId, 0, clientId.length) ^ (RECORD << 8) ^ version;
}

/**
 * A client starts, perhaps for the first time: then its clock is known at last, and what may expire does so
 * from now on. The application learns what was kept.
 */
export function startRestored(session: Session): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  if (outbox.limit !== NOT_STARTED) return;
  outbox.limit = arena.length;
  let record = outbox.head;
  for (; EXPIRY && record < outbox.tail; record = nextRecord(arena, record)) {
    if ((arena[record + STATE] & EXPIRES) === 0) continue;
    encodeUint32((timeOf(arena, record) + session.now) | 0, arena, record + EXPIRES_AT);
  }
  session.expiresAt = (session.expiresAt + session.now) | 0;
  session.reason = outbox.journal?.isDamaged ? -MALFORMED : 0;
  session.handler.onEvent(RESTORED_EVENT, outbox.count, session.now);
}

/** The session as a snapshot. */
function writeState(session: Session, journal: Journal, identity: number): number {
  "cold";
  const outbox = session.outbox;
  const state = journal.unkept === 0 ? journal.state : journal.stateBefore;
  let status = mark(journal, SESSION, identity >>> 16, identity & 0xffff);
  if (status === 0 && !session.isPurgeDue) status = mark(journal, ESTABLISHED, 0, 0);
  if (status === 0 && journal.isConnectNoted) {
    status = mark(journal, CONNECT_SENT, 0, 0);
  }
  if (status === 0 && state.length > 0) {
    status = keep(journal, STATE_KEPT, 0, state, 0, state.length);
  }
  if (status === 0) status = keepRows(session, journal);
  if (status === 0) status = keepReceived(session, journal);
  if (status === 0) status = keepOutbox(session, journal);
  return status < 0 ? status : mark(journal, NEXT_ID, outbox.packetId, outbox.published & 0xffff);
}

/** All but the message that is being delivered, of which the application's state may tell in part. */
function keepReceived(session: Session, journal: Journal): number {
  "cold";
  const received = session.inbound.received;
  for (let place = 0; place < received.length; place++) {
    const packetId = received[place];
    if (packetId === 0 || packetId === journal.unkept) continue;
    const status = mark(journal, RECEIVED, packetId, 0);
    if (status < 0) return status;
  }
  return 0;
}

function keepOutbox(session: Session, journal: Journal): number {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  for (let record = outbox.head; record < outbox.tail; record = nextRecord(arena, record)) {
    const state = arena[record + STATE];
    const stage = state & STATE_MASK;
    const packetId = idOf(arena, record);
    let status = 0;
    if (stage === RELEASED) status = mark(journal, RECORDED, packetId, tokenOf(session, record));
    else if (stage !== DONE && packetId !== 0 && (state & STREAMED) === 0) {
      status = keepRecord(session, journal, record);
    }
    if (status < 0) return status;
  }
  return 0;
}
