import { MALFORMED } from "../status.js";
import { decodeUint16, encodeFixedHeader, encodeUint16 } from "./field.js";
import { PUBREL, RESERVED_FLAGS } from "./packet-type.js";

/** PUBACK, PUBREC, PUBREL, PUBCOMP and UNSUBACK have one shape in 3.1.1, and this length. */
export const ACKNOWLEDGE_LENGTH = 4;

/** Writes a PUBACK, PUBREC, PUBREL or PUBCOMP. @returns the offset behind it */
export function encodeAcknowledge(
  type: number,
  packetId: number,
  out: Uint8Array,
  outOffset: number,
): number {
  const firstByte = (type << 4) | (type === PUBREL ? RESERVED_FLAGS : 0);
  return encodeUint16(packetId, out, encodeFixedHeader(firstByte, 2, out, outOffset));
}

/** Reads the identifier of a packet that holds nothing else. @returns 1 to 65535, or MALFORMED */
export function decodeAcknowledge(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset !== 2) return MALFORMED;
  const packetId = decodeUint16(bytes, offset);
  return packetId === 0 ? MALFORMED : packetId;
}
