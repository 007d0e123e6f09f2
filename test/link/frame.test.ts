import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32, crc32Words } from "../../firmware/crc.js";
import {
  ACKNOWLEDGEMENT,
  DATA_FRAME,
  encodeFrame,
  FRAME,
  isFrameRight,
  PAYLOAD,
  placeBytes,
  SEQUENCE,
  widen,
} from "../../firmware/link/frame.js";
import { Random } from "../sim/random.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A frame at place 0 of an array, and its length on the wire. */
function frameOf(sequence: number, acknowledgement: number, payload: Uint8Array, key: number) {
  const bytes = new Uint8Array(placeBytes(payload.length));
  const words = new Int32Array(bytes.buffer);
  bytes.set(payload, PAYLOAD);
  const length = encodeFrame(
    bytes,
    words,
    0,
    DATA_FRAME,
    payload.length,
    sequence,
    acknowledgement,
    acknowledgement + 8,
    key,
  );
  return { bytes, words, length };
}

function isRight(bytes: Uint8Array, sequence: number, acknowledgement: number, key: number) {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const widened = widen(bytes[SEQUENCE]!, sequence);
  const acknowledged = widen(bytes[ACKNOWLEDGEMENT]!, acknowledgement);
  return isFrameRight(bytes, words, 0, widened, acknowledged, key);
}

test("the checksum is CRC-32 of ISO-HDLC at every length, by words and by bytes", () => {
  assert.equal(crc32(bytesOf("123456789"), 0, 9) >>> 0, 0xcbf43926);
  assert.equal(crc32(bytesOf("..123456789.."), 2, 9) >>> 0, 0xcbf43926);
  assert.equal(crc32(bytesOf("abc"), 0, 3) >>> 0, 0x352441c2);
  const bytes = new Random(9).bytes(512);
  const words = new Int32Array(bytes.buffer);
  for (let offset = 0; offset < 12; offset += 4) {
    for (let length = 0; length < 260; length++) {
      assert.equal(crc32Words(words, bytes, offset, length), crc32(bytes, offset, length));
    }
  }
});

test("eleven bytes surround a payload", () => {
  for (const length of [0, 1, 32, 240]) {
    assert.equal(frameOf(1, 2, new Uint8Array(length), 3).length, length + 11);
  }
});

test("a frame opens only with the key it was sealed with", () => {
  const { bytes } = frameOf(5, 9, bytesOf("x"), 0x12345678);
  assert.ok(isRight(bytes, 5, 9, 0x12345678));
  assert.ok(!isRight(bytes, 5, 9, 0x12345679));
});

test("numbers are widened from 8 bits to the counter nearest to what is expected", () => {
  for (const sequence of [0, 127, 128, 255, 256, 65_535, 0x7fffffff, -1]) {
    for (const distance of [-60, 0, 60]) {
      assert.equal(widen(sequence & 255, (sequence + distance) | 0), sequence | 0);
    }
    const { bytes } = frameOf(sequence, sequence, bytesOf("ab"), 1);
    assert.ok(isRight(bytes, sequence - 60, sequence + 60, 1));
  }
});

test("a frame that comes 256 or 65,536 frames late is damaged by construction", () => {
  const { bytes } = frameOf(44, 0, bytesOf("stale"), 1);
  assert.ok(isRight(bytes, 44, 0, 1));
  assert.ok(!isRight(bytes, 44 + 256, 0, 1));
  assert.ok(!isRight(bytes, 44 + 65_536, 0, 1));
  assert.ok(!isRight(bytes, 44, 256, 1));
});

test("no numbers make an end take its own frame for its peer's", () => {
  const key = 0x5eed1230;
  const random = new Random(5);
  const { bytes } = frameOf(7, 3, bytesOf("echo"), key);
  const words = new Int32Array(bytes.buffer);
  for (let i = 0; i < 20_000; i++) {
    const sequence = (random.next() & ~255) | 7;
    const acknowledgement = (random.next() & ~255) | 3;
    assert.ok(!isFrameRight(bytes, words, 0, sequence, acknowledgement, key | 1));
  }
});

test("no flipped bit of a whole frame gives a frame", () => {
  const { bytes, length } = frameOf(200, 100, bytesOf('{"t":21.5}\0\0\x01'), 77);
  for (let at = 1; at < length; at++) {
    // A wrong length is told by the guard, before the check is looked for.
    if (at === 2) continue;
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice();
      damaged[FRAME + at]! ^= 1 << bit;
      assert.ok(!isRight(damaged, 200, 100, 77), `byte ${at}, bit ${bit}`);
    }
  }
});
