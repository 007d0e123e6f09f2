import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readBoolean, writeBoolean } from "../../../firmware/payload/boolean.js";
import { MALFORMED, TOO_LARGE } from "../../../firmware/status.js";
import { Watched } from "../watched.js";

const WORDS: Readonly<Record<string, number>> = {
  "1": 1,
  true: 1,
  on: 1,
  "0": 0,
  false: 0,
  off: 0,
};

function read(payload: string | Uint8Array): number {
  const { bytes, offset, length } = new Watched(payload);
  return readBoolean(bytes, offset, length);
}

test("true, on, 1 and false, off, 0 are read, in letters of either size", () => {
  for (const [word, value] of Object.entries(WORDS)) {
    for (const text of [word, word.toUpperCase(), word[0]?.toUpperCase() + word.slice(1)]) {
      assert.equal(read(text), value, text);
    }
  }
});

test("each of those words cut off, or with one bit flipped, is none, its letters' size aside", () => {
  for (const word of Object.keys(WORDS)) {
    for (let length = 0; length < word.length; length++)
      assert.equal(read(word.slice(0, length)), MALFORMED);
    for (let bit = 0; bit < 8 * word.length; bit++) {
      const bytes = Buffer.from(word);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const flipped = bytes.toString("latin1").toLowerCase();
      assert.equal(read(bytes), WORDS[flipped] ?? MALFORMED, flipped);
    }
  }
});

test("other bytes are none", () => {
  assert.equal(read(" on"), MALFORMED);
  assert.equal(read("yes"), MALFORMED);
  assert.equal(read("2"), MALFORMED);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 7 }), (bytes) => {
      const text = Buffer.from(bytes).toString("latin1").toLowerCase();
      assert.equal(read(bytes), WORDS[text] ?? MALFORMED);
    }),
  );
});

test("both are written where there is room, and read back", () => {
  for (const value of [true, false]) {
    const text = String(value);
    const out = new Uint8Array(8);
    assert.equal(writeBoolean(value, out, 1, 1 + text.length), text.length);
    assert.equal(Buffer.from(out).toString(), `\0${text}`.padEnd(8, "\0"));
    assert.equal(readBoolean(out, 1, text.length), value ? 1 : 0);
    assert.equal(writeBoolean(value, out.fill(0), 1, text.length), TOO_LARGE);
    assert.deepEqual(out, new Uint8Array(8));
  }
});
