import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import { MALFORMED } from "../../../firmware/status.js";
import { PacketReader } from "../../../firmware/wire/packet-reader.js";

const publish = (payloadLength: number): Packet => ({
  cmd: "publish",
  topic: "a/b",
  payload: Buffer.alloc(payloadLength, 0x78),
  qos: 1,
  messageId: 5,
  retain: false,
  dup: false,
});

const stream = Buffer.concat([
  generate({ cmd: "connack", returnCode: 0, sessionPresent: true }),
  generate(publish(0)),
  generate({ cmd: "pingresp" }),
  generate(publish(119)),
  generate(publish(120)),
  generate(publish(200)),
  generate({ cmd: "puback", messageId: 9 }),
]);

/** Feeds pieces and lists each packet found as hex, a truncated one with its kept length. */
function read(pieces: Uint8Array[], capacity = 256): string[] {
  const reader = new PacketReader(new Uint8Array(capacity));
  const found: string[] = [];
  for (const piece of pieces) {
    for (let offset = 0; offset < piece.length; ) {
      offset = reader.feed(piece, offset, piece.length);
      if (!reader.isReady) continue;
      const packet = reader.bytes.slice(reader.offset, reader.end);
      found.push(`${Buffer.from(packet).toString("hex")}${reader.isTruncated ? " truncated" : ""}`);
    }
  }
  return found;
}

const whole = read([stream]);

test("a stream in one piece yields its seven packets", () => {
  assert.equal(whole.length, 7);
  assert.equal(whole.join(""), stream.toString("hex"));
});

test("a stream split at any byte yields the same packets", () => {
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(read([stream.subarray(0, at), stream.subarray(at)]), whole, `split at ${at}`);
  }
});

test("a stream that comes byte by byte yields the same packets", () => {
  assert.deepEqual(read([...stream].map((byte) => Uint8Array.of(byte))), whole);
});

test("a packet larger than the buffer shows its beginning however it is split, and the next is found", () => {
  const expected = read([stream], 64);
  assert.equal(expected.filter((line) => line.endsWith("truncated")).length, 3);
  for (let at = 0; at <= stream.length; at++) {
    assert.deepEqual(read([stream.subarray(0, at), stream.subarray(at)], 64), expected);
  }
  assert.deepEqual(
    read(
      [...stream].map((byte) => Uint8Array.of(byte)),
      64,
    ),
    expected,
  );
});

test("a stream truncated at any byte never yields the packet that is cut", () => {
  for (let at = 0; at < stream.length; at++) {
    const found = read([stream.subarray(0, at)]);
    assert.deepEqual(found, whole.slice(0, found.length));
    assert.ok(found.length < whole.length);
  }
});

test("a Remaining Length of five bytes is refused, split or not", () => {
  const bytes = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1);
  const reader = new PacketReader(new Uint8Array(16));
  assert.equal(reader.feed(bytes, 0, bytes.length), MALFORMED);
  for (let at = 1; at < 5; at++) {
    const split = new PacketReader(new Uint8Array(16));
    assert.equal(split.feed(bytes, 0, at), at);
    assert.equal(split.feed(bytes, at, bytes.length), MALFORMED);
  }
});

test("the largest packet there is announces itself without making the reader grow", () => {
  const reader = new PacketReader(new Uint8Array(16));
  const header = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1);
  assert.equal(reader.feed(header, 0, header.length), header.length);
  const block = new Uint8Array(65536);
  for (let i = 0; i < 16; i++) assert.equal(reader.feed(block, 0, block.length), block.length);
  assert.equal(reader.isReady, false);
});

test("reset forgets a half packet", () => {
  const reader = new PacketReader(new Uint8Array(64));
  reader.feed(stream, 4, 7);
  reader.reset();
  assert.equal(reader.feed(stream, 0, stream.length), 4);
  assert.equal(reader.isReady, true);
});
