import { JOURNAL, V5 } from "../features.js";
import {
  QUOTA_EXCEEDED,
  REFUSED,
  TABLE_FULL,
  TRANSPORT_CLOSED,
  TRANSPORT_FAILED,
} from "../status.js";
import { SESSION_TAKEN_OVER } from "../wire/reason-code.js";
import { CLOSED_EVENT, DISCONNECTED_EVENT } from "./event.js";
import { sayWhy } from "./goodbye5.js";
import { greet } from "./handshake.js";
import { startRestored } from "./journal-state.js";
import { pump } from "./outbound.js";
import { BUSY, NOTHING } from "./parts.js";
import { CONNECTED, LEAVING, LEFT, OPENING, type Session, STOPPED, WAITING } from "./session.js";

/** CONNACK codes of 3.1.1 that time alone will hardly heal: version, identifier, credentials, authorisation. */
const LASTING_REFUSALS = 0b110110;
/** Those of MQTT 5, from 0x80 on; and the use of another server. */
const LASTING_REFUSALS_5 = 0x300014f0;
/** So many connections in a row that ended soon look like two clients with one identifier. */
const SHORT_LIVES = 5;

/** Begins to connect, and stays connected until `close`; a `close` that is under way is taken back. */
export function start(session: Session, now: number): void {
  "cold";
  session.now = now;
  session.isClosing = false;
  if (JOURNAL && session.outbox.journal) startRestored(session);
  session.outbox.limit = session.outbox.arena.length;
  if (session.phase === STOPPED) connect(session);
  else handleWritable(session, now);
}

/**
 * Ends the connection in order: takes no new publishes, waits for acknowledgements, sends DISCONNECT.
 * CLOSED_EVENT follows, within `deadlineMs`, never before this returns. Nor does DISCONNECT: a message
 * from within which this is called is acknowledged first.
 */
export function close(session: Session, deadlineMs: number, now: number): void {
  "cold";
  if (session.phase === STOPPED || session.isClosing) return;
  const isDone = session.phase !== CONNECTED && session.outbox.count === 0;
  session.isClosing = true;
  session.outbox.limit = 0;
  session.outbox.idle = BUSY;
  session.closeAt = (now + (isDone ? 0 : deadlineMs)) | 0;
}

/** Ends the connection without DISCONNECT, so that the broker publishes the will. CLOSED_EVENT follows. */
export function abandon(session: Session, now: number): void {
  "cold";
  session.now = now;
  if (session.phase !== STOPPED) stop(session);
}

/** The transport is open. */
export function handleOpen(session: Session, now: number): void {
  "cold";
  if (session.phase !== OPENING) return;
  session.now = now;
  greet(session);
  handleWritable(session, now);
}

/** The transport has room, or something else may have come to be sent. */
export function handleWritable(session: Session, now: number): void {
  session.now = now;
  pump(session);
  if (session.isClosing && session.phase === CONNECTED && session.outbox.count === 0) {
    session.phase = LEAVING;
    session.dueAt = (now + session.settings.answerMs) | 0;
    pump(session);
  }
  if (session.fault < 0) fail(session, session.fault);
  else if (session.phase === LEFT) leave(session);
}

/** The transport has ended or could not be opened. */
export function handleClose(session: Session, now: number): void {
  "cold";
  session.now = now;
  if (session.phase >= OPENING) {
    fail(session, session.phase === OPENING ? TRANSPORT_FAILED : TRANSPORT_CLOSED);
  }
}

export function connect(session: Session): void {
  "cold";
  session.phase = OPENING;
  session.dueAt = (session.now + session.settings.openMs) | 0;
  session.transport.open();
}

/** DISCONNECT is written: the purge of an earlier life is over, or the client's own. */
function leave(session: Session): void {
  "cold";
  if (session.isClosing) {
    session.closeAt = session.now;
    return;
  }
  end(session);
  session.dueAt = session.now;
}

/** The connection is over; the session stays. */
function end(session: Session): void {
  "cold";
  const outbound = session.outbound;
  const outbox = session.outbox;
  session.transport.close();
  session.phase = WAITING;
  session.fault = 0;
  outbound.source = NOTHING;
  outbound.ackFill = outbound.wanted = outbound.ping = 0;
  outbox.idle = BUSY;
  outbox.cursor = outbox.head;
  outbox.inFlight = 0;
}

/** Ends the connection for a fault, and waits before the next. */
export function fail(session: Session, status: number): void {
  "cold";
  const wasConnected = session.phase >= CONNECTED;
  if (V5) sayWhy(session, status);
  end(session);
  if (status !== REFUSED) session.reason = 0;
  if (wasConnected) countLife(session, status);
  const isOver = isTakenOver(session, wasConnected);
  if (isOver) session.statistics.takenOver++;
  session.statistics.failures++;
  session.dueAt = (session.now + nextWait(session, isOver || isLasting(session))) | 0;
  session.handler.onEvent(DISCONNECTED_EVENT, status, session.now);
}

/**
 * A connection that lived long enough ends a series of failures, and so does one that the client ended
 * because the broker sent more messages than there is room for: each brings some further.
 */
function countLife(session: Session, status: number): void {
  "cold";
  const isFull = status === TABLE_FULL || status === QUOTA_EXCEEDED;
  if (isFull || ((session.now - session.connectedAt) | 0) >= session.settings.stableMs) {
    session.failures = session.shortLives = 0;
  } else if (status === TRANSPORT_CLOSED) session.shortLives++;
}

/** Two boards with one identity must not fight for ever. */
function isTakenOver(session: Session, wasConnected: boolean): boolean {
  "cold";
  if (!wasConnected) return false;
  return session.reason === SESSION_TAKEN_OVER || session.shortLives >= SHORT_LIVES;
}

function isLasting(session: Session): boolean {
  "cold";
  const code = session.reason;
  if (V5 && session.version5)
    return code >= 0x80 && ((LASTING_REFUSALS_5 >>> (code - 0x80)) & 1) === 1;
  return ((LASTING_REFUSALS >> code) & 1) === 1;
}

/**
 * Exponential growth with full jitter: each wait is drawn from zero up to a bound that doubles. Boards
 * that lost their broker together so come back apart.
 */
function nextWait(session: Session, isSlow: boolean): number {
  "cold";
  const settings = session.settings;
  const cap = isSlow ? settings.refusedMs : settings.capMs;
  let bound = isSlow ? cap : settings.baseMs;
  for (let i = 0; i < session.failures && bound < cap; i++) bound *= 2;
  if (bound > cap) bound = cap;
  session.failures++;
  return Math.floor((session.random() / 0x100000000) * bound);
}

export function stop(session: Session): void {
  "cold";
  end(session);
  session.phase = STOPPED;
  session.handler.onEvent(CLOSED_EVENT, session.outbox.count, session.now);
}
