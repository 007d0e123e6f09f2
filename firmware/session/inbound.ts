import { INCOMPLETE, MALFORMED, PROTOCOL_ERROR, REFUSED, TOO_LARGE } from "../status.js";
import { decodeAcknowledge } from "../wire/acknowledge.js";
import { decodeConnack, SESSION_PRESENT } from "../wire/connack.js";
import { CONNACK, PINGRESP, PUBACK, PUBLISH, SUBACK, UNSUBACK } from "../wire/packet-type.js";
import { decodePublish } from "../wire/publish.js";
import { decodeSuback, SUBSCRIBE_FAILED } from "../wire/subscribe.js";
import { isTopicName } from "../wire/topic.js";
import {
  ACKNOWLEDGED_EVENT,
  CONNACK_DUE,
  CONNECTED,
  CONNECTED_EVENT,
  CONNECTING,
  DENIED_EVENT,
  GRANTED_EVENT,
  LEAVING,
  MESSAGE_EVENT,
  NO_EVENT,
  REMOVED_EVENT,
  type SessionState,
} from "./state.js";

/** Does what the packet in the session's reader asks for. @returns 0, or why the connection must end */
export function handlePacket(session: SessionState): number {
  const reader = session.reader;
  const firstByte = reader.bytes[reader.offset];
  const type = firstByte >> 4;
  if (session.phase === CONNECTING) {
    return type === CONNACK ? handleConnack(session) : PROTOCOL_ERROR;
  }
  if (type === PUBLISH) return handlePublish(session);
  if (firstByte & 15) return MALFORMED; // [MQTT-2.2.2-2]
  if (reader.isTruncated) return TOO_LARGE;
  switch (type) {
    case PUBACK:
    case UNSUBACK:
      return handleAcknowledge(session, type);
    case SUBACK:
      return handleSuback(session);
    case PINGRESP:
      return 0;
    default:
      return PROTOCOL_ERROR;
  }
}

function handleConnack(session: SessionState): number {
  const reader = session.reader;
  if (reader.bytes[reader.offset] & 15) return MALFORMED;
  const code = decodeConnack(reader.bytes, reader.bodyOffset, reader.end);
  if (code === MALFORMED) return MALFORMED;
  session.detail = code & 0xff;
  if (session.detail !== 0) return REFUSED;
  session.deadlines.clear(CONNACK_DUE);
  session.isSessionPresent = (code & SESSION_PRESENT) !== 0;
  if (session.isPurgeDue) {
    // The broker has forgotten the earlier life; with DISCONNECT this connection's session ends too.
    session.isPurgeDue = false;
    session.phase = LEAVING;
    return 0;
  }
  session.phase = CONNECTED;
  session.subscriptions.rewind(session.isSessionPresent);
  session.event = CONNECTED_EVENT;
  return 0;
}

function handlePublish(session: SessionState): number {
  const reader = session.reader;
  const message = session.message;
  const flags = reader.bytes[reader.offset] & 15;
  const status = decodePublish(reader.bytes, reader.bodyOffset, reader.end, flags, message);
  if (status === INCOMPLETE) return reader.isTruncated ? TOO_LARGE : MALFORMED;
  if (status < 0) return status;
  if (message.qos === 2) return PROTOCOL_ERROR; // no filter was ever granted with QoS 2
  if (!isTopicName(reader.bytes, message.topicOffset, message.topicLength)) return MALFORMED;
  session.statistics.received++;
  if (reader.isTruncated) session.statistics.oversize++;
  session.event = MESSAGE_EVENT;
  return 0;
}

function handleAcknowledge(session: SessionState, type: number): number {
  const reader = session.reader;
  const packetId = decodeAcknowledge(reader.bytes, reader.bodyOffset, reader.end);
  if (packetId < 0) return packetId;
  if (type === PUBACK) {
    session.detail = session.outbox.acknowledge(packetId);
    session.event = ACKNOWLEDGED_EVENT;
    if (session.detail >= 0) session.statistics.acknowledged++;
  } else {
    session.detail = session.subscriptions.removed(packetId);
    session.event = REMOVED_EVENT;
  }
  return dropStray(session);
}

function handleSuback(session: SessionState): number {
  const reader = session.reader;
  const answer = decodeSuback(reader.bytes, reader.bodyOffset, reader.end);
  if (answer < 0) return answer;
  const isGranted = (answer & 0xff) !== SUBSCRIBE_FAILED;
  session.detail = session.subscriptions.granted(answer >> 8, isGranted);
  session.event = isGranted ? GRANTED_EVENT : DENIED_EVENT;
  return dropStray(session);
}

/** An acknowledgement of nothing is no reason to close: a broker may repeat one. It is counted. */
function dropStray(session: SessionState): number {
  if (session.detail >= 0) return 0;
  session.statistics.strayAcknowledgements++;
  session.event = NO_EVENT;
  return 0;
}
