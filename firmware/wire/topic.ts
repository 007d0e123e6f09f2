import { prefixed } from "./field.js";
import { encodeText, isWellFormed } from "./text.js";

const PLUS = 0x2b;
const HASH = 0x23;
const SLASH = 0x2f;

/** Tells whether bytes may name a topic: 1 to 65535 of them, no wildcard. @see MQTT 3.1.1 §4.7 */
export function isTopicName(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 1 || length > 65535) return false; // [MQTT-4.7.3-1] [MQTT-4.7.3-3]
  const end = offset + length;
  for (let i = offset; i < end; i++) {
    const byte = bytes[i];
    if (byte > 0x7f) return hasNoWildcard(bytes, i, end) && isWellFormed(bytes, offset, length);
    if (byte <= PLUS && (byte === PLUS || byte === HASH || byte === 0)) return false; // [MQTT-3.3.2-2]
  }
  return true;
}

function hasNoWildcard(bytes: Uint8Array, offset: number, end: number): boolean {
  "cold";
  for (let i = offset; i < end; i++) if (bytes[i] === PLUS || bytes[i] === HASH) return false;
  return true;
}

/** Tells whether the bytes from `offset` to the end may be a topic filter. @see MQTT 3.1.1 §4.7.1 */
export function isTopicFilter(bytes: Uint8Array, offset: number): boolean {
  "cold";
  const last = bytes.length - 1;
  if (last < offset || last - offset > 65534) return false;
  for (let i = offset; i <= last; i++) {
    const isWildcard = bytes[i] === PLUS || bytes[i] === HASH;
    if (!isWildcard) continue;
    if (i > offset && bytes[i - 1] !== SLASH) return false; // [MQTT-4.7.1-2] [MQTT-4.7.1-3]
    if (i < last && (bytes[i] === HASH || bytes[i + 1] !== SLASH)) return false;
  }
  return isWellFormed(bytes, offset, bytes.length - offset);
}

/** A string as a packet holds it. It allocates. */
export function encodeString(text: string): Uint8Array {
  "cold";
  return prefixed(encodeText(text));
}
