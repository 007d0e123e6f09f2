import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DECIMAL_LENGTH, readDecimal, writeDecimal } from "../../../firmware/payload/decimal.js";
import { BAD_ARGUMENT, TOO_LARGE } from "../../../firmware/status.js";
import { Watched } from "../watched.js";

function written(value: number, decimals: number): string | number {
  const out = new Uint8Array(DECIMAL_LENGTH);
  const length = writeDecimal(value, decimals, out, 0, out.length);
  return length < 0 ? length : Buffer.from(out.buffer, 0, length).toString();
}

function read(text: string): number {
  const { bytes, offset, length } = new Watched(text);
  return readDecimal(bytes, offset, length);
}

for (const [value, decimals, text] of [
  [0, 0, "0"],
  [-0, 2, "0.00"],
  [21.456, 1, "21.5"],
  [-21.44, 1, "-21.4"],
  [0.05, 1, "0.1"],
  [-0.04, 1, "0.0"],
  [9.996, 2, "10.00"],
  [5, 3, "5.000"],
  [1234567890, 0, "1234567890"],
  [9007199254740991, 0, "9007199254740991"],
  [1e-9, 9, "0.000000001"],
] as const) {
  test(`${value} with ${decimals} decimals is "${text}"`, () => {
    assert.equal(written(value, decimals), text);
  });
}

test("what is not finite, or too large to be exact, is a bad argument", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e16]) {
    assert.equal(written(value, 0), BAD_ARGUMENT);
  }
});

test("integers are written as Node writes them, and fractions as close as their digits allow", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), (value) => {
      assert.equal(written(value, 0), String(value));
    }),
  );
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.integer({ min: 0, max: 6 }),
      (value, decimals) => {
        const text = String(written(value, decimals));
        assert.match(text, decimals === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${decimals}}$`));
        assert.ok(Math.abs(Number(text) - value) <= 0.5001 * 10 ** -decimals);
      },
    ),
  );
});

test("a decimal is written where there is room for it, and nowhere else", () => {
  const out = new Uint8Array(8).fill(0x7e);
  assert.equal(writeDecimal(-21.46, 1, out, 2, 7), 5);
  assert.equal(Buffer.from(out).toString(), "~~-21.5~");
  assert.equal(writeDecimal(-21.46, 1, out.fill(0x7e), 2, 6), TOO_LARGE);
  assert.deepEqual(out, new Uint8Array(8).fill(0x7e));
});

test("the longest decimal fits in DECIMAL_LENGTH", () => {
  assert.equal(written(-9007199254740991, 0), "-9007199254740991");
  assert.equal(written(-9007199.254740991, 9), "-9007199.254740991");
  assert.ok(String(written(-9007199.254740991, 9)).length <= DECIMAL_LENGTH);
});

for (const text of [
  "",
  "-",
  ".",
  ".5",
  "5.",
  "1e",
  "1e+",
  "1e+-1",
  "1e1.5",
  "1.2.3",
  "+1",
  " 1",
  "1 ",
  "0x10",
  "NaN",
]) {
  test(`"${text}" is no decimal`, () => assert.ok(Number.isNaN(read(text))));
}

for (const [text, value] of [
  ["21.45", 21.45],
  ["-0.5", -0.5],
  ["007", 7],
  ["1e3", 1000],
  ["6.02E+23", 6.02e23],
  ["-1.5e-7", -1.5e-7],
  ["0.1", 0.1],
  ["9007199254740993", 9007199254740992],
  [`0.${"0".repeat(400)}1e401`, 1],
  [`1${"0".repeat(400)}e-400`, 1],
  ["0e999", 0],
  ["1e-999", 0],
] as const) {
  test(`"${text.slice(0, 24)}" is read as ${value}`, () => assert.equal(read(text), value));
}

test("a decimal that no number is large enough for is none", () => {
  for (const text of ["1e309", "-1e309", "9".repeat(400), "1e99999999999"]) {
    assert.ok(Number.isNaN(read(text)), text);
  }
});

test("up to 15 digits and an exponent within 22 are read as Node reads them", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 15 });
  fc.assert(
    fc.property(
      digits,
      fc.nat(14),
      fc.integer({ min: -7, max: 22 }),
      fc.boolean(),
      (all, at, exponent, isNegative) => {
        const whole = all.slice(0, at + 1);
        const fraction = all.slice(at + 1);
        const text = `${isNegative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}e${exponent}`;
        assert.equal(read(text), Number(text) + 0);
      },
    ),
    { numRuns: 3000 },
  );
});

test("every number that Node writes is read within a few units of its last place", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const got = read(String(value).replace("e+", "e"));
      assert.ok(Math.abs(got - value) <= Math.abs(value) * 2 ** -50 + 5e-324, `${value} ${got}`);
    }),
    { numRuns: 3000 },
  );
});

test("any text is a decimal, or none, as a pattern says", () => {
  const numberLike = fc.string({ unit: fc.constantFrom(..."0123459-.+eE "), maxLength: 9 });
  fc.assert(
    fc.property(numberLike, (text) => {
      const isDecimal = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
      const value = Number(text);
      const expected = isDecimal && Number.isFinite(value) ? value : Number.NaN;
      const got = read(text);
      if (Number.isNaN(expected)) assert.ok(Number.isNaN(got), text);
      else assert.ok(Math.abs(got - expected) <= Math.abs(expected) * 2 ** -50, text);
    }),
    { numRuns: 5000 },
  );
});
