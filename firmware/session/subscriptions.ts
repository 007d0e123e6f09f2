import { equalBytes } from "../bytes.js";
import { JOURNAL, V5 } from "../features.js";
import { BAD_ARGUMENT, BAD_TOPIC, PROTOCOL_ERROR, TABLE_FULL, UNKNOWN } from "../status.js";
import { encodeVarint, varintSize } from "../wire/field.js";
import { RESERVED_FLAGS, SUBSCRIBE, UNSUBACK, UNSUBSCRIBE } from "../wire/packet-type.js";
import { SUBSCRIPTION_IDENTIFIER } from "../wire/property-id.js";
import { FAILURE } from "../wire/reason-code.js";
import { shareEnd } from "../wire/share.js";
import { encodeString, isTopicFilter } from "../wire/topic.js";
import { DENIED_EVENT, GRANTED_EVENT, REMOVED_EVENT } from "./event.js";
import { ANSWERED_ROW, type Journal, WANTED_ROW } from "./journal.js";
import { note } from "./journal-notes.js";
import { keep } from "./journal-write.js";
import { BUSY, PACKET } from "./parts.js";
import { subscriptionFault } from "./server-limits.js";
import type { Session } from "./session.js";

// The state of a row, in its first byte. Behind it lies the packet that asks the broker.
/** Nobody wants it; its place is free. */
const FREE = 0;
/** Its packet is to be sent. */
const WANTED = 1;
/** Its packet was sent; the answer is awaited. */
const ASKED = 2;
/** As ASKED, and the row has changed since: its packet is to be sent after the answer. */
const ASKED_BEFORE = 3;
/** The broker granted it. */
const GRANTED = 4;
/** The broker refused it; it is asked for again with the next session. */
const DENIED = 5;
/** Granted in an earlier life, and wanted again in this one: the application is to be told. */
const CLAIMED = 6;
/** Granted in an earlier life, of which the journal tells. */
const RESTORED = 7;

/** [MQTT-2.3.1-2]: each row has an identifier of its own, from the top; publishes never reach them. */
const FIRST_PACKET_ID = 65535;

/** Options of a subscription beside its QoS. @see MQTT 5 §3.8.3.1 */
export const NO_LOCAL = 0x04;
export const RETAIN_AS_PUBLISHED = 0x08;
export const RETAIN_IF_NEW = 0x10;
export const RETAIN_NEVER = 0x20;
const LARGEST_OPTIONS = 0x2e;

const LARGEST_SUBSCRIPTION_ID = 268435455;

/**
 * Wants the messages of a filter, or wants it otherwise. It allocates.
 *
 * @param options QoS, in MQTT 5 with NO_LOCAL, RETAIN_AS_PUBLISHED, RETAIN_IF_NEW or RETAIN_NEVER
 * @param subscriptionId MQTT 5: comes with each message of the filter; 0: none
 * @returns the row, or BAD_TOPIC, BAD_ARGUMENT, TABLE_FULL, or a status of the journal
 */
export function want(
  session: Session,
  filter: string,
  options: number,
  subscriptionId: number,
): number {
  "cold";
  const field = encodeString(filter);
  if (!isTopicFilter(field, 2)) return BAD_TOPIC;
  if (V5 && session.version5 && shareEnd(filter) < 0) return BAD_TOPIC;
  if (!areOptions(session, filter, options)) return BAD_ARGUMENT;
  if (!(subscriptionId >= 0 && subscriptionId <= LARGEST_SUBSCRIPTION_ID)) return BAD_ARGUMENT;
  const known = rowOf(session, field);
  const row = known >= 0 ? known : freeRow(session);
  if (row < 0) return TABLE_FULL;
  return setRow(session, row, encodeRow(session, row, field, options, subscriptionId));
}

/** Gives a filter up. It allocates. @returns its row, or BAD_ARGUMENT: nobody wanted it, or a status of the journal */
export function unwant(session: Session, filter: string): number {
  "cold";
  const field = encodeString(filter);
  const row = rowOf(session, field);
  if (row < 0) return BAD_ARGUMENT;
  return setRow(session, row, encodeRow(session, row, field, -1, 0));
}

function areOptions(session: Session, filter: string, options: number): boolean {
  "cold";
  if (!V5 || !session.version5) return options >= 0 && options <= 2;
  if ((options & 3) > 2 || options < 0 || options > LARGEST_OPTIONS) return false;
  return (options & NO_LOCAL) === 0 || shareEnd(filter) === 0; // [MQTT-3.8.3-4]
}

/** The packet for a row, behind a byte for its state; `options` below 0 gives the filter up. */
function encodeRow(
  session: Session,
  row: number,
  field: Uint8Array,
  options: number,
  subscriptionId: number,
): Uint8Array {
  "cold";
  const idLength = subscriptionId > 0 ? 1 + varintSize(subscriptionId) : 0;
  const propertiesLength = V5 && session.version5 ? 1 + idLength : 0;
  const length = 2 + propertiesLength + field.length + (options < 0 ? 0 : 1);
  const packet = new Uint8Array(2 + varintSize(length) + length);
  packet[1] = ((options < 0 ? UNSUBSCRIBE : SUBSCRIBE) << 4) | RESERVED_FLAGS;
  let at = encodeVarint(length, packet, 2);
  packet[at++] = (FIRST_PACKET_ID - row) >> 8;
  packet[at++] = FIRST_PACKET_ID - row;
  if (V5 && propertiesLength > 0) {
    packet[at++] = idLength;
    if (idLength > 0) {
      packet[at++] = SUBSCRIPTION_IDENTIFIER;
      at = encodeVarint(subscriptionId, packet, at);
    }
  }
  packet.set(field, at);
  if (options >= 0) packet[packet.length - 1] = options;
  return packet;
}

/** @returns the row, or a status of the journal */
function setRow(session: Session, row: number, packet: Uint8Array): number {
  "cold";
  const rows = session.rows;
  const isOpen = row < rows.length && isAwaited(rows[row]);
  packet[0] = isOpen ? ASKED_BEFORE : WANTED;
  if (JOURNAL && session.outbox.journal) {
    const status = noteRow(session, row, packet);
    if (status < 0) return status;
  }
  rows[row] = packet;
  wakeRows(session);
  return row;
}

/** @returns 0, or why the row has to stay as it was */
function noteRow(session: Session, row: number, packet: Uint8Array): number {
  "cold";
  const rows = session.rows;
  const journal = session.outbox.journal;
  const before = row < rows.length ? rows[row] : new Uint8Array(1);
  if (!journal) return 0;
  if (before[0] === RESTORED && isSameRow(before, packet)) {
    packet[0] = CLAIMED;
    return 0;
  }
  rows[row] = packet;
  const status = keep(journal, WANTED_ROW, 0, packet, 0, packet.length);
  if (status < 0) rows[row] = before;
  return status;
}

function isSameRow(one: Uint8Array, other: Uint8Array): boolean {
  "cold";
  return one.length === other.length && equalBytes(one, 1, other, 1, one.length - 1);
}

function isAwaited(packet: Uint8Array): boolean {
  "cold";
  return packet[0] === ASKED || packet[0] === ASKED_BEFORE;
}

/** A row may have something to send: they are looked at once more. */
function wakeRows(session: Session): void {
  "cold";
  session.outbound.wanted = session.rows.length;
  session.outbox.idle = BUSY;
}

function rowOf(session: Session, field: Uint8Array): number {
  "cold";
  for (let row = 0; row < session.rows.length; row++) {
    const packet = session.rows[row];
    const at = filterOffset(session, packet);
    if (packet[0] === FREE || at + field.length > packet.length) continue;
    if (equalBytes(packet, at, field, 0, field.length)) return row;
  }
  return UNKNOWN;
}

function filterOffset(session: Session, packet: Uint8Array): number {
  "cold";
  let at = 2;
  while (packet[at] > 127) at++;
  at += 3;
  return V5 && session.version5 ? at + 1 + packet[at] : at;
}

function freeRow(session: Session): number {
  "cold";
  const rows = session.rows;
  for (let row = 0; row < rows.length; row++) if (rows[row][0] === FREE) return row;
  return rows.length < session.settings.subscriptionCapacity ? rows.length : UNKNOWN;
}

/** A connection has begun: what was not answered is asked again, and all of it where the session may be new. */
export function rewindRows(session: Session, isSessionKept: boolean): void {
  "cold";
  for (let row = 0; row < session.rows.length; row++) {
    const packet = session.rows[row];
    if (packet[0] !== FREE && (!isSessionKept || packet[0] < GRANTED)) packet[0] = WANTED;
  }
  wakeRows(session);
}

/** Chooses the packet of the next row that wants one. @returns whether there is one */
export function chooseSubscription(session: Session): boolean {
  "cold";
  const outbound = session.outbound;
  while (outbound.wanted > 0) {
    const row = session.rows.length - outbound.wanted--;
    const packet = session.rows[row];
    if (JOURNAL && packet[0] === CLAIMED) {
      packet[0] = GRANTED;
      session.reason = packet[packet.length - 1] & 3;
      session.handler.onEvent(GRANTED_EVENT, row, session.now);
      continue;
    }
    if (packet[0] !== WANTED) continue;
    const fault = V5 ? subscriptionFault(session, packet) : 0;
    if (fault > 0) {
      packet[0] = DENIED;
      session.reason = fault;
      session.handler.onEvent(DENIED_EVENT, row, session.now);
      continue;
    }
    packet[0] = ASKED;
    outbound.source = PACKET;
    outbound.bytes = packet;
    outbound.offset = 1;
    outbound.length = packet.length - 1;
    return true;
  }
  return false;
}

/** The broker answered; an answer to nothing is counted. @returns 0, or why the connection must end */
export function handleSubscribed(
  session: Session,
  packetId: number,
  type: number,
  code: number,
): number {
  "cold";
  const row = FIRST_PACKET_ID - packetId;
  const packet = row < session.rows.length ? session.rows[row] : undefined;
  if (packet === undefined || !isAwaited(packet)) {
    session.statistics.strayAcknowledgements++;
    return 0;
  }
  if (packet[0] === ASKED_BEFORE) {
    packet[0] = WANTED;
    wakeRows(session);
    return 0;
  }
  if (packet[1] >> 4 !== type - 1) return PROTOCOL_ERROR;
  const isRemoval = type === UNSUBACK;
  session.reason = code;
  packet[0] = isRemoval ? FREE : code < FAILURE ? GRANTED : DENIED;
  if (JOURNAL) {
    const status = note(session, ANSWERED_ROW, packetId, packet[0]);
    if (status < 0) return status;
  }
  const event = isRemoval ? REMOVED_EVENT : code < FAILURE ? GRANTED_EVENT : DENIED_EVENT;
  session.handler.onEvent(event, row, session.now);
  return 0;
}

/** Writes the rows as part of a snapshot. */
export function keepRows(session: Session, journal: Journal): number {
  "cold";
  for (let row = 0; row < session.rows.length; row++) {
    const packet = session.rows[row];
    if (packet[0] === FREE) continue;
    const status = keep(journal, WANTED_ROW, 0, packet, 0, packet.length);
    if (status < 0) return status;
  }
  return 0;
}

/** Takes a row from the journal. It allocates. */
export function restoreRow(
  session: Session,
  bytes: Uint8Array,
  offset: number,
  length: number,
): void {
  "cold";
  const packet = bytes.slice(offset, offset + length);
  let at = 2;
  while (packet[at] > 127) at++;
  const packetId = (packet[at + 1] << 8) | packet[at + 2];
  const row = FIRST_PACKET_ID - packetId;
  if (row >= session.settings.subscriptionCapacity) return;
  while (session.rows.length < row) session.rows.push(new Uint8Array(1));
  session.rows[row] = packet;
  answerRow(session, packetId, packet[0]);
}

/** Takes the state of a row from the journal. */
export function answerRow(session: Session, packetId: number, state: number): void {
  "cold";
  const row = FIRST_PACKET_ID - packetId;
  if (row >= session.rows.length) return;
  const isGranted = state >= GRANTED && state !== DENIED;
  session.rows[row][0] = isGranted ? RESTORED : state < GRANTED && state !== FREE ? WANTED : state;
}
