import { ECMA_IO, JOURNAL, QOS2, STREAMS, V5 } from "../features.js";
import { MALFORMED, PROTOCOL_ERROR, REFUSED } from "../status.js";
import { setCleanStart } from "../wire/connect.js";
import { QOS_2, QOS_MASK } from "../wire/packet-type.js";
import { assumeNoLimits, readConnack5 } from "./connack5.js";
import { CONNECTED_EVENT } from "./event.js";
import { forgetPacket } from "./forget-packet.js";
import { noteConnack, noteConnect } from "./journal-notes.js";
import { settleLost } from "./lost-session.js";
import { IDLE, IDLE_PAIRS, IDLE_PAIRS_5, PACKET } from "./parts.js";
import { bringReleasedForward } from "./released-first.js";
import { CONNECTED, CONNECTING, LEAVING, type Session } from "./session.js";
import { rewindRows } from "./subscriptions.js";

/** No PUBLISH that is written as two arrays is larger. */
const SHORT = 127;

/** The transport is open: CONNECT is to be written, unless the journal cannot be. `pump` follows. */
export function greet(session: Session): void {
  "cold";
  const outbound = session.outbound;
  const outbox = session.outbox;
  const isClean = session.isPurgeDue || session.settings.isClean;
  if (JOURNAL) {
    session.fault = noteConnect(session);
    if (session.fault < 0) return;
  }
  if (session.isAnswerDue) session.isUncertain = true;
  session.isAnswerDue = true;
  if (QOS2 && STREAMS) forgetPart(session);
  forgetPacket(session.inbound);
  outbox.cursor = outbox.head;
  outbox.inFlight = 0;
  outbox.quota = session.settings.window;
  outbound.ackFill = outbound.wanted = outbound.ping = 0;
  session.phase = CONNECTING;
  session.dueAt = (session.now + session.settings.answerMs) | 0;
  session.lastReceived = session.now;
  if (V5) assumeNoLimits(session);
  setCleanStart(session.connectPacket, isClean);
  outbound.source = PACKET;
  outbound.bytes = session.connectPacket;
  outbound.offset = 0;
  outbound.length = session.connectPacket.length;
  outbound.isMore = false;
}

/** A QoS 2 message that was delivered in part has not been received: it comes again, from its beginning. */
function forgetPart(session: Session): void {
  "cold";
  const inbound = session.inbound;
  const message = session.message;
  if (inbound.pieceStart === 0 || inbound.isSkipped) return;
  if ((message.flags & QOS_MASK) !== QOS_2) return;
  const place = inbound.received.indexOf(message.packetId);
  if (place >= 0) inbound.received[place] = 0;
}

/** @returns 0, or why the connection must end */
export function handleConnack(session: Session): number {
  "cold";
  const inbound = session.inbound;
  const at = inbound.body;
  const flags = inbound.bytes[at];
  if (inbound.end < at + 2 || flags > 1) return MALFORMED; // [MQTT-3.2.2-1]
  session.isAnswerDue = false;
  session.reason = inbound.bytes[at + 1];
  if (V5 && session.version5) {
    const status = readConnack5(session);
    if (status < 0) return status;
  } else if (inbound.end !== at + 2) return MALFORMED;
  if (session.reason !== 0) {
    // The session is as it was.
    if (JOURNAL && !session.isUncertain) noteConnack(session, true);
    return REFUSED;
  }
  return accept(session, flags === 1);
}

function accept(session: Session, isPresent: boolean): number {
  "cold";
  const isV5 = V5 && session.version5 !== undefined;
  const isKept = isPresent && !session.isUncertain;
  const isClean = session.isPurgeDue || session.settings.isClean;
  if (isV5 && isClean && isPresent) return PROTOCOL_ERROR; // [MQTT-3.2.2-4]
  session.isUncertain = false;
  if (session.isPurgeDue) {
    session.isPurgeDue = false;
    if (!isV5) {
      // The broker has forgotten the earlier life; with DISCONNECT this connection's session ends too.
      session.phase = LEAVING;
      return JOURNAL ? noteConnack(session, true) : 0;
    }
  }
  // Before anything can be sent: events of what the broker has lost may come first.
  if (!isKept) settleLost(session, isPresent);
  if (session.phase !== CONNECTING) return 0; // the application has ended the connection
  if (QOS2) takeUpExactlyOnce(session, isPresent);
  if (JOURNAL) {
    const status = noteConnack(session, isKept);
    if (status < 0) return status;
  }
  session.phase = CONNECTED;
  session.connectedAt = session.now;
  if (ECMA_IO) session.outbox.whenIdle = whenIdle(session);
  rewindRows(session, isKept);
  session.reason = 0;
  session.handler.onEvent(CONNECTED_EVENT, isPresent ? 1 : 0, session.now);
  return 0;
}

/** What QoS 2 is owed from an earlier connection, both ways. */
function takeUpExactlyOnce(session: Session, isPresent: boolean): void {
  "cold";
  if (!isPresent) session.inbound.received.fill(0);
  session.isPostponing = false; // what was left unanswered comes again now
  const isNarrow = session.outbox.quota < session.settings.window;
  if (V5 && session.version5 && isNarrow) bringReleasedForward(session);
}

/** A publish that might be refused, or go out shorter with an alias, does not go out as two arrays. */
function whenIdle(session: Session): number {
  "cold";
  if (session.transport.writePair === undefined) return IDLE;
  const version5 = V5 ? session.version5 : undefined;
  if (!version5) return IDLE_PAIRS;
  const limits = version5.limits;
  const isFree = limits.isRetainAvailable && limits.maximumPacketSize > SHORT;
  return isFree && version5.aliasLimit === 0 ? IDLE_PAIRS_5 : IDLE;
}
