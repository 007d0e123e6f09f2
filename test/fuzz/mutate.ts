import type { Random } from "../sim/random.js";

/** No input grows beyond this. */
export const LONGEST_INPUT = 2048;
const MOST_CHANGES = 6;
const INTERESTING = [0, 1, 2, 4, 0x10, 0x20, 0x40, 0x7f, 0x80, 0x81, 0xc0, 0xfe, 0xff];
const INTERESTING_16 = [0, 1, 2, 0xff, 0x100, 0x7fff, 0x8000, 0xfffe, 0xffff];

/** A change of an input; it may return the same array changed. */
type Change = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

const CHANGES: readonly Change[] = [
  flipBit,
  flipBit,
  setByte,
  setInteresting,
  setInteresting16,
  addSmall,
  insertBytes,
  deleteBytes,
  repeatBytes,
  truncate,
  splice,
  overwrite,
];

/** @returns a new array in which one to six things are changed; `other` lends bytes */
export function mutate(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let changed: Uint8Array = input.slice();
  const count = 1 + random.below(MOST_CHANGES);
  for (let i = 0; i < count; i++) {
    if (changed.length === 0) changed = random.bytes(4);
    changed = CHANGES[random.below(CHANGES.length)]!(changed, random, other);
  }
  return changed.length > LONGEST_INPUT ? changed.slice(0, LONGEST_INPUT) : changed;
}

/** Puts `part` in the place of the bytes from `start` to `end`. */
export function replace(
  input: Uint8Array,
  start: number,
  end: number,
  part: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(input.length - (end - start) + part.length);
  out.set(input.subarray(0, start));
  out.set(part, start);
  out.set(input.subarray(end), start + part.length);
  return out;
}

/** A run of bytes somewhere in the input, at most 32 long. */
function piece(input: Uint8Array, random: Random): [start: number, end: number] {
  const start = random.below(input.length);
  return [start, Math.min(input.length, start + 1 + random.below(32))];
}

function flipBit(input: Uint8Array, random: Random): Uint8Array {
  input[random.below(input.length)]! ^= 1 << random.below(8);
  return input;
}

function setByte(input: Uint8Array, random: Random): Uint8Array {
  input[random.below(input.length)] = random.below(256);
  return input;
}

function setInteresting(input: Uint8Array, random: Random): Uint8Array {
  input[random.below(input.length)] = INTERESTING[random.below(INTERESTING.length)]!;
  return input;
}

function setInteresting16(input: Uint8Array, random: Random): Uint8Array {
  const at = random.below(input.length);
  const value = INTERESTING_16[random.below(INTERESTING_16.length)]!;
  input[at] = value >> 8;
  if (at + 1 < input.length) input[at + 1] = value;
  return input;
}

function addSmall(input: Uint8Array, random: Random): Uint8Array {
  input[random.below(input.length)]! += random.below(17) - 8;
  return input;
}

function insertBytes(input: Uint8Array, random: Random): Uint8Array {
  const at = random.below(input.length + 1);
  return replace(input, at, at, random.bytes(1 + random.below(8)));
}

function deleteBytes(input: Uint8Array, random: Random): Uint8Array {
  const [start, end] = piece(input, random);
  return replace(input, start, end, new Uint8Array(0));
}

function repeatBytes(input: Uint8Array, random: Random): Uint8Array {
  const [start, end] = piece(input, random);
  return replace(input, end, end, input.slice(start, end));
}

function truncate(input: Uint8Array, random: Random): Uint8Array {
  return input.slice(0, 1 + random.below(input.length));
}

/** The beginning of one and the end of another. */
function splice(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (other.length === 0) return input;
  const at = random.below(input.length);
  return replace(input, at, input.length, other.slice(random.below(other.length)));
}

function overwrite(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  if (other.length === 0) return input;
  const [start, end] = piece(other, random);
  const at = random.below(input.length);
  return replace(input, at, Math.min(input.length, at + end - start), other.slice(start, end));
}
