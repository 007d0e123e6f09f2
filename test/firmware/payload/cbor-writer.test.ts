import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CBOR_ARRAY,
  CBOR_BYTES,
  CBOR_FLOAT,
  CBOR_INTEGER,
  CBOR_TEXT,
} from "../../../firmware/payload/cbor.js";
import { CborReader } from "../../../firmware/payload/cbor-reader.js";
import { CborWriter } from "../../../firmware/payload/cbor-writer.js";
import { BAD_ARGUMENT, TOO_LARGE } from "../../../firmware/status.js";
import { PREFERRED } from "./cbor-vectors.js";

const PAD = 3;
const reader = new CborReader();
const writer = new CborWriter();

/** @returns what was written, in hex, or the status; nothing outside of the room is touched */
function written(write: () => void, room = 64): string | number {
  const out = new Uint8Array(room + 2 * PAD).fill(0x7e);
  writer.begin(out, PAD, PAD + room);
  write();
  const length = writer.finish();
  const outside = [...out.subarray(0, PAD), ...out.subarray(PAD + (length < 0 ? room : length))];
  assert.deepEqual(
    outside.filter((byte) => byte !== 0x7e),
    [],
  );
  return length < 0 ? length : Buffer.from(out.subarray(PAD, PAD + length)).toString("hex");
}

/** Writes again what is read, call by call. */
function copy(hex: string): void {
  const bytes = Buffer.from(hex, "hex");
  for (let type = reader.begin(bytes, 0, bytes.length); type >= 0; type = reader.next()) {
    if (type === CBOR_INTEGER) writer.integer(reader.value);
    else if (type === CBOR_FLOAT) writer.float(reader.value);
    else if (type === CBOR_BYTES || type === CBOR_TEXT)
      writer.string(type, bytes, reader.offset, reader.value);
    else writer.head(type, reader.value);
  }
}

for (const [hex, text] of PREFERRED) {
  test(`${text} is written as ${hex}`, () => {
    assert.equal(
      written(() => copy(hex)),
      hex,
    );
  });

  test(`${text} does not fit in less, and nothing behind is touched`, () => {
    const length = hex.length / 2;
    assert.equal(
      written(() => copy(hex), length),
      hex,
    );
    for (let room = 0; room < length; room++)
      assert.equal(
        written(() => copy(hex), room),
        TOO_LARGE,
      );
  });
}

for (const [value, hex] of [
  [255, "18ff"],
  [256, "190100"],
  [65535, "19ffff"],
  [65536, "1a00010000"],
  [2 ** 32 - 1, "1affffffff"],
  [2 ** 32, "1b0000000100000000"],
  [2 ** 53 - 1, "1b001fffffffffffff"],
  [-24, "37"],
  [-25, "3818"],
  [-256, "38ff"],
  [-257, "390100"],
  [-(2 ** 53), "3b001fffffffffffff"],
] as const) {
  test(`the integer ${value} is written as ${hex}`, () => {
    assert.equal(
      written(() => writer.integer(value)),
      hex,
    );
  });
}

for (const [value, hex] of [
  [65504, "f97bff"],
  [65505, "fa477fe100"],
  [65520, "fa477ff000"],
  [65536, "fa47800000"],
  [2 ** -24, "f90001"],
  [2 ** -25, "fa33000000"],
  [2 ** -1074, "fb0000000000000001"],
] as const) {
  test(`the number ${value} is written as ${hex}`, () => {
    assert.equal(
      written(() => writer.float(value)),
      hex,
    );
  });
}

test("any integer is written as short as it goes, and read back", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.integer({ min: -300, max: 300 })),
      (value) => {
        const bytes = Buffer.from(String(written(() => writer.integer(value))), "hex");
        assert.equal(reader.begin(bytes, 0, bytes.length), CBOR_INTEGER);
        assert.equal(reader.value, value);
        const size = value < 0 ? -1 - value : value;
        const least =
          size < 24 ? 1 : size < 0x100 ? 2 : size < 0x10000 ? 3 : size < 2 ** 32 ? 5 : 9;
        assert.equal(bytes.length, least);
      },
    ),
    { numRuns: 2000 },
  );
});

test("what is no exact integer, or no count, is a bad argument", () => {
  for (const value of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53) - 2]) {
    assert.equal(
      written(() => writer.integer(value)),
      BAD_ARGUMENT,
    );
  }
  assert.equal(
    written(() => writer.head(CBOR_ARRAY, -1)),
    BAD_ARGUMENT,
  );
  assert.equal(
    written(() => writer.integer(1)),
    "01",
  );
});

/** Sizes of half precision, in order. */
const halves = Float64Array.from({ length: 0x7c00 }, (_, bits) =>
  bits < 0x400 ? bits * 2 ** -24 : (1024 + (bits & 1023)) * 2 ** ((bits >> 10) - 25),
);
const isHalf = new Set(halves);

test("every number of half precision is written as one", () => {
  for (const size of halves) {
    for (const value of [size, -size]) {
      const bytes = Buffer.from(String(written(() => writer.float(value))), "hex");
      assert.equal(bytes.length, 3);
      reader.begin(bytes, 0, 3);
      assert.ok(Object.is(reader.value, value), `${value}`);
    }
  }
});

test("any number is written in the shortest precision that is exact, and read back", () => {
  const nearHalf = fc
    .tuple(fc.constantFrom(...halves.subarray(1)), fc.integer({ min: -30, max: 60 }))
    .map(([half, exponent]) => half * (1 + 2 ** -exponent));
  const any = fc.oneof(fc.double(), fc.float(), nearHalf, fc.double().map(Math.fround));
  fc.assert(
    fc.property(any, (value) => {
      const bytes = Buffer.from(String(written(() => writer.float(value))), "hex");
      assert.equal(reader.begin(bytes, 0, bytes.length), CBOR_FLOAT);
      assert.ok(Object.is(reader.value, value), `${value} ${reader.value}`);
      const isShort = isHalf.has(Math.abs(value)) || !Number.isFinite(value);
      assert.equal(bytes.length, isShort ? 3 : Object.is(Math.fround(value), value) ? 5 : 9);
    }),
    { numRuns: 5000 },
  );
});
