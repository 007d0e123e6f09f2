/** How many bytes, 1 to 4, a variable byte integer takes on the wire. @see MQTT 5 §1.5.5 */
export function varintSize(value: number): number {
  if (value < 128) return 1;
  if (value < 16384) return 2;
  return value < 2097152 ? 3 : 4;
}

/** Writes a variable byte integer, in the fewest bytes [MQTT-1.5.5-1]. @returns the offset behind it */
export function encodeVarint(value: number, out: Uint8Array, outOffset: number): number {
  while (value > 127) {
    out[outOffset++] = value | 0x80;
    value >>>= 7;
  }
  out[outOffset++] = value;
  return outOffset;
}

/** Writes a two-byte integer. @returns the offset behind it */
export function encodeUint16(value: number, out: Uint8Array, outOffset: number): number {
  "cold";
  out[outOffset] = value >> 8;
  out[outOffset + 1] = value;
  return outOffset + 2;
}

/** Writes a four-byte integer. @returns the offset behind it */
export function encodeUint32(value: number, out: Uint8Array, outOffset: number): number {
  "cold";
  return encodeUint16(value, out, encodeUint16(value >>> 16, out, outOffset));
}

/** A string or binary data as a packet holds it: its length in two bytes, then itself. It allocates. */
export function prefixed(bytes: Uint8Array): Uint8Array {
  "cold";
  const field = new Uint8Array(2 + bytes.length);
  encodeUint16(bytes.length, field, 0);
  field.set(bytes, 2);
  return field;
}
