import { BAD_ALIAS, MALFORMED, PROTOCOL_ERROR, QUOTA_EXCEEDED, TOO_LARGE } from "../status.js";
import { DISCONNECT_BYTE } from "../wire/packet-type.js";
import {
  MALFORMED_PACKET,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR_REASON,
  RECEIVE_MAXIMUM_EXCEEDED,
  TOPIC_ALIAS_INVALID,
} from "../wire/reason-code.js";
import { NOTHING } from "./parts.js";
import { CONNECTED, type Session } from "./session.js";

/** Tells the broker why the connection ends, where that is its fault and nothing is half written. §4.13 */
export function sayWhy(session: Session, status: number): void {
  "cold";
  const version5 = session.version5;
  if (!version5 || session.phase !== CONNECTED || session.outbound.source !== NOTHING) return;
  const reason = reasonFor(status);
  if (reason === 0) return;
  const packet = version5.goodbye;
  packet[0] = DISCONNECT_BYTE;
  packet[1] = 1;
  packet[2] = reason;
  session.transport.write(packet, 0, packet.length, false);
}

function reasonFor(status: number): number {
  "cold";
  switch (status) {
    case MALFORMED:
      return MALFORMED_PACKET;
    case PROTOCOL_ERROR:
      return PROTOCOL_ERROR_REASON;
    case QUOTA_EXCEEDED:
      return RECEIVE_MAXIMUM_EXCEEDED;
    case BAD_ALIAS:
      return TOPIC_ALIAS_INVALID;
    case TOO_LARGE:
      return PACKET_TOO_LARGE;
    default:
      return 0;
  }
}
