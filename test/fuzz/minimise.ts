/**
 * Takes away and clears what an input that fails does not need for it.
 *
 * @param fails  tells whether an input still fails in the same way
 * @param budget how often it may be asked
 * @returns the smallest input found that fails
 */
export function minimise(
  input: Uint8Array,
  fails: (input: Uint8Array) => boolean,
  budget = 5_000,
): Uint8Array {
  let best = input;
  let asked = 0;
  const takes = (candidate: Uint8Array): boolean => {
    if (asked++ >= budget || !fails(candidate)) return false;
    best = candidate;
    return true;
  };
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length; ) {
      const rest = [...best.slice(0, at), ...best.slice(at + size)];
      if (!takes(Uint8Array.from(rest))) at += size;
    }
  }
  for (let at = 0; at < best.length; at++) {
    if (best[at] !== 0) takes(best.map((byte, i) => (i === at ? 0 : byte)));
  }
  return best;
}
