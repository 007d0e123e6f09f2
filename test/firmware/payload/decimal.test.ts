import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { DECIMAL_LENGTH, writeDecimal } from "../../../firmware/payload/decimal.js";

function written(value: number, decimals: number): string {
  const out = new Uint8Array(DECIMAL_LENGTH);
  return Buffer.from(out.buffer, 0, writeDecimal(value, decimals, out)).toString();
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

test("what is not finite, or too large to be exact, is nothing", () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e16]) {
    assert.equal(written(value, 0), "");
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
        const text = written(value, decimals);
        assert.match(text, decimals === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${decimals}}$`));
        assert.ok(Math.abs(Number(text) - value) <= 0.5001 * 10 ** -decimals);
      },
    ),
  );
});
