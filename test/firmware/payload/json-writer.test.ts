import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { JsonName, JsonWriter } from "../../../firmware/payload/json-writer.js";
import { TOO_LARGE } from "../../../firmware/status.js";

const writer = new JsonWriter();
const PAD = 3;

/** Writes a value by the writer's own calls; numbers with nine decimals. */
function put(name: JsonName | null, value: unknown): void {
  if (typeof value === "number") writer.decimal(name, value, 9);
  else if (typeof value === "boolean") writer.boolean(name, value);
  else if (typeof value === "string") {
    const text = Buffer.from(value);
    writer.text(name, text, 0, text.length);
  } else if (value === null) writer.decimal(name, Number.NaN, 0);
  else if (Array.isArray(value)) {
    writer.array(name);
    for (const item of value) put(null, item);
    writer.close();
  } else {
    writer.object(name);
    members(value as object);
    writer.close();
  }
}

function members(value: object): void {
  for (const [name, member] of Object.entries(value)) put(new JsonName(name), member);
}

/** @returns the text, or the status; nothing outside of the room is touched */
function written(value: object, room: number): string | number {
  const out = new Uint8Array(room + 2 * PAD).fill(0x7e);
  writer.begin(out, PAD, PAD + room);
  members(value);
  const length = writer.finish();
  const outside = [
    ...out.subarray(0, PAD),
    ...out.subarray(PAD + Math.max(length, 0)).subarray(length < 0 ? room : 0),
  ];
  assert.deepEqual(
    outside.filter((byte) => byte !== 0x7e),
    [],
  );
  return length < 0 ? length : Buffer.from(out.subarray(PAD, PAD + length)).toString();
}

test("members are written in order, with what JSON wants between them", () => {
  const out = new Uint8Array(128);
  const text = Buffer.from('he said "on"\n');
  writer.begin(out, 0, out.length);
  writer.decimal(new JsonName("temperature"), 21.456, 1);
  writer.boolean(new JsonName("ok"), true);
  writer.text(new JsonName("note"), text, 0, text.length);
  writer.array(new JsonName("list"));
  writer.decimal(null, -3, 0);
  writer.object(null);
  writer.close();
  writer.array(null);
  writer.close();
  writer.close();
  writer.decimal(new JsonName("none"), Number.NaN, 1);
  assert.equal(
    Buffer.from(out.subarray(0, writer.finish())).toString(),
    '{"temperature":21.5,"ok":true,"note":"he said \\"on\\"\\u000a","list":[-3,{},[]],"none":null}',
  );
});

test("an object without members is {}", () => {
  assert.equal(written({}, 2), "{}");
  assert.equal(written({}, 1), TOO_LARGE);
});

const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.boolean(),
    fc.constant(null),
    fc.integer().map((units) => units / 1000),
    fc.string({ unit: "binary" }).map((text) => Buffer.from(text).toString()),
    fc.array(tie("any"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("any"), { maxKeys: 4 }),
  ),
})).any;
const document = fc.dictionary(
  fc.string({ unit: "binary" }).map((text) => Buffer.from(text).toString()),
  value,
  { maxKeys: 4 },
);

test("any object is read back by Node as it was", () => {
  fc.assert(
    fc.property(document, (object) => {
      assert.deepEqual(
        JSON.parse(String(written(object, 20_000))),
        JSON.parse(JSON.stringify(object)),
      );
    }),
    { numRuns: 500 },
  );
});

test("with any less room than it takes an object is too large, and nothing behind is touched", () => {
  fc.assert(
    fc.property(document, fc.nat(), (object, less) => {
      const { length } = Buffer.from(String(written(object, 20_000)));
      assert.equal(Buffer.from(String(written(object, length))).length, length);
      assert.equal(written(object, less % length), TOO_LARGE);
    }),
  );
});

test("what is left open is closed at the end, and 33 levels are too many", () => {
  const out = new Uint8Array(200);
  const nest = (levels: number) => {
    writer.begin(out, 0, out.length);
    for (let i = 1; i < levels; i++) writer.array(i === 1 ? new JsonName("a") : null);
    return writer.finish();
  };
  const length = nest(32);
  assert.equal(
    Buffer.from(out.subarray(0, length)).toString(),
    `{"a":${"[".repeat(31)}${"]".repeat(31)}}`,
  );
  assert.equal(nest(33), TOO_LARGE);
});

test("a writer that failed begins anew", () => {
  assert.equal(written({ name: "long" }, 8), TOO_LARGE);
  assert.equal(written({ a: 1 }, 40), '{"a":1.000000000}');
});
