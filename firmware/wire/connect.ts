import { encodeField, encodeFixedHeader, encodeUint16, remainingLengthSize } from "./field.js";
import { CONNECT } from "./packet-type.js";
import { encodeText } from "./text.js";

const CLEAN_SESSION = 0x02;
const WILL = 0x04;
const PASSWORD = 0x40;
const USER_NAME = 0x80;
const VARIABLE_HEADER_LENGTH = 10;

/** What the broker publishes when the connection ends without DISCONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
}

/** The fields of a CONNECT. @see MQTT 3.1.1 §3.1 */
export interface ConnectFields {
  readonly clientId: string;
  /** 0 turns the keep-alive off. */
  readonly keepAliveSeconds: number;
  readonly will?: Will | undefined;
  readonly userName?: string | undefined;
  /** Needs a user name. [MQTT-3.1.2-22] */
  readonly password?: Uint8Array | undefined;
}

/**
 * Encodes a CONNECT with CleanSession 0. It is done once, at start: `setCleanSession` changes the one
 * bit that differs from connection to connection.
 */
export function encodeConnect(fields: ConnectFields): Uint8Array {
  const parts: Uint8Array[] = [encodeText(fields.clientId)];
  let flags = 0;
  if (fields.will) {
    flags |= WILL | (fields.will.qos << 3) | (fields.will.retain ? 0x20 : 0);
    parts.push(encodeText(fields.will.topic), fields.will.payload);
  }
  if (fields.userName !== undefined) {
    flags |= USER_NAME;
    parts.push(encodeText(fields.userName));
  }
  if (fields.password) {
    flags |= PASSWORD;
    parts.push(fields.password);
  }
  let remainingLength = VARIABLE_HEADER_LENGTH;
  for (let i = 0; i < parts.length; i++) remainingLength += 2 + parts[i].length;
  const packet = new Uint8Array(1 + remainingLengthSize(remainingLength) + remainingLength);
  let offset = encodeFixedHeader(CONNECT << 4, remainingLength, packet, 0);
  offset = encodeField(encodeText("MQTT"), packet, offset);
  packet[offset++] = 4; // protocol level of 3.1.1
  packet[offset++] = flags;
  offset = encodeUint16(fields.keepAliveSeconds, packet, offset);
  for (let i = 0; i < parts.length; i++) offset = encodeField(parts[i], packet, offset);
  return packet;
}

/** Sets or clears CleanSession in an encoded CONNECT. */
export function setCleanSession(packet: Uint8Array, cleanSession: boolean): void {
  let offset = 1;
  while (packet[offset] > 127) offset++;
  offset += 8; // length byte, protocol name, protocol level
  packet[offset] = cleanSession ? packet[offset] | CLEAN_SESSION : packet[offset] & ~CLEAN_SESSION;
}
