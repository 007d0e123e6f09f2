import { encodeText, isWellFormed } from "./text.js";

const PLUS = 0x2b;
const HASH = 0x23;
const SLASH = 0x2f;

/** Tells whether bytes may name a topic: 1 to 65535 of them, no wildcard. @see MQTT 3.1.1 §4.7 */
export function isTopicName(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 1 || length > 65535) return false; // [MQTT-4.7.3-1] [MQTT-4.7.3-3]
  const end = offset + length;
  let isAscii = true;
  for (let i = offset; i < end; i++) {
    const byte = bytes[i];
    if (byte > 0x7f) isAscii = false;
    else if (byte <= PLUS && (byte === PLUS || byte === HASH || byte === 0)) return false; // [MQTT-3.3.2-2]
  }
  return isAscii || isWellFormed(bytes, offset, length); // [MQTT-4.7.3-2]
}

/** Tells whether bytes may be a topic filter. @see MQTT 3.1.1 §4.7.1 */
export function isTopicFilter(bytes: Uint8Array): boolean {
  const last = bytes.length - 1;
  if (last < 0 || last > 65534) return false;
  for (let i = 0; i <= last; i++) {
    const isWildcard = bytes[i] === PLUS || bytes[i] === HASH;
    if (!isWildcard) continue;
    if (i > 0 && bytes[i - 1] !== SLASH) return false; // [MQTT-4.7.1-2] [MQTT-4.7.1-3]
    if (i < last && (bytes[i] === HASH || bytes[i + 1] !== SLASH)) return false;
  }
  return isWellFormed(bytes, 0, bytes.length);
}

/** A topic name, checked and encoded once. Whoever holds one may publish to it without a further look. */
export class TopicName {
  readonly bytes: Uint8Array;

  /** Throws when the name breaks the rules of MQTT 3.1.1 §4.7. */
  constructor(name: string) {
    this.bytes = encodeText(name);
    if (!isTopicName(this.bytes, 0, this.bytes.length)) throw new Error(`bad topic name: ${name}`);
  }
}
