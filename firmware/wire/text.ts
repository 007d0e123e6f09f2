/** Encodes text as UTF-8. It allocates: for start-up only. A lone surrogate becomes U+FFFD. */
export function encodeText(text: string): Uint8Array {
  "cold";
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code >= 0xd800 && code <= 0xdfff) {
      const low = code < 0xdc00 && i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      const isPair = low >= 0xdc00 && low <= 0xdfff;
      code = isPair ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
      if (isPair) i++;
    }
    length = encodeCodePoint(code, bytes, length);
  }
  return bytes.slice(0, length);
}

/** Writes one character as one to four bytes of UTF-8. @returns the offset behind it */
export function encodeCodePoint(code: number, out: Uint8Array, outOffset: number): number {
  "cold";
  if (code < 0x80) {
    out[outOffset++] = code;
    return outOffset;
  }
  const continuations = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  const lead = continuations === 1 ? 0xc0 : continuations === 2 ? 0xe0 : 0xf0;
  out[outOffset++] = lead | (code >> (6 * continuations));
  for (let i = continuations - 1; i >= 0; i--) {
    out[outOffset++] = 0x80 | ((code >> (6 * i)) & 0x3f);
  }
  return outOffset;
}

/**
 * Decodes UTF-8; what is none becomes U+FFFD. It allocates: only when the application asks for text.
 */
export function decodeText(bytes: Uint8Array, offset: number, length: number): string {
  "cold";
  const end = offset + length;
  let text = "";
  while (offset < end) {
    const lead = bytes[offset++];
    let missing = continuations(lead);
    let code = missing > 0 ? lead & (0x3f >> missing) : lead;
    while (missing > 0 && offset < end && bytes[offset] >> 6 === 2) {
      code = (code << 6) | (bytes[offset++] & 0x3f);
      missing--;
    }
    text += codePointText(missing === 0 ? code : 0xfffd);
  }
  return text;
}

function codePointText(code: number): string {
  "cold";
  if (code < 0x10000) return String.fromCharCode(code);
  return String.fromCharCode(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + (code & 0x3ff));
}

/** How many bytes follow one that leads a sequence, or -1 when none may begin so. */
function continuations(lead: number): number {
  "cold";
  if (lead < 0x80) return 0;
  if (lead < 0xc2 || lead > 0xf4) return -1;
  return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
}

/**
 * Tells whether bytes are UTF-8 as MQTT wants it: no overlong form, no surrogate, nothing above
 * U+10FFFF [MQTT-1.5.3-1] and no U+0000 [MQTT-1.5.3-2].
 */
export function isWellFormed(bytes: Uint8Array, offset: number, length: number): boolean {
  "cold";
  const end = offset + length;
  while (offset < end) {
    const lead = bytes[offset++];
    const next = offset + continuations(lead);
    if (lead === 0 || next < offset || next > end) return false;
    if (next > offset && !isSecond(bytes[offset], lead)) return false;
    while (offset < next) if (bytes[offset++] >> 6 !== 2) return false;
  }
  return true;
}

/** The second byte's range depends on the first, and no other's does. @see RFC 3629 §4 */
function isSecond(byte: number, lead: number): boolean {
  "cold";
  const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  return byte >= lowest && byte <= (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf);
}
