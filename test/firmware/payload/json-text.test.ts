import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readJsonText } from "../../../firmware/payload/json-text.js";
import { MALFORMED, TOO_LARGE } from "../../../firmware/status.js";
import { Random } from "../../sim/random.js";
import { Watched } from "../watched.js";
import { writeJson } from "./json-writing.js";

/** The inside of a string, read into a buffer as long as it is. */
function read(inside: string | Uint8Array): string | number {
  const { bytes, offset, length } = new Watched(inside);
  const out = new Uint8Array(length);
  const size = readJsonText(bytes, offset, length, out, 0);
  return size < 0 ? size : Buffer.from(out.subarray(0, size)).toString();
}

test("any text, escaped in any way, is read as Node reads it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer(), (text, chance) => {
      const quoted = writeJson(text, new Random(chance)).trim();
      assert.equal(read(quoted.slice(1, -1)), Buffer.from(text).toString());
    }),
    { numRuns: 1000 },
  );
});

test("every escape by number is read as Node reads it", () => {
  const out = new Uint8Array(6);
  for (let code = 0; code < 0x10000; code++) {
    const inside = `\\u${code.toString(16).padStart(4, "0")}`;
    const size = readJsonText(Buffer.from(inside), 0, 6, out, 0);
    const text = Buffer.from(out.subarray(0, size)).toString();
    assert.equal(text, Buffer.from(String.fromCharCode(code)).toString(), inside);
  }
});

test("a surrogate without its other half becomes the replacement character", () => {
  assert.equal(read("\\ud83d"), "\ufffd");
  assert.equal(read("\\ud83dx"), "\ufffdx");
  assert.equal(read("\\ude00"), "\ufffd");
  assert.equal(read("\\ud83d\\ud83d\\ude00"), "\ufffd😀");
  assert.equal(read("\\ud83d\\n"), "\ufffd\n");
  assert.equal(read("\\ud83d\\u0041"), "\ufffdA");
});

test("a bad escape, or one that is cut off, is malformed", () => {
  for (const inside of [
    "\\",
    "a\\",
    "\\x",
    "\\u",
    "\\u12",
    "\\u123",
    "\\u12g4",
    "\\ud83d\\u",
    "\\U0041",
  ]) {
    assert.equal(read(inside), MALFORMED, inside);
  }
});

test("a text may be read over itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.integer(), (text, chance) => {
      const bytes = Buffer.from(writeJson(text, new Random(chance)).trim());
      const size = readJsonText(bytes, 1, bytes.length - 2, bytes, 1);
      assert.equal(bytes.toString("utf8", 1, 1 + size), Buffer.from(text).toString());
    }),
  );
});

test("a buffer that is shorter than the string is too small", () => {
  const bytes = Buffer.from("\\u0041");
  assert.equal(readJsonText(bytes, 0, 6, new Uint8Array(8), 3), TOO_LARGE);
  assert.equal(readJsonText(bytes, 0, 6, new Uint8Array(8), 2), 1);
});
