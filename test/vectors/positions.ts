/** Up to this length every byte of a packet is tried. */
const EVERY = 256;
/** Of a longer one: so many at its beginning, so many at its end, and so many in between. */
const FIRST = 32;
const LAST = 8;
const BETWEEN = 8;

/** Places in a run of bytes at which it is cut or changed: all of a short run, the telling ones of a long one. */
export function positionsIn(length: number): number[] {
  if (length <= EVERY) return Array.from({ length }, (_, at) => at);
  const step = Math.floor((length - FIRST - LAST) / BETWEEN);
  return [
    ...Array.from({ length: FIRST }, (_, i) => i),
    ...Array.from({ length: BETWEEN }, (_, i) => FIRST + i * step),
    ...Array.from({ length: LAST }, (_, i) => length - LAST + i),
  ];
}
