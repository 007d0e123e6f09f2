/**
 * How much an object holds, itself and all that hangs from it: one for each object, element of an array,
 * character of a text and byte of a buffer. What is in `others` is not looked at, nor views of it.
 */
export function weightOf(root: object, others: ReadonlySet<object>): number {
  const seen = new Set<object>(others);
  const left: object[] = [root];
  let weight = 0;
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (!ArrayBuffer.isView(next)) weight += 1 + weighFields(next, left);
    else if (!others.has(next.buffer)) weight += 1 + next.byteLength;
  }
  return weight;
}

/** Puts the objects that the fields hold to those that are left. @returns the weight of the rest */
function weighFields(object: object, left: object[]): number {
  const values: unknown[] = Object.values(object);
  let weight = Array.isArray(object) ? values.length : 0;
  for (const value of values) {
    if (typeof value === "string") weight += value.length;
    else if (typeof value === "object" && value !== null) left.push(value);
  }
  return weight;
}
