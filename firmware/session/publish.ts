import { copyBytes } from "../bytes.js";
import { CHECKS, EXPIRY, OUTCOMES, POLICIES, STATISTICS, STREAMS, V5 } from "../features.js";
import { BAD_ARGUMENT } from "../status.js";
import { encodeVarint, varintSize } from "../wire/field.js";
import { PUBLISH_BYTE, QOS_MASK, RETAIN } from "../wire/packet-type.js";
import { assignAlias } from "./aliases.js";
import { PENDING, SENT_OUT } from "./event.js";
import { setExpiry } from "./expiry.js";
import { pump } from "./outbound.js";
import { unusedPacketId } from "./outbox.js";
import { MESSAGE } from "./parts.js";
import { makeRoom, promote, refuse } from "./policy.js";
import {
  ALIAS,
  LENGTH,
  PACKET_ID,
  PRIORITY_SHIFT,
  QUEUED,
  RECORD,
  STATE,
  TOKEN,
} from "./record.js";
import { publishFault } from "./server-limits.js";
import { CONNECTED, type Session } from "./session.js";
import type { Topic } from "./topic.js";

/** Of a short PUBLISH: first byte, Remaining Length. */
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
  session.now = now;
  if (CHECKS && (length >>> 0 !== length || length > payload.length)) {
    return refuse(session, BAD_ARGUMENT);
  }
  if (
    outbox.tail + topic.overhead + length > outbox.limit ||
    (POLICIES && session.settings.maximumMessages > 0)
  ) {
    const status = makeRoom(session, topic, topic.overhead + length);
    if (status < 0) return status;
  }
  const name = topic.bytes;
  const flags = topic.flags;
  const remaining = name.length + length;
  if (flags > RETAIN || remaining > 127 || !outbox.isIdle || (V5 && session.version5)) {
    return store(session, topic, payload, length, 0);
  }
  // Nothing waits before it: at QoS 0 it needs no record if the transport takes it.
  const arena = outbox.arena;
  const start = outbox.tail + RECORD;
  arena[start] = PUBLISH_BYTE | flags;
  arena[start + 1] = remaining;
  arena.set(name, start + SHORT_HEADER);
  putPayload(payload, length, arena, start + SHORT_HEADER + name.length);
  session.lastSent = now;
  const taken = session.transport.write(arena, start, SHORT_HEADER + remaining, false);
  if (taken < SHORT_HEADER + remaining) return store(session, topic, payload, length, taken);
  return sentAtOnce(session);
}

/** The transport took a publish as it was made. @returns its token */
function sentAtOnce(session: Session): number {
  const outbox = session.outbox;
  const token = (outbox.token + 1) & 0xffff;
  outbox.token = token;
  if (STATISTICS) {
    session.statistics.published++;
    session.statistics.sent++;
  }
  if (OUTCOMES) session.outcomeKinds[token & (session.outcomeKinds.length - 1)] = SENT_OUT;
  return token;
}

/**
 * Encodes a publish as the last record.
 *
 * @param taken bytes of the packet that the transport has already
 * @returns its token, or UNSUPPORTED, TOO_LARGE: the broker does not take it
 */
function store(
  session: Session,
  topic: Topic,
  payload: Uint8Array,
  length: number,
  taken: number,
): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = outbox.tail;
  const body = encodeHead(session, topic, length);
  if (body < 0) return refuse(session, body);
  putPayload(payload, length, arena, body);
  const token = commit(session, topic, body + length, 0);
  if (taken > 0) {
    const outbound = session.outbound;
    outbound.source = MESSAGE;
    outbound.bytes = arena;
    outbound.offset = record + RECORD + taken;
    outbound.length = body + length - outbound.offset;
  }
  pump(session);
  return token;
}

/** A native copy of too much costs less than a loop over just enough. */
function putPayload(payload: Uint8Array, length: number, arena: Uint8Array, at: number): void {
  if (at + payload.length <= arena.length) arena.set(payload, at);
  else copyBytes(payload, 0, length, arena, at);
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
  const name = topic.bytes;
  const qos = topic.flags & QOS_MASK;
  const properties = V5 && session.version5 ? topic.properties : undefined;
  let remaining = name.length + length;
  if (qos) remaining += 2;
  if (V5 && properties) {
    remaining += properties.length;
    const fault =
      session.phase === CONNECTED
        ? publishFault(session, topic.flags, 1 + varintSize(remaining) + remaining)
        : 0;
    if (fault < 0) return fault;
  }
  let at = record + RECORD;
  arena[at++] = PUBLISH_BYTE | topic.flags;
  at = encodeVarint(remaining, arena, at);
  arena.set(name, at);
  at += name.length;
  const packetId = qos ? unusedPacketId(outbox) : 0;
  arena[record + PACKET_ID] = packetId >> 8;
  arena[record + PACKET_ID + 1] = packetId;
  if (qos) {
    arena[at++] = packetId >> 8;
    arena[at++] = packetId;
  }
  if (V5 && properties) {
    arena.set(properties, at);
    at += properties.length;
  }
  return at;
}

/**
 * Makes a record of what `encodeHead` began and now ends at `end`.
 *
 * @param kind 0, or STREAMED
 * @returns the publish's token
 */
export function commit(session: Session, topic: Topic, end: number, kind: number): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = outbox.tail;
  const length = end - record - RECORD;
  const token = (outbox.token + 1) & 0xffff;
  outbox.token = token;
  arena[record + LENGTH] = length >> 8;
  arena[record + LENGTH + 1] = length;
  arena[record + STATE] = POLICIES ? kind | (topic.priority << PRIORITY_SHIFT) : kind | QUEUED;
  arena[record + TOKEN] = token >> 8;
  arena[record + TOKEN + 1] = token;
  outbox.tail = end;
  outbox.count++;
  outbox.isIdle = false;
  if (STATISTICS) session.statistics.published++;
  if (OUTCOMES) session.outcomeKinds[token & (session.outcomeKinds.length - 1)] = PENDING;
  if (V5) {
    assignAlias(session, topic);
    arena[record + ALIAS] = STREAMS && kind !== 0 ? 0 : topic.alias;
  }
  if (EXPIRY && topic.expirySeconds > 0) setExpiry(session, record, topic.expirySeconds);
  if (POLICIES && topic.priority > 0) promote(session, record);
  return token;
}
