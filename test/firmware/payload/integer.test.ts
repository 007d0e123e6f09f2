import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  NO_INTEGER,
  readInteger,
  readScaled,
  writeInteger,
  writeScaled,
} from "../../../firmware/payload/integer.js";
import { BAD_ARGUMENT, TOO_LARGE } from "../../../firmware/status.js";
import { Watched } from "../watched.js";

const LARGEST = 2n ** 31n - 1n;
const digitLike = fc.string({ unit: fc.constantFrom(..."0123459-.+e "), maxLength: 14 });
const decimals = fc.integer({ min: 0, max: 9 });

function read(text: string): number {
  const { bytes, offset, length } = new Watched(text);
  return readInteger(bytes, offset, length);
}

function scaled(text: string, places: number): number {
  const { bytes, offset, length } = new Watched(text);
  return readScaled(bytes, offset, length, places);
}

function written(value: number, places: number, room = 24): string | number {
  const out = new Uint8Array(room + 4).fill(0x7e);
  const length = writeScaled(value, places, out, 2, 2 + room);
  if (places === 0) assert.equal(writeInteger(value, out, 2, 2 + room), length);
  const used = length < 0 ? 0 : length;
  assert.deepEqual(
    [...out.subarray(0, 2), ...out.subarray(2 + used)].filter((b) => b !== 0x7e),
    [],
  );
  return length < 0 ? length : Buffer.from(out.subarray(2, 2 + length)).toString();
}

/** As a person would: digits only, then as if there were no limit. */
function expectedScaled(text: string, places: number): number {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null) return NO_INTEGER;
  const fraction = match[3] ?? "";
  const kept = BigInt((match[2] ?? "") + fraction.padEnd(places, "0").slice(0, places));
  const value = kept + ((fraction[places] ?? "0") >= "5" ? 1n : 0n);
  if (value > LARGEST) return NO_INTEGER;
  return match[1] === "-" ? 0 - Number(value) : Number(value);
}

for (const [text, value] of [
  ["0", 0],
  ["-0", 0],
  ["42", 42],
  ["-12", -12],
  ["007", 7],
  ["2147483647", 2147483647],
  ["-2147483647", -2147483647],
  ["2147483648", NO_INTEGER],
  ["-2147483648", NO_INTEGER],
  ["99999999999999999999", NO_INTEGER],
  ["", NO_INTEGER],
  ["-", NO_INTEGER],
  ["--1", NO_INTEGER],
  ["+1", NO_INTEGER],
  ["1.0", NO_INTEGER],
  ["1 ", NO_INTEGER],
  ["1e3", NO_INTEGER],
  ["on", NO_INTEGER],
] as const) {
  test(`"${text}" read as an integer is ${value === NO_INTEGER ? "none" : value}`, () => {
    assert.equal(read(text), value);
  });
}

for (const [text, places, value] of [
  ["21.45", 2, 2145],
  ["21.5", 2, 2150],
  ["-21.45", 1, -215],
  ["21.44", 1, 214],
  ["7", 3, 7000],
  ["0.999", 2, 100],
  ["214748364.7", 1, 2147483647],
  ["214748364.75", 1, NO_INTEGER],
  ["1.", 1, NO_INTEGER],
  [".5", 1, NO_INTEGER],
  ["1.2.3", 2, NO_INTEGER],
  ["1,5", 1, NO_INTEGER],
  ["-", 0, NO_INTEGER],
] as const) {
  test(`"${text}" with ${places} decimals is ${value === NO_INTEGER ? "none" : value}`, () => {
    assert.equal(scaled(text, places), value);
  });
}

test("any text is an integer, or none, as a pattern and unlimited integers say", () => {
  fc.assert(
    fc.property(digitLike, (text) => {
      assert.equal(read(text), /^-?\d+$/.test(text) ? expectedScaled(text, 0) : NO_INTEGER);
    }),
    { numRuns: 3000 },
  );
});

test("any text is a scaled integer, or none, as a pattern and unlimited integers say", () => {
  fc.assert(
    fc.property(digitLike, decimals, (text, places) => {
      assert.equal(scaled(text, places), expectedScaled(text, places));
    }),
    { numRuns: 3000 },
  );
});

test("what is written is read back, at any number of decimals", () => {
  fc.assert(
    fc.property(fc.integer({ min: -0x7fffffff, max: 0x7fffffff }), decimals, (value, places) => {
      const text = written(value, places);
      assert.match(
        String(text),
        places === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${places}}$`),
      );
      assert.equal(scaled(String(text), places), value);
    }),
  );
  assert.equal(written(-5, 2), "-0.05");
  assert.equal(written(0, 2), "0.00");
});

test("an integer is written as Node writes it, to 2^53", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => assert.equal(written(value, 0), `${value}`)),
  );
});

test("powers of ten and their neighbours have as many digits as they need", () => {
  for (let power = 1; power < 2 ** 53; power *= 10) {
    for (const value of [power - 1, power, power + 1, -power])
      assert.equal(written(value, 0), `${value}`);
  }
});

test("what has no room is too large, and nothing is written", () => {
  for (const [value, places] of [
    [-21, 0],
    [2145, 2],
    [0, 3],
  ] as const) {
    const { length } = String(written(value, places));
    for (let room = 0; room < length; room++) {
      assert.equal(written(value, places, room), TOO_LARGE);
    }
    assert.equal(String(written(value, places, length)).length, length);
  }
});

test("what is no exact integer is a bad argument", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53]) {
    assert.equal(written(value, 0), BAD_ARGUMENT);
  }
});
