import { EXPIRY, JOURNAL, QOS2, STREAMS, V5 } from "../features.js";
import { DUP } from "../wire/packet-type.js";
import { chooseAliased } from "./aliases.js";
import { chooseAuth } from "./authentication.js";
import { DROPPED, EXPIRED, SENT_OUT } from "./event.js";
import { isExpired, writeExpiry } from "./expiry.js";
import { noteSent } from "./journal-notes.js";
import { finish, nextRecord } from "./outbox.js";
import {
  ACKNOWLEDGEMENT_LENGTH,
  ACKNOWLEDGEMENTS,
  BUSY,
  DISCONNECT_OFFSET,
  GOODBYE,
  HEADER,
  MESSAGE,
  NOTHING,
  PACKET,
  PAYLOAD,
  PING_OFFSET,
} from "./parts.js";
import {
  ALIAS,
  DONE,
  EXPIRES,
  LENGTH,
  PACKET_ID,
  QUEUED,
  RECORD,
  RELEASED,
  SENT,
  STATE,
  STATE_MASK,
  STREAMED,
} from "./record.js";
import { recordFault } from "./server-limits.js";
import { CONNECTED, LEAVING, LEFT, type Session } from "./session.js";
import { chooseSubscription } from "./subscriptions.js";

/** Hands packets to the transport until either has enough. It may be called at any time. */
export function pump(session: Session): void {
  const outbound = session.outbound;
  const outbox = session.outbox;
  if (outbound.isPumping) return;
  outbound.isPumping = true;
  while (outbound.source !== NOTHING || choose(session)) {
    // More may have come since they were chosen.
    if (outbound.source === ACKNOWLEDGEMENTS) outbound.length = outbound.ackFill - outbound.offset;
    if (STREAMS && outbound.source === PAYLOAD && outbound.length === 0) {
      if (!session.streams?.pull(session)) break;
    }
    const isMore = (V5 || STREAMS) && outbound.isMore;
    const taken = session.transport.write(outbound.bytes, outbound.offset, outbound.length, isMore);
    outbound.offset += taken;
    outbound.length -= taken;
    if (outbound.length > 0) break;
    session.lastSent = session.now;
    handleWritten(session);
  }
  outbound.isPumping = false;
  const isQuiet = outbound.source === NOTHING && outbox.cursor === outbox.tail;
  const isOpen = session.phase === CONNECTED && !session.isClosing;
  outbox.idle = isQuiet && isOpen ? outbox.whenIdle : BUSY;
}

/** What was offered is written whole. */
function handleWritten(session: Session): void {
  const outbound = session.outbound;
  const source = outbound.source;
  const outbox = session.outbox;
  if (source >= MESSAGE && source !== GOODBYE) {
    if (V5 && source === HEADER && outbound.isMore) {
      // The payload goes out as it lies in the record.
      outbound.source = MESSAGE;
      outbound.isMore = false;
      outbound.bytes = outbox.arena;
      outbound.length = outbound.payloadLength;
      outbound.offset = nextRecord(outbox.arena, outbox.cursor) - outbound.length;
      return;
    }
    if (STREAMS && outbound.isMore) {
      outbound.source = PAYLOAD;
      return;
    }
    messageWritten(session);
  } else if (source === ACKNOWLEDGEMENTS) outbound.ackFill = 0;
  else if (source === GOODBYE) session.phase = LEFT;
  outbound.source = NOTHING;
}

function messageWritten(session: Session): void {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = outbox.cursor;
  const state = arena[record + STATE];
  outbox.cursor = nextRecord(arena, record);
  if ((arena[record + PACKET_ID] | arena[record + PACKET_ID + 1]) === 0) {
    session.outbound.source = NOTHING; // its bytes may go
    finish(session, record, SENT_OUT, 0);
    return;
  }
  outbox.inFlight++;
  if ((state & STATE_MASK) !== QUEUED) return;
  arena[record + STATE] = state | SENT;
  if (EXPIRY && state & EXPIRES) session.expiring--;
}

/** Chooses what is written next: small packets, subscriptions, messages in their order. */
function choose(session: Session): boolean {
  const outbound = session.outbound;
  const phase = session.phase;
  outbound.isMore = false;
  if (V5 && chooseAuth(session)) return true;
  if (phase !== CONNECTED && phase !== LEAVING) return false;
  outbound.bytes = outbound.packets;
  outbound.offset = 0;
  if (outbound.ackFill > 0) {
    outbound.source = ACKNOWLEDGEMENTS;
    return true;
  }
  outbound.length = 2;
  if (phase === LEAVING) {
    outbound.offset = DISCONNECT_OFFSET;
    outbound.source = GOODBYE;
    return true;
  }
  if (outbound.ping === 1) {
    outbound.ping = 2;
    outbound.offset = PING_OFFSET;
    outbound.source = PACKET;
    session.statistics.pings++;
    return true;
  }
  return (outbound.wanted > 0 && chooseSubscription(session)) || chooseMessage(session);
}

function chooseMessage(session: Session): boolean {
  const outbox = session.outbox;
  const arena = outbox.arena;
  while (outbox.cursor < outbox.tail) {
    const record = outbox.cursor;
    const state = arena[record + STATE];
    const stage = state & STATE_MASK;
    if (stage === DONE) {
      outbox.cursor = nextRecord(arena, record);
      continue;
    }
    if (EXPIRY && stage === QUEUED && state & EXPIRES && isExpired(session, record)) {
      finish(session, record, EXPIRED, 0);
      continue;
    }
    const fault = V5 && stage !== RELEASED ? recordFault(session, record) : 0;
    if (fault < 0) {
      finish(session, record, DROPPED, -fault);
      continue;
    }
    const isCounted = (arena[record + PACKET_ID] | arena[record + PACKET_ID + 1]) !== 0;
    // [MQTT-3.3.4-7]; a PUBREL is never held back [MQTT-3.3.4-8]
    if (isCounted && outbox.inFlight >= outbox.quota && stage !== RELEASED) return false;
    if (JOURNAL && outbox.journal && !noteSent(session, record, state)) return false;
    selectMessage(session, record, state);
    return true;
  }
  return false;
}

function selectMessage(session: Session, record: number, state: number): void {
  const outbound = session.outbound;
  const arena = session.outbox.arena;
  const stage = state & STATE_MASK;
  outbound.source = MESSAGE;
  outbound.bytes = arena;
  outbound.offset = record + RECORD;
  outbound.length = (arena[record + LENGTH] << 8) | arena[record + LENGTH + 1];
  if (QOS2 && stage === RELEASED) {
    outbound.length = ACKNOWLEDGEMENT_LENGTH;
    return;
  }
  if (stage === SENT) {
    arena[record + RECORD] |= DUP; // [MQTT-3.3.1-1]
    session.statistics.resent++;
  }
  if (STREAMS && state & STREAMED) session.streams?.begin(session, record);
  if (!V5 || !session.version5) return;
  if (EXPIRY && state & EXPIRES) writeExpiry(session, record);
  if (arena[record + ALIAS] !== 0) chooseAliased(session, record);
}
