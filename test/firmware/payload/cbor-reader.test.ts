import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  CBOR_ARRAY,
  CBOR_BREAK,
  CBOR_BYTES,
  CBOR_FALSE,
  CBOR_FLOAT,
  CBOR_INDEFINITE,
  CBOR_INTEGER,
  CBOR_MAP,
  CBOR_NULL,
  CBOR_SIMPLE,
  CBOR_TAG,
  CBOR_TEXT,
  CBOR_TRUE,
  CBOR_UNDEFINED,
} from "../../../firmware/payload/cbor.js";
import { CborReader } from "../../../firmware/payload/cbor-reader.js";
import { INCOMPLETE, MALFORMED, TOO_LARGE, UNKNOWN } from "../../../firmware/status.js";
import { Random } from "../../sim/random.js";
import { Watched } from "../watched.js";
import { endOfItem, writeCbor } from "./cbor-model.js";
import { BROKEN_OFF, PREFERRED, UNUSUAL, WRONG } from "./cbor-vectors.js";

const WORDS = new Map([
  [CBOR_FALSE, "false"],
  [CBOR_TRUE, "true"],
  [CBOR_NULL, "null"],
  [CBOR_UNDEFINED, "undefined"],
]);

const reader = new CborReader();

function begin(payload: Uint8Array): Watched {
  const watched = new Watched(payload);
  reader.begin(watched.bytes, watched.offset, watched.length);
  return watched;
}

/** The item whose head was read last, in diagnostic notation. @see RFC 8949 §8 */
function diagnostic(payload: Uint8Array): string {
  const { type, value } = reader;
  const isIndefinite = value === CBOR_INDEFINITE;
  const at = reader.offset - new Watched(payload).offset;
  if (type === CBOR_INTEGER) return BigInt(value) === 0n ? "0" : `${value}`;
  if (type === CBOR_FLOAT) return floatText(value);
  if (type === CBOR_SIMPLE) return WORDS.get(value) ?? `simple(${value})`;
  if (type === CBOR_TAG) return `${value}(${next(payload)})`;
  if ((type === CBOR_BYTES || type === CBOR_TEXT) && isIndefinite)
    return `(_ ${items(payload, 1)})`;
  const bytes = Buffer.from(payload).subarray(at, at + value);
  if (type === CBOR_BYTES) return `h'${bytes.toString("hex")}'`;
  if (type === CBOR_TEXT) return JSON.stringify(bytes.toString());
  const mark = isIndefinite ? "_ " : "";
  if (type === CBOR_ARRAY) return `[${mark}${items(payload, 1, value)}]`;
  assert.equal(type, CBOR_MAP);
  return `{${mark}${items(payload, 2, value)}}`;
}

function next(payload: Uint8Array): string {
  assert.ok(reader.next() >= 0);
  return diagnostic(payload);
}

/** @param size 1 item or 2, a key and its value. @param count CBOR_INDEFINITE: until a break */
function items(payload: Uint8Array, size: 1 | 2, count = CBOR_INDEFINITE): string {
  const texts: string[] = [];
  while (texts.length !== count && (reader.next() !== CBOR_BREAK || count >= 0)) {
    const first = diagnostic(payload);
    texts.push(size === 1 ? first : `${first}: ${next(payload)}`);
  }
  return texts.join(", ");
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${value}.0` : `${value}`;
}

for (const [hex, text] of [...PREFERRED, ...UNUSUAL]) {
  test(`${hex} is ${text}`, () => {
    const payload = Buffer.from(hex, "hex");
    begin(payload);
    assert.equal(diagnostic(payload), text);
    assert.equal(reader.next(), INCOMPLETE);
    begin(payload);
    assert.equal(reader.skip(), 0);
    assert.equal(reader.next(), INCOMPLETE);
  });

  test(`${hex} is incomplete wherever it is cut off`, () => {
    const payload = Buffer.from(hex, "hex");
    for (let length = 0; length < payload.length; length++) {
      begin(payload.subarray(0, length));
      assert.equal(reader.skip(), INCOMPLETE, `${length}`);
    }
  });
}

test("what breaks off is incomplete", () => {
  for (const hex of BROKEN_OFF) {
    begin(Buffer.from(hex, "hex"));
    assert.equal(reader.skip(), INCOMPLETE, hex);
  }
});

test("what is wrong is malformed", () => {
  for (const hex of WRONG) {
    begin(Buffer.from(`${hex}00000000`, "hex")); // so that nothing is missing
    assert.equal(reader.skip(), MALFORMED, hex);
  }
});

test("every number of half precision is read", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const bytes = Uint8Array.of(0xf9, bits >> 8, bits & 0xff);
    assert.equal(reader.begin(bytes, 0, 3), CBOR_FLOAT);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * 2 ** (exponent - 25);
    assert.ok(Object.is(reader.value, bits & 0x8000 ? -size : size), `${bits} ${reader.value}`);
  }
});

test("any bytes are judged as by recursion, in bounded work and within their bounds", () => {
  const heads = [
    0x00, 0x20, 0x41, 0x61, 0x5f, 0x7f, 0x81, 0x82, 0x9f, 0xa1, 0xbf, 0xc1, 0xf5, 0xf9, 0xff, 0x18,
    0x98, 0x1c,
  ];
  const soup = fc
    .uint8Array({ maxLength: 16 })
    .map((bytes) => bytes.map((byte) => heads[byte % heads.length] ?? 0));
  const seen = new Set<number>();
  fc.assert(
    fc.property(
      fc.oneof({ weight: 4, arbitrary: soup }, fc.uint8Array({ maxLength: 24 })),
      (bytes) => {
        const end = endOfItem(bytes, 0);
        const watched = begin(bytes);
        const status = reader.skip();
        seen.add(Math.sign(end));
        if (status === TOO_LARGE) return;
        assert.equal(status === 0, end >= 0, Buffer.from(bytes).toString("hex"));
        if (status !== 0) return;
        // What follows is read from the byte behind the item.
        const following = new CborReader();
        const expected = following.begin(watched.bytes, watched.offset + end, watched.length - end);
        assert.equal(reader.next(), expected);
      },
    ),
    { numRuns: 20_000 },
  );
  assert.equal(seen.size, 2);
});

test("8 indefinite lengths within each other are followed, 9 are too large", () => {
  const nested = (levels: number) =>
    Uint8Array.from([...Array(levels).fill(0x9f), ...Array(levels).fill(0xff)]);
  begin(nested(8));
  assert.equal(reader.skip(), 0);
  begin(nested(9));
  assert.equal(reader.skip(), TOO_LARGE);
  assert.equal(reader.next(), TOO_LARGE);
  begin(new Uint8Array(10_000).fill(0x81));
  assert.equal(reader.skip(), INCOMPLETE);
  begin(Uint8Array.from([...Array(9_999).fill(0x81), 0]));
  assert.equal(reader.skip(), 0);
});

const jsonValue = fc.jsonValue({ maxDepth: 3 });
const seed = fc.integer();

/** Past tags, to what they mark. */
function untagged(type: number): number {
  while (type === CBOR_TAG) type = reader.next();
  return type;
}

function typeOf(value: unknown): number {
  if (typeof value === "string") return CBOR_TEXT;
  if (Array.isArray(value)) return CBOR_ARRAY;
  if (typeof value === "object" && value !== null) return CBOR_MAP;
  if (typeof value !== "number") return CBOR_SIMPLE;
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? CBOR_INTEGER : CBOR_FLOAT;
}

test("every member of any map is found, past members of every kind", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), jsonValue, { minKeys: 1 }), seed, (map, chance) => {
      const payload = Uint8Array.from(writeCbor(map, new Random(chance)));
      for (const [name, member] of Object.entries(map)) {
        const { offset } = begin(payload);
        untagged(reader.type);
        assert.equal(untagged(reader.find(Buffer.from(name))), typeOf(member));
        if (typeof member === "number") assert.ok(Object.is(reader.value, member));
        if (typeof member !== "string" || reader.value === CBOR_INDEFINITE) continue;
        const text = Buffer.from(payload).subarray(reader.offset - offset);
        assert.equal(text.toString("utf8", 0, reader.value), member);
      }
      begin(payload);
      untagged(reader.type);
      assert.equal(reader.find(Buffer.from("no such name, nowhere")), UNKNOWN);
    }),
    { numRuns: 1000 },
  );
});

test("keys are found within what was found, and by number", () => {
  const payload = Buffer.from("a261629f01ff6161a22041ff0a83010203", "hex"); // {"b": [_ 1], "a": {-1: h'ff', 10: [1, 2, 3]}}
  begin(payload);
  assert.equal(reader.find(Buffer.from("a")), CBOR_MAP);
  assert.equal(reader.find(10), CBOR_ARRAY);
  assert.equal(reader.value, 3);
  assert.equal(reader.next(), CBOR_INTEGER);
  begin(payload);
  reader.find(Buffer.from("a"));
  assert.equal(reader.find(-1), CBOR_BYTES);
  begin(payload);
  assert.equal(reader.find(-1), UNKNOWN);
});

test("what is no map has no keys, and can be read on", () => {
  begin(Buffer.from("05", "hex"));
  assert.equal(reader.find(5), UNKNOWN);
  begin(Buffer.from("8101", "hex"));
  assert.equal(reader.find(1), UNKNOWN);
  assert.equal(reader.next(), CBOR_INTEGER);
});

test("a map that is wrong or cut off is so until the next begins", () => {
  for (const [hex, status] of [
    ["a201020304", 0],
    ["a2010203", INCOMPLETE],
    ["a2011c0304", MALFORMED],
    ["bf01ff", MALFORMED],
    ["bf010203ff", MALFORMED],
    ["a10102", UNKNOWN],
    ["bf0102ff", UNKNOWN],
    ["", INCOMPLETE],
  ] as const) {
    begin(Buffer.from(hex, "hex"));
    const found = reader.find(3);
    assert.equal(status === 0 ? reader.value : found, status === 0 ? 4 : status, hex);
    if (status === 0) continue;
    assert.equal(reader.find(3), status);
    assert.equal(reader.skip(), status);
    assert.equal(reader.next(), status);
  }
});

test("a reader that has not begun has nothing", () => {
  const fresh = new CborReader();
  assert.equal(fresh.next(), UNKNOWN);
  assert.equal(fresh.find(1), UNKNOWN);
});
