/** 32 random bits, unsigned. */
export function random(): number {
  return E.hwRand() >>> 0;
}
