import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Topic } from "../../../firmware/session/topic.js";
import { decodeText, encodeText, isWellFormed } from "../../../firmware/wire/text.js";
import { isTopicFilter, isTopicName } from "../../../firmware/wire/topic.js";

test("text becomes the UTF-8 that Node makes, and comes back", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const bytes = encodeText(text);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(text));
      assert.equal(decodeText(bytes, 0, bytes.length), text);
    }),
  );
});

test("what is no UTF-8 becomes the replacement character, and nothing behind it is read", () => {
  const decoded = (...bytes: number[]) =>
    decodeText(Uint8Array.from([...bytes, 0x9f, 0x98, 0x80]), 0, bytes.length);
  assert.equal(decoded(0xf0), "\ufffd");
  assert.equal(decoded(0x61, 0x80, 0x62), "a\ufffdb");
  assert.equal(decoded(0xe2, 0x82, 0x41), "\ufffdA");
  assert.equal(decoded(0xff), "\ufffd");
});

test("a lone surrogate becomes the replacement character", () => {
  for (const text of ["\ud800", "\udc00", "a\ud800b", "\ud800\ud800"]) {
    assert.deepEqual(Buffer.from(encodeText(text)), Buffer.from(text));
  }
});

test("any bytes are judged as a strict decoder judges them, U+0000 aside [MQTT-1.5.3-1] [MQTT-1.5.3-2]", () => {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const judge = (bytes: Uint8Array): boolean => {
    try {
      strict.decode(bytes);
      return !bytes.includes(0);
    } catch {
      return false;
    }
  };
  const check = (bytes: Uint8Array) =>
    assert.equal(
      isWellFormed(bytes, 0, bytes.length),
      judge(bytes),
      Buffer.from(bytes).toString("hex"),
    );
  for (let lead = 0; lead < 256; lead++) {
    for (let second = 0; second < 256; second++) {
      check(Uint8Array.of(lead, second));
      check(Uint8Array.of(lead, second, 0x80));
      check(Uint8Array.of(lead, second, 0x80, 0x80));
    }
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 12 }), check), { numRuns: 2000 });
});

for (const [filter, isLegal] of [
  ["#", true],
  ["+", true],
  ["a/#", true],
  ["a/+/b", true],
  ["+/+", true],
  ["/", true],
  ["", false],
  ["a#", false],
  ["a/#/b", false],
  ["a+", false],
  ["+a/b", false],
  ["a/+b", false],
  ["#/", false],
] as const) {
  test(`the filter "${filter}" is ${isLegal ? "legal" : "illegal"}`, () => {
    assert.equal(isTopicFilter(Buffer.from(filter), 0), isLegal);
  });
}

test("a topic name has no wildcard, no U+0000, and 1 to 65535 bytes", () => {
  const judge = (name: string) => isTopicName(Buffer.from(name), 0, Buffer.byteLength(name));
  assert.equal(judge("a/b c/ü"), true);
  assert.equal(judge("x".repeat(65535)), true);
  for (const name of ["", "a/#", "+", "a\0b", "x".repeat(65536)]) assert.equal(judge(name), false);
  assert.throws(() => new Topic("a/#", {}));
});
