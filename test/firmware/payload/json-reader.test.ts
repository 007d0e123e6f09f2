import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  JSON_ARRAY,
  JSON_BOOLEAN,
  JSON_NULL,
  JSON_NUMBER,
  JSON_OBJECT,
  JSON_STRING,
  JsonPath,
  JsonReader,
} from "../../../firmware/payload/json-reader.js";
import { readJsonText } from "../../../firmware/payload/json-text.js";
import { INCOMPLETE, MALFORMED, TOO_LARGE, UNKNOWN } from "../../../firmware/status.js";
import { Random } from "../../sim/random.js";
import { Watched } from "../watched.js";
import { writeJson } from "./json-writing.js";

type Steps = readonly (string | number)[];

const WHOLE: Steps = [];
/** What the tables say a value is. */
const TYPES = new Map([
  [JSON_NUMBER, "number"],
  [JSON_STRING, "string"],
  [JSON_BOOLEAN, "boolean"],
  [JSON_NULL, "null"],
  [JSON_OBJECT, "object"],
  [JSON_ARRAY, "array"],
  [UNKNOWN, "absent"],
  [INCOMPLETE, "incomplete"],
  [MALFORMED, "malformed"],
  [TOO_LARGE, "too large"],
]);

const reader = new JsonReader();

/** @returns what was found, in words, and its text */
function find(payload: string | Uint8Array, steps: Steps): readonly [string, string] {
  const watched = new Watched(payload);
  const { bytes, offset, length } = watched;
  const type = reader.find(bytes, offset, length, new JsonPath(steps));
  const word = TYPES.get(type) ?? `${type}`;
  if (type < 0) return [word, ""];
  assert.equal(reader.type, type);
  const at = reader.offset - offset;
  return [word, Buffer.from(payload as Uint8Array).toString("latin1", at, at + reader.length)];
}

/** @returns the value as Node has it, or the status */
function value(payload: string, steps: Steps): unknown {
  const bytes = Buffer.from(payload);
  const status = reader.find(bytes, 0, bytes.length, new JsonPath(steps));
  if (status < 0) return status;
  if (status === JSON_STRING) {
    const out = new Uint8Array(reader.length);
    return Buffer.from(
      out.buffer,
      0,
      readJsonText(bytes, reader.offset, reader.length, out, 0),
    ).toString();
  }
  return JSON.parse(bytes.toString("utf8", reader.offset, reader.offset + reader.length));
}

for (const [payload, steps, word, text] of [
  ['{"a":1}', ["a"], "number", "1"],
  [' { "b" : [ ] , "a" : -1.5e3 } ', ["a"], "number", "-1.5e3"],
  ['{"a":"x\\"y"}', ["a"], "string", 'x\\"y'],
  ['{"a":""}', ["a"], "string", ""],
  ['{"a":true,"b":false}', ["b"], "boolean", "false"],
  ['{"a":null}', ["a"], "null", "null"],
  ['{"a":{"b":{"c":7}}}', ["a", "b", "c"], "number", "7"],
  ['{"a":{"b":{"c":7}}}', ["a", "b"], "object", '{"c":7}'],
  ['{"x":{"a":1},"a":2}', ["a"], "number", "2"],
  ['{"x":["a",{"a":1}],"a":2}', ["a"], "number", "2"],
  ['{"x":"\\"a\\":1","a":2}', ["a"], "number", "2"],
  ['{"\\u0061":1}', ["a"], "number", "1"],
  ['{"\\ud83d\\ude00":1}', ["😀"], "number", "1"],
  ['{"\\/\\b\\f\\n\\r\\t\\"\\\\":1}', ['/\b\f\n\r\t"\\'], "number", "1"],
  ['{"":1}', [""], "number", "1"],
  ['{"a":1,"a":2}', ["a"], "number", "1"],
  ['{"ab":1,"a":2}', ["a"], "number", "2"],
  ['{"a":1,"ab":2}', ["ab"], "number", "2"],
  ["[10,20,30]", [1], "number", "20"],
  ['{"a":[{"b":1},{"b":2}]}', ["a", 1, "b"], "number", "2"],
  ["42", WHOLE, "number", "42"],
  [' "on" ', WHOLE, "string", "on"],
  ['{"a":1}', WHOLE, "object", '{"a":1}'],
  ["{}", ["a"], "absent", ""],
  [" { } ", ["a"], "absent", ""],
  ['{"b":1}', ["a"], "absent", ""],
  ['{"a":1}', ["a", "b"], "absent", ""],
  ['{"a":[1]}', ["a", "0"], "absent", ""],
  ['{"0":1}', [0], "absent", ""],
  ["[]", [0], "absent", ""],
  ["[1]", [1], "absent", ""],
  ["[1]", [-1], "absent", ""],
  ["", WHOLE, "incomplete", ""],
  ["  ", ["a"], "incomplete", ""],
  ['{"a":1', ["a"], "incomplete", ""],
  ['{"a":12', ["a"], "incomplete", ""],
  ['{"a":"x', ["a"], "incomplete", ""],
  ['{"a":"x"', ["a"], "incomplete", ""],
  ['{"a":tru', ["a"], "incomplete", ""],
  ['{"a":1]', ["a"], "malformed", ""],
  ['{"a":01}', ["a"], "malformed", ""],
  ['{"a":+1}', ["a"], "malformed", ""],
  ['{"a":.5}', ["a"], "malformed", ""],
  ['{"a":5.}', ["a"], "malformed", ""],
  ['{"a":1 2}', ["a"], "malformed", ""],
  ['{"a":True}', ["a"], "malformed", ""],
  ['{"a":nulL}', ["a"], "malformed", ""],
  ['{"a":"\\x"}', ["a"], "malformed", ""],
  ['{"a":"\\u00g0"}', ["a"], "malformed", ""],
  ['{"a":"\n"}', ["a"], "malformed", ""],
  ['{"a":}', ["a"], "malformed", ""],
  ['{"b":[1,],"a":1}', ["a"], "malformed", ""],
  ['{"b":1,,"a":1}', ["a"], "malformed", ""],
  ['{b:1,"a":1}', ["a"], "malformed", ""],
  ['{"b" 1,"a":1}', ["a"], "malformed", ""],
  ['{"b":[1},"a":1}', ["a"], "malformed", ""],
  ["{'a':1}", ["a"], "malformed", ""],
  ['{"b":1;"a":1}', ["a"], "malformed", ""],
  ["[1;2]", [1], "malformed", ""],
  ["[1,]", [1], "malformed", ""],
  ['{"a":1}x', WHOLE, "malformed", ""],
  ["x", ["a"], "malformed", ""],
  ["\ufeff{}", WHOLE, "malformed", ""],
] as const) {
  test(`in ${JSON.stringify(payload)} ${JSON.stringify(steps)} is ${word}`, () => {
    assert.deepEqual(find(payload, steps), [word, text]);
  });
}

test("what lies behind the value is not looked at", () => {
  assert.deepEqual(find('{"a":1,"b":"cut o', ["a"]), ["number", "1"]);
  assert.deepEqual(find('{"a":1}}}', ["a"]), ["number", "1"]);
});

test("30 levels are followed, 31 are too large", () => {
  const nested = (levels: number) => `${'[{"a":'.repeat(levels / 2)}1${"}]".repeat(levels / 2)}`;
  assert.equal(find(nested(30), WHOLE)[0], "array");
  assert.equal(find(`[${nested(30)}]`, WHOLE)[0], "too large");
  assert.equal(find(`${"[".repeat(5000)}`, WHOLE)[0], "too large");
  // Levels that the path itself goes down do not count.
  assert.deepEqual(find(nested(60), [0, "a", ...Array(58).fill([0, "a"]).flat().slice(0, 58)]), [
    "number",
    "1",
  ]);
});

test("a failure leaves what was found before", () => {
  find('{"a":"text"}', ["a"]);
  const before = { ...reader };
  for (const payload of ["{}", '{"a":', '{"a"?']) {
    find(payload, ["a"]);
    const { type, offset, length } = reader;
    assert.deepEqual([type, offset, length], [before.type, before.offset, before.length]);
  }
});

/** Every way into a value, with what is there. */
function* places(inner: unknown, steps: Steps = []): Generator<readonly [Steps, unknown]> {
  yield [steps, inner];
  if (typeof inner !== "object" || inner === null) return;
  for (const [name, member] of Object.entries(inner)) {
    yield* places(member, [...steps, Array.isArray(inner) ? Number(name) : name]);
  }
}

const jsonValue = fc.jsonValue({ maxDepth: 4, stringUnit: "binary" });
const seed = fc.integer();

/** A lone surrogate is no text in UTF-8. */
function wellFormed(inner: unknown): unknown {
  return typeof inner === "string" ? Buffer.from(inner).toString() : inner;
}

test("every value of any document is found, whatever its white space and escapes", () => {
  fc.assert(
    fc.property(jsonValue, seed, (document, chance) => {
      const text = writeJson(document, new Random(chance));
      for (const [steps, expected] of places(JSON.parse(text))) {
        assert.deepEqual(value(text, steps), wellFormed(expected), JSON.stringify(steps));
        find(text, steps);
        if (typeof expected !== "object" || expected === null) {
          assert.equal(value(text, [...steps, "x"]), UNKNOWN);
          assert.equal(value(text, [...steps, 0]), UNKNOWN);
        } else if (Array.isArray(expected)) {
          assert.equal(value(text, [...steps, expected.length]), UNKNOWN);
        } else if (!("no such name" in expected)) {
          assert.equal(value(text, [...steps, "no such name"]), UNKNOWN);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test("a document cut off at any byte is incomplete, or what is found in it is the whole value", () => {
  fc.assert(
    fc.property(jsonValue, seed, (document, chance) => {
      const text = Buffer.from(writeJson({ a: document, b: 1 }, new Random(chance)).trim());
      const path = new JsonPath(["a"]);
      reader.find(text, 0, text.length, path);
      const whole = { ...reader };
      for (let length = 0; length < text.length; length++) {
        // Behind the cut stands what would follow.
        assert.equal(reader.find(text, 0, length, new JsonPath(WHOLE)), INCOMPLETE);
        const status = reader.find(text, 0, length, path);
        if (status === INCOMPLETE) continue;
        const { type, offset } = reader;
        assert.deepEqual([type, offset, reader.length], [whole.type, whole.offset, whole.length]);
      }
    }),
    { numRuns: 200 },
  );
});

/** Bytes are as good as characters here: those above 0x7f are the same to both, within a string and without. */
function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(Buffer.from(bytes).toString("latin1"));
    return true;
  } catch {
    return false;
  }
}

test("a document with one byte changed is judged as Node judges it", () => {
  fc.assert(
    fc.property(jsonValue, seed, fc.nat(), fc.nat(255), (document, chance, at, byte) => {
      const text = Buffer.from(writeJson(document, new Random(chance)));
      text[at % text.length] = byte;
      assert.equal(
        ["incomplete", "malformed"].includes(find(text, WHOLE)[0]),
        !isJson(text),
        `${text}`,
      );
    }),
    { numRuns: 2000 },
  );
});

test("a document with each byte in turn replaced by each other is judged as Node judges it", () => {
  const text = Buffer.from(' {"a" : [-1.5e3,{"b":"x\\u00e9"}] , "c":true,"d":[] } ');
  for (let at = 0; at < text.length; at++) {
    const changed = Buffer.from(text);
    for (let byte = 0; byte < 256; byte++) {
      changed[at] = byte;
      const isRefused = ["incomplete", "malformed"].includes(find(changed, WHOLE)[0]);
      assert.equal(isRefused, !isJson(changed), `${changed}`);
      const [word, found] = find(changed, ["a", 1, "b"]);
      if (word === "string") JSON.parse(`"${found}"`);
      else assert.ok(["absent", "incomplete", "malformed", "number"].includes(word), `${changed}`);
    }
  }
});

test("any bytes are judged as Node judges them, in bounded work and within their bounds", () => {
  const pieces = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"',
    "\\",
    "\\u00",
    "1",
    "-",
    ".",
    "e",
    "0",
    "true",
    "null",
    " ",
  ];
  const soup = fc
    .array(fc.constantFrom(...pieces), { maxLength: 12 })
    .map((all) => Buffer.from(all.join("")));
  fc.assert(
    fc.property(fc.oneof(soup, fc.uint8Array({ maxLength: 20 })), (bytes) => {
      assert.equal(["incomplete", "malformed"].includes(find(bytes, WHOLE)[0]), !isJson(bytes));
      const [word, text] = find(bytes, ["a"]);
      if (TYPES.get(UNKNOWN) !== word && text !== "" && word !== "string") JSON.parse(text);
      find(bytes, [0, "a"]);
    }),
    { numRuns: 10_000 },
  );
});
