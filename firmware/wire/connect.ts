import { V5, WILL } from "../features.js";
import { connectProperties, willProperties } from "./connect-properties.js";
import { encodeUint16, encodeVarint, prefixed, varintSize } from "./field.js";
import { CONNECT } from "./packet-type.js";
import type { Properties } from "./properties.js";
import { encodeText } from "./text.js";

const CLEAN_START = 0x02;
const WILL_FLAG = 0x04;
const WILL_QOS_SHIFT = 3;
const WILL_RETAIN = 0x20;
const PASSWORD = 0x40;
const USER_NAME = 0x80;
/** Of the variable header up to the properties. */
const VARIABLE_HEADER_LENGTH = 10;

/** What the broker publishes when the connection ends without DISCONNECT. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly retain: boolean;
  /** MQTT 5: how long the broker waits for the client to come back. */
  readonly delaySeconds?: number | undefined;
  /** MQTT 5: further properties of the will. */
  readonly properties?: Properties | undefined;
}

/** Enhanced authentication. @see MQTT 5 §4.12 */
export interface Authentication {
  readonly method: string;
  /** What the method wants to say first. */
  readonly data?: Uint8Array | undefined;
}

/** The fields of a CONNECT. @see MQTT 3.1.1 §3.1, MQTT 5 §3.1 */
export interface ConnectFields {
  readonly clientId: string;
  /** 0 turns the keep-alive off. */
  readonly keepAliveSeconds: number;
  readonly will?: Will | undefined;
  readonly userName?: string | undefined;
  /** Needs a user name in 3.1.1. [MQTT-3.1.2-22] */
  readonly password?: Uint8Array | undefined;
  /** 4: MQTT 3.1.1, as when absent; 5: MQTT 5. */
  readonly protocolVersion?: number | undefined;
  /** True: the broker is to forget the session at the end of each connection. */
  readonly cleanSession?: boolean | undefined;
  /**
   * MQTT 5: how long the broker keeps the session without a connection; when absent for ever, or with
   * `cleanSession` not at all.
   */
  readonly sessionExpirySeconds?: number | undefined;
  /** MQTT 5: topic aliases that the broker may use; none when absent. */
  readonly topicAliasMaximum?: number | undefined;
  /** MQTT 5: user properties, Request Response Information, Request Problem Information. */
  readonly properties?: Properties | undefined;
  readonly authentication?: Authentication | undefined;
}

/**
 * Encodes a CONNECT without Clean Session. It is done once, at start: `setCleanStart` changes the one bit
 * that differs from connection to connection.
 *
 * @param clientId UTF-8; in MQTT 5 perhaps the one that the broker assigned
 * @param receiveMaximum MQTT 5: received QoS 1 and 2 messages in flight, 1 to 65535
 * @param maximumPacketSize MQTT 5: bytes of the largest packet that the broker may send; 0: any
 */
export function encodeConnect(
  fields: ConnectFields,
  clientId: Uint8Array,
  receiveMaximum: number,
  maximumPacketSize: number,
): Uint8Array {
  "cold";
  const isV5 = V5 && fields.protocolVersion === 5;
  const payload: Uint8Array[] = [prefixed(clientId)];
  let flags = 0;
  const will = WILL ? fields.will : undefined;
  if (will) {
    flags |= WILL_FLAG | (will.qos << WILL_QOS_SHIFT) | (will.retain ? WILL_RETAIN : 0);
    if (isV5) payload.push(willProperties(will));
    payload.push(prefixed(encodeText(will.topic)), prefixed(will.payload));
  }
  if (fields.userName !== undefined) {
    flags |= USER_NAME;
    payload.push(prefixed(encodeText(fields.userName)));
  }
  if (fields.password) {
    flags |= PASSWORD;
    payload.push(prefixed(fields.password));
  }
  const head = new Uint8Array(VARIABLE_HEADER_LENGTH);
  head.set([0, 4, 0x4d, 0x51, 0x54, 0x54]); // "MQTT"
  head[6] = isV5 ? 5 : 4; // protocol level
  head[7] = flags;
  encodeUint16(fields.keepAliveSeconds, head, 8);
  payload.unshift(head);
  if (isV5) payload.splice(1, 0, connectProperties(fields, receiveMaximum, maximumPacketSize));
  return join(CONNECT << 4, payload);
}

/** A packet of a first byte, a Remaining Length and parts. */
function join(firstByte: number, parts: readonly Uint8Array[]): Uint8Array {
  "cold";
  let remainingLength = 0;
  for (let i = 0; i < parts.length; i++) remainingLength += parts[i].length;
  const packet = new Uint8Array(1 + varintSize(remainingLength) + remainingLength);
  packet[0] = firstByte;
  let offset = encodeVarint(remainingLength, packet, 1);
  for (let i = 0; i < parts.length; i++) {
    packet.set(parts[i], offset);
    offset += parts[i].length;
  }
  return packet;
}

/** Sets or clears Clean Session, or Clean Start, in an encoded CONNECT. */
export function setCleanStart(packet: Uint8Array, cleanStart: boolean): void {
  "cold";
  let offset = 1;
  while (packet[offset] > 127) offset++;
  offset += 8; // length byte, protocol name, protocol level
  packet[offset] = cleanStart ? packet[offset] | CLEAN_START : packet[offset] & ~CLEAN_START;
}
