import type { Random } from "../../sim/random.js";

// CBOR as RFC 8949 describes it in its Appendix C: by recursion, with no thought of memory.

const INDEFINITE = 31;

/** @returns the offset behind the item, -1 where bytes are missing, -2 where they are wrong */
export function endOfItem(bytes: Uint8Array, at: number): number {
  try {
    return itemFrom(bytes, at, false);
  } catch (error) {
    if (error instanceof RangeError) return -1;
    if (error instanceof SyntaxError) return -2;
    throw error;
  }
}

function byteAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new RangeError();
  return byte;
}

function itemFrom(bytes: Uint8Array, at: number, mayBreak: boolean): number {
  const first = byteAt(bytes, at++);
  const major = first >> 5;
  const info = first & 31;
  if (first === 0xff) {
    if (mayBreak) return -at;
    throw new SyntaxError();
  }
  if (info === INDEFINITE) return indefiniteFrom(bytes, at, major);
  if (info > 27) throw new SyntaxError();
  const size = info < 24 ? 0 : 1 << (info - 24);
  let value = size === 0 ? BigInt(info) : 0n;
  for (let i = 0; i < size; i++) value = value * 256n + BigInt(byteAt(bytes, at++));
  if (major === 7 && info === 24 && value < 32n) throw new SyntaxError();
  if (major === 2 || major === 3) {
    if (value > BigInt(bytes.length - at)) throw new RangeError();
    return at + Number(value);
  }
  const perValue = [0n, 0n, 0n, 0n, 1n, 2n][major] ?? 0n;
  const count = major === 6 ? 1n : perValue * value;
  for (let i = 0n; i < count; i++) at = itemFrom(bytes, at, false);
  return at;
}

function indefiniteFrom(bytes: Uint8Array, at: number, major: number): number {
  if (major < 2 || major > 5) throw new SyntaxError();
  for (let count = 0; ; count++) {
    const first = byteAt(bytes, at);
    if (major < 4 && first !== 0xff && (first >> 5 !== major || (first & 31) === INDEFINITE))
      throw new SyntaxError();
    const next = itemFrom(bytes, at, major !== 5 || count % 2 === 0);
    if (next < 0) return -next;
    at = next;
  }
}

/** Writes a value of JavaScript in one of the many ways there are: sizes, tags and indefinite lengths by chance. */
export function writeCbor(value: unknown, random: Random): number[] {
  const bytes = writeItem(value, random);
  return random.below(8) === 0 ? [...head(6, random.below(300), random), ...bytes] : bytes;
}

function writeItem(value: unknown, random: Random): number[] {
  const isIndefinite = random.below(4) === 0;
  if (typeof value === "number") return writeNumber(value, random);
  if (typeof value === "string") return writeText(Buffer.from(value), isIndefinite, random);
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => writeCbor(item, random));
    return isIndefinite ? [0x9f, ...items, 0xff] : [...head(4, value.length, random), ...items];
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value);
    const items = members.flatMap(([name, member]) => [
      ...writeText(Buffer.from(name), false, random),
      ...writeCbor(member, random),
    ]);
    return isIndefinite ? [0xbf, ...items, 0xff] : [...head(5, members.length, random), ...items];
  }
  return [value === true ? 0xf5 : value === false ? 0xf4 : 0xf6];
}

function writeNumber(value: number, random: Random): number[] {
  if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
    return value < 0 ? head(1, -1 - value, random) : head(0, value, random);
  }
  const bytes = Buffer.alloc(9);
  bytes[0] = 0xfb;
  bytes.writeDoubleBE(value, 1);
  return [...bytes];
}

function writeText(text: Uint8Array, isIndefinite: boolean, random: Random): number[] {
  if (!isIndefinite) return [...head(3, text.length, random), ...text];
  const middle = random.below(text.length + 1);
  const pieces = [text.subarray(0, middle), text.subarray(middle)];
  return [0x7f, ...pieces.flatMap((piece) => [...head(3, piece.length, random), ...piece]), 0xff];
}

function head(major: number, value: number, random: Random): number[] {
  const least = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : value < 2 ** 32 ? 4 : 8;
  const sizes = [0, 1, 2, 4, 8].filter((size) => size >= least);
  const size = sizes[random.below(3) > 0 ? 0 : random.below(sizes.length)] ?? 8;
  if (size === 0) return [(major << 5) | value];
  const hex = BigInt(value)
    .toString(16)
    .padStart(2 * size, "0");
  return [(major << 5) | (24 + Math.log2(size)), ...Buffer.from(hex, "hex")];
}
