/** Copies `length` bytes between two buffers that do not overlap. */
export function copyBytes(
  from: Uint8Array,
  fromOffset: number,
  length: number,
  to: Uint8Array,
  toOffset: number,
): void {
  "cold";
  // A view of no bytes would be one of all that follow.
  if (length > 0)
    to.set(new Uint8Array(from.buffer, from.byteOffset + fromOffset, length), toOffset);
}

/** Tells whether two runs of `length` bytes are equal. */
export function equalBytes(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  "cold";
  const part = E.toString(a).substr(aOffset, length);
  return part === E.toString(b).substr(bOffset, length);
}

/** Moves `length` bytes within one buffer; the runs may overlap: Espruino's `set` allows for it. */
export function moveBytes(
  bytes: Uint8Array,
  fromOffset: number,
  length: number,
  toOffset: number,
): void {
  "cold";
  copyBytes(bytes, fromOffset, length, bytes, toOffset);
}
