import { MALFORMED } from "../status.js";
import {
  decodeUint16,
  encodeField,
  encodeFixedHeader,
  encodeUint16,
  remainingLengthSize,
} from "./field.js";
import { RESERVED_FLAGS, SUBSCRIBE, UNSUBSCRIBE } from "./packet-type.js";

/** The SUBACK return code of a refused filter. */
export const SUBSCRIBE_FAILED = 0x80;

/**
 * Encodes a SUBSCRIBE for one filter, or, with `qos` below 0, its UNSUBSCRIBE. The identifier is 0
 * until `setPacketId`. It allocates: subscribing is no steady state.
 */
export function encodeSubscription(filter: Uint8Array, qos: number): Uint8Array {
  const remainingLength = 4 + filter.length + (qos < 0 ? 0 : 1);
  const packet = new Uint8Array(1 + remainingLengthSize(remainingLength) + remainingLength);
  const firstByte = ((qos < 0 ? UNSUBSCRIBE : SUBSCRIBE) << 4) | RESERVED_FLAGS;
  let offset = encodeFixedHeader(firstByte, remainingLength, packet, 0);
  offset = encodeUint16(0, packet, offset);
  offset = encodeField(filter, packet, offset);
  if (qos >= 0) packet[offset] = qos;
  return packet;
}

/** Writes the identifier into an encoded SUBSCRIBE or UNSUBSCRIBE. */
export function setPacketId(packet: Uint8Array, packetId: number): void {
  let offset = 1;
  while (packet[offset] > 127) offset++;
  encodeUint16(packetId, packet, offset + 1);
}

/**
 * Reads the SUBACK of a SUBSCRIBE with one filter.
 *
 * @returns packet identifier × 256 + return code (0, 1, 2 or SUBSCRIBE_FAILED), or MALFORMED
 * @see MQTT 3.1.1 §3.9
 */
export function decodeSuback(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset !== 3) return MALFORMED;
  const code = bytes[offset + 2];
  const packetId = decodeUint16(bytes, offset);
  if (packetId === 0 || (code > 2 && code !== SUBSCRIBE_FAILED)) return MALFORMED;
  return packetId * 256 + code;
}
