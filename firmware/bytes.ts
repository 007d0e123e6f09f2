/** Copies `length` bytes between two buffers that do not overlap. */
export function copyBytes(
  from: Uint8Array,
  fromOffset: number,
  length: number,
  to: Uint8Array,
  toOffset: number,
): void {
  for (let i = 0; i < length; i++) to[toOffset + i] = from[fromOffset + i];
}

/** Tells whether two runs of `length` bytes are equal. */
export function equalBytes(
  a: Uint8Array,
  aOffset: number,
  b: Uint8Array,
  bOffset: number,
  length: number,
): boolean {
  for (let i = 0; i < length; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/** Moves `length` bytes within one buffer; the runs may overlap. */
export function moveBytes(
  bytes: Uint8Array,
  fromOffset: number,
  length: number,
  toOffset: number,
): void {
  bytes.copyWithin(toOffset, fromOffset, fromOffset + length);
}
