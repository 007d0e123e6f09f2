import { MALFORMED } from "../status.js";

/** Session Present, as `decodeConnack` adds it to the return code. */
export const SESSION_PRESENT = 0x100;

/**
 * Reads a CONNACK.
 *
 * @returns the return code (0: accepted), plus SESSION_PRESENT when that flag is set; MALFORMED when
 *   reserved bits are set or the length is not 2
 * @see MQTT 3.1.1 §3.2
 */
export function decodeConnack(bytes: Uint8Array, offset: number, end: number): number {
  if (end - offset !== 2 || bytes[offset] > 1) return MALFORMED;
  return (bytes[offset] << 8) | bytes[offset + 1];
}
