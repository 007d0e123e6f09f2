import { copyBytes } from "../bytes.js";
import { CHECKS, ECMA_IO, EXPIRY, JOURNAL, OUTCOMES, POLICIES, STREAMS, V5 } from "../features.js";
import { BAD_ARGUMENT } from "../status.js";
import type { PairTransport } from "../transport.js";
import { encodeVarint, varintSize } from "../wire/field.js";
import { QOS_MASK, RETAIN } from "../wire/packet-type.js";
import { assignAlias } from "./aliases.js";
import { setExpiry } from "./expiry.js";
import { noteTaken } from "./journal-notes.js";
import { pump } from "./outbound.js";
import { unusedPacketId } from "./outbox.js";
import { BUSY, IDLE_PAIRS, IDLE_PAIRS_5, MESSAGE } from "./parts.js";
import { makeRoom, promote, refuse } from "./policy.js";
import {
  ALIAS,
  EXPIRES,
  LENGTH,
  PACKET_ID,
  PRIORITY_SHIFT,
  QUEUED,
  RECORD,
  SENT,
  STATE,
  STREAMED,
  TOKEN,
} from "./record.js";
import { publishFault } from "./server-limits.js";
import { CONNECTED, type Session } from "./session.js";
import type { Topic } from "./topic.js";

/** Remaining Length takes one byte up to this. */
const SHORT = 127;
/** First byte and Remaining Length of a short PUBLISH. */
const SHORT_HEADER = 2;

/**
 * Publishes: into the outbox at once, to the broker when it can be. It never waits.
 *
 * @param payload borrowed during the call; its first `length` bytes count
 * @returns a token, 0 to 65535, or CLOSING, OUTBOX_FULL, TOO_LARGE, UNSUPPORTED, BAD_ARGUMENT
 */
export function publish(
  session: Session,
  topic: Topic,
  payload: Uint8Array,
  length: number,
  now: number,
): number {
  const outbox = session.outbox;
  const idle = outbox.idle;
  // With nothing before it, a short publish at QoS 0 needs no room where the transport joins two arrays.
  if (ECMA_IO && idle >= IDLE_PAIRS && length > 0 && payload.length === length) {
    const isV5 = V5 && idle === IDLE_PAIRS_5;
    const size = length + (isV5 ? topic.headLength5 : topic.headLength);
    if (size <= SHORT) {
      const head = isV5 ? topic.head5 : topic.head;
      head[1] = size - SHORT_HEADER;
      // That it can is what such idleness means.
      if ((session.transport as PairTransport).writePair(head, payload, size)) {
        session.lastSent = now;
        return outbox.published++ & 0xffff;
      }
    }
  }
  session.now = now;
  return take(session, topic, payload, length);
}

/** Takes a publish into the outbox, if it is one and there is room for it. @returns as `publish` */
function take(session: Session, topic: Topic, payload: Uint8Array, length: number): number {
  const outbox = session.outbox;
  const size = topic.overhead + length;
  if (CHECKS && (length >>> 0 !== length || length > payload.length)) {
    return refuse(session, BAD_ARGUMENT);
  }
  if (outbox.tail + size > outbox.limit || (POLICIES && session.settings.maximumMessages > 0)) {
    const status = makeRoom(session, topic, size);
    if (status < 0) return status;
  }
  return store(session, topic, payload, length);
}

/**
 * Encodes a publish behind the last record, and sends it at once if nothing is before it: at QoS 0 it then
 * needs no record.
 *
 * @returns its token, or UNSUPPORTED, TOO_LARGE: the broker does not take it
 */
function store(session: Session, topic: Topic, payload: Uint8Array, length: number): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const start = outbox.tail + RECORD;
  const body = encodeHead(session, topic, length);
  if (body < 0) return refuse(session, body);
  // A native copy of too much costs less than a loop over just enough.
  if (body + payload.length <= arena.length) arena.set(payload, body);
  else copyBytes(payload, 0, length, arena, body);
  const end = body + length;
  let taken = 0;
  if (
    outbox.idle !== BUSY &&
    outbox.inFlight < outbox.quota &&
    !isSpecial(session, topic) &&
    !(JOURNAL && outbox.journal && topic.flags > RETAIN) // which comes first
  ) {
    taken = session.transport.write(arena, start, end - start, false);
    if (taken === end - start) {
      session.lastSent = session.now;
      if (topic.flags <= RETAIN) return outbox.published++ & 0xffff;
      outbox.inFlight++;
      const token = commit(session, topic, end, SENT);
      outbox.cursor = end;
      outbox.idle = outbox.whenIdle;
      return token;
    }
  }
  const token = commit(session, topic, end, QUEUED);
  if (JOURNAL && token < 0) return refuse(session, token);
  if (taken > 0) goOn(session, start + taken, end);
  pump(session);
  return token;
}

/** It goes out otherwise than it lies in the outbox. */
function isSpecial(session: Session, topic: Topic): boolean {
  if (EXPIRY && topic.expirySeconds > 0) return true;
  const version5 = V5 ? session.version5 : undefined;
  return version5 !== undefined && version5.aliasLimit > 0 && assignAlias(session, topic) > 0;
}

/** A part of the last record's packet is written: the rest follows. */
function goOn(session: Session, offset: number, end: number): void {
  "cold";
  const outbound = session.outbound;
  outbound.source = MESSAGE;
  outbound.bytes = session.outbox.arena;
  outbound.offset = offset;
  outbound.length = end - offset;
  outbound.isMore = false;
}

/**
 * Writes behind the last record what comes before a publish's payload, and the record's identifier.
 *
 * @param length bytes of the payload, wherever it comes from
 * @returns where the payload belongs; UNSUPPORTED, TOO_LARGE: this broker does not take such a publish
 */
export function encodeHead(session: Session, topic: Topic, length: number): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = outbox.tail;
  const head = topic.head;
  const qos = topic.flags & QOS_MASK;
  const properties = V5 && session.version5 ? topic.properties : undefined;
  let remaining = head.length - SHORT_HEADER + length;
  if (qos !== 0) remaining += 2;
  if (V5 && properties) {
    remaining += properties.length;
    const fault = whatHinders(session, topic.flags, remaining);
    if (fault < 0) return fault;
  }
  let at = record + RECORD;
  if (remaining <= SHORT) {
    arena.set(head, at);
    arena[at + 1] = remaining;
  } else {
    const size = varintSize(remaining);
    arena.set(head, at + size - 1);
    arena[at] = head[0];
    encodeVarint(remaining, arena, at + 1);
    at += size - 1;
  }
  at += head.length;
  if (qos !== 0) {
    const packetId = unusedPacketId(outbox);
    arena[at++] = arena[record + PACKET_ID] = packetId >> 8;
    arena[at++] = arena[record + PACKET_ID + 1] = packetId;
  } else arena[record + PACKET_ID] = arena[record + PACKET_ID + 1] = 0;
  if (V5 && properties) {
    arena.set(properties, at);
    at += properties.length;
  }
  return at;
}

function whatHinders(session: Session, flags: number, remaining: number): number {
  if (session.phase !== CONNECTED) return 0;
  return publishFault(session, flags, 1 + varintSize(remaining) + remaining);
}

/**
 * Makes a record of what `encodeHead` began and now ends at `end`.
 *
 * @param state QUEUED or SENT, with STREAMED
 * @returns the publish's token, or why the journal does not take it
 */
export function commit(session: Session, topic: Topic, end: number, state: number): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = outbox.tail;
  const length = end - record - RECORD;
  const token = outbox.published & 0xffff;
  outbox.published++;
  arena[record + LENGTH] = length >> 8;
  arena[record + LENGTH + 1] = length;
  arena[record + STATE] = POLICIES ? state | (topic.priority << PRIORITY_SHIFT) : state;
  arena[record + TOKEN] = token >> 8;
  arena[record + TOKEN + 1] = token;
  outbox.tail = end;
  outbox.count++;
  if (OUTCOMES) session.outcomeNumbers[token & session.outcomeMask] = outbox.published;
  if (V5) {
    arena[record + ALIAS] =
      !session.version5 || (STREAMS && state & STREAMED) ? 0 : assignAlias(session, topic);
  }
  if (EXPIRY && topic.expirySeconds > 0) setExpiry(session, record, topic.expirySeconds);
  if (JOURNAL && outbox.journal) {
    const isNext = outbox.idle !== BUSY && outbox.inFlight < outbox.quota;
    const status = noteTaken(session, record, isNext);
    if (status < 0) return takeBack(session, record, status);
  }
  outbox.idle = BUSY;
  if (POLICIES && topic.priority > 0) promote(session, record);
  return token;
}

/** Undoes what `commit` did. @returns `status` */
function takeBack(session: Session, record: number, status: number): number {
  "cold";
  const outbox = session.outbox;
  if (EXPIRY && outbox.arena[record + STATE] & EXPIRES) session.expiring--;
  outbox.published--;
  outbox.tail = record;
  outbox.count--;
  return status;
}
