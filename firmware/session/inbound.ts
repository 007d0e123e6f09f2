import { JOURNAL, QOS2, V5 } from "../features.js";
import { MALFORMED, PROTOCOL_ERROR, TOO_LARGE } from "../status.js";
import {
  AUTH,
  CONNACK,
  DISCONNECT,
  PINGRESP,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  PUBREL_BYTE,
  QOS_1,
  QOS_2,
  QOS_MASK,
  RESERVED_FLAGS,
  SUBACK,
  UNSUBACK,
} from "../wire/packet-type.js";
import { FAILURE } from "../wire/reason-code.js";
import { handleAuth } from "./authentication.js";
import { ACKNOWLEDGED } from "./event.js";
import { handleConnack } from "./handshake.js";
import { handleDisconnect, readListAnswer, readReason } from "./inbound5.js";
import { RECORDED } from "./journal.js";
import { note } from "./journal-notes.js";
import { acknowledge, handlePublish, handleReleased } from "./messages.js";
import { findRecord, finish } from "./outbox.js";
import { ACKNOWLEDGEMENT_LENGTH } from "./parts.js";
import {
  PACKET_ID,
  QUEUED,
  RECORD,
  RELEASED,
  SENT,
  STATE,
  STATE_MASK,
  STREAMED,
} from "./record.js";
import { CONNECTING, type Session } from "./session.js";
import { tokenOf } from "./streams.js";
import { handleSubscribed } from "./subscriptions.js";

/** Does what the packet in `inbound` asks for. @returns 0, or why the connection must end */
export function handlePacket(session: Session, firstByte: number): number {
  const type = firstByte >> 4;
  const isConnecting = session.phase === CONNECTING;
  if (type === PUBLISH && !isConnecting) return handlePublish(session, firstByte);
  const inbound = session.inbound;
  if ((firstByte & 15) !== (type === PUBREL ? RESERVED_FLAGS : 0)) return MALFORMED; // [MQTT-2.2.2-2]
  if (inbound.isTruncated) return TOO_LARGE;
  if (isConnecting || type < PUBACK || type > PUBCOMP) return handleRare(session, type);
  const at = inbound.body + 2;
  let code = 0;
  if (V5 && session.version5) code = readReason(session, type, at);
  else if (inbound.end !== at) code = MALFORMED;
  if (code < 0) return code;
  const packetId = (inbound.bytes[at - 2] << 8) | inbound.bytes[at - 1];
  if (packetId === 0) return MALFORMED; // [MQTT-2.3.1-1]
  if (QOS2 && type === PUBREL) return handleReleased(session, packetId);
  return handleAcknowledgement(session, type, packetId, code);
}

/** PUBACK, PUBREC or PUBCOMP: of what was sent on this connection, or of nothing. */
function handleAcknowledgement(
  session: Session,
  type: number,
  packetId: number,
  code: number,
): number {
  const outbox = session.outbox;
  const arena = outbox.arena;
  const record = findRecord(outbox, packetId);
  const isSent = record >= 0 && record < outbox.cursor;
  const state = isSent ? arena[record + STATE] & STATE_MASK : QUEUED;
  const qos = isSent ? arena[record + RECORD] & QOS_MASK : 0;
  if (!QOS2) {
    if (type !== PUBACK) return PROTOCOL_ERROR;
  } else if (type === PUBREC && code < FAILURE) {
    if (state === SENT && qos === QOS_2) return release(session, record, packetId);
    if (state !== RELEASED) session.statistics.strayAcknowledgements++;
    // Also for one that is not known: the broker must be able to end it.
    return acknowledge(session, PUBREL_BYTE, packetId);
  }
  const isDue =
    type === PUBCOMP
      ? state === RELEASED
      : state === SENT && qos === (type === PUBREC ? QOS_2 : QOS_1);
  if (!isDue) {
    session.statistics.strayAcknowledgements++; // a broker may repeat one
    return 0;
  }
  outbox.inFlight--;
  finish(session, record, ACKNOWLEDGED, code);
  return 0;
}

/**
 * PUBREC came: of the packet only its PUBREL is left, which goes out now, and again on each new connection.
 *
 * @returns 0, or why the connection must end
 */
function release(session: Session, record: number, packetId: number): number {
  "cold";
  const arena = session.outbox.arena;
  if (session.streams && arena[record + STATE] & STREAMED) {
    session.streams.end(tokenOf(session, record));
  }
  arena[record + STATE] = RELEASED;
  arena[record + RECORD] = PUBREL_BYTE;
  arena[record + RECORD + 1] = ACKNOWLEDGEMENT_LENGTH - 2;
  arena[record + RECORD + 2] = arena[record + PACKET_ID];
  arena[record + RECORD + 3] = arena[record + PACKET_ID + 1];
  if (JOURNAL) {
    const status = note(session, RECORDED, packetId, tokenOf(session, record));
    if (status < 0) return status;
  }
  return acknowledge(session, PUBREL_BYTE, packetId);
}

/** What comes seldom. */
function handleRare(session: Session, type: number): number {
  "cold";
  const inbound = session.inbound;
  const isV5 = V5 && session.version5 !== undefined;
  if (isV5 && type === AUTH) return handleAuth(session);
  if (session.phase === CONNECTING)
    return type === CONNACK ? handleConnack(session) : PROTOCOL_ERROR;
  if (type === PINGRESP) return inbound.end === inbound.body ? 0 : MALFORMED;
  if (isV5 && type === DISCONNECT) return handleDisconnect(session);
  if (type !== SUBACK && type !== UNSUBACK) return PROTOCOL_ERROR;
  const at = inbound.body + 2;
  const code = isV5 ? readListAnswer(session, type, at) : readAnswer(session, type, at);
  if (code < 0) return code;
  const packetId = (inbound.bytes[at - 2] << 8) | inbound.bytes[at - 1];
  return packetId === 0 ? MALFORMED : handleSubscribed(session, packetId, type, code);
}

/** The one return code of a 3.1.1 SUBACK, or the none of an UNSUBACK. @returns it, 0, or MALFORMED */
function readAnswer(session: Session, type: number, at: number): number {
  "cold";
  const inbound = session.inbound;
  if (inbound.end !== (type === SUBACK ? at + 1 : at)) return MALFORMED;
  if (type !== SUBACK) return 0;
  const code = inbound.bytes[at];
  return code > 2 && code !== FAILURE ? MALFORMED : code;
}
