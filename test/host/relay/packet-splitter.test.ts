import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { PacketSplitter } from "../../../host/relay/packet-splitter.js";

const LIMIT = 65_536;
const CONNECT = generate({ cmd: "connect", clientId: "a", protocolVersion: 4, clean: true });
const PING = generate({ cmd: "pingreq" });
const PUBLISH = generate({
  cmd: "publish",
  topic: "t",
  payload: Buffer.alloc(300, 1),
  qos: 0,
  dup: false,
  retain: false,
});
const STREAM = Buffer.concat([CONNECT, PING, PUBLISH, PING]);

/** The packets' lengths, found from the pieces; checks that first and last stand where they must. */
function packetLengths(pieces: readonly Uint8Array[]): number[] {
  const splitter = new PacketSplitter(LIMIT);
  const lengths: number[] = [];
  let isInside = false;
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const result = splitter.next(piece, at, piece.length);
      assert.equal(result.kind, "run");
      if (result.kind !== "run") return lengths;
      assert.ok(result.length > 0);
      assert.equal(result.first, !isInside);
      if (result.first) lengths.push(0);
      lengths[lengths.length - 1]! += result.length;
      isInside = !result.last;
      at += result.length;
    }
  }
  assert.equal(isInside, false);
  return lengths;
}

const EXPECTED = [CONNECT.length, 2, PUBLISH.length, 2];

test("a stream is cut at its packet borders", () => {
  assert.deepEqual(packetLengths([STREAM]), EXPECTED);
});

test("a stream split at any byte is cut at the same borders", () => {
  for (let at = 1; at < STREAM.length; at++) {
    const pieces = [STREAM.subarray(0, at), STREAM.subarray(at)];
    assert.deepEqual(packetLengths(pieces), EXPECTED, `split at ${at}`);
  }
});

test("a stream that comes byte by byte is cut at the same borders", () => {
  const pieces = [...STREAM].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(packetLengths(pieces), EXPECTED);
});

test("a header that announces 256 MB is refused at its last byte", () => {
  const splitter = new PacketSplitter(LIMIT);
  const header = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f);
  const result = splitter.next(header, 0, header.length);
  assert.deepEqual(result, { kind: "too-large", packetLength: 268_435_460 });
});

test("a packet of exactly the limit passes and one byte more does not", () => {
  const exact = new PacketSplitter(128 + 3);
  const header = Uint8Array.of(0x30, 0x80, 0x01);
  assert.equal(exact.next(header, 0, 3).kind, "run");
  assert.equal(new PacketSplitter(128 + 2).next(header, 0, 3).kind, "too-large");
});

test("a remaining length of five bytes is malformed", () => {
  const bytes = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff);
  assert.equal(new PacketSplitter(LIMIT).next(bytes, 0, 5).kind, "malformed");
});

test("packet type 0 is malformed", () => {
  assert.equal(new PacketSplitter(LIMIT).next(Uint8Array.of(0), 0, 1).kind, "malformed");
});
