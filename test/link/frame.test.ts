import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../firmware/link/crc.js";
import { DATA_FRAME, decodeFrame, encodeFrame, Frame, PAYLOAD } from "../../firmware/link/frame.js";
import { stuff, unstuff } from "../../firmware/link/framing.js";
import { Random } from "../sim/random.js";

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** A stuffed frame without its delimiter, in an array of its size. */
function frameBytes(sequence: number, acknowledgement: number, payload: Uint8Array, key: number) {
  const frame = new Frame();
  frame.type = DATA_FRAME;
  frame.sequence = sequence;
  frame.acknowledgement = acknowledgement;
  frame.limit = acknowledgement + 8;
  const out = new Uint8Array(300);
  out.set(payload, PAYLOAD);
  return out.slice(0, encodeFrame(frame, out, 0, payload.length, key) - 1);
}

function open(bytes: Uint8Array, sequence: number, acknowledgement: number, key: number) {
  const frame = new Frame();
  frame.sequence = sequence;
  frame.acknowledgement = acknowledgement;
  const copy = bytes.slice();
  if (!unstuff(copy, 0, copy.length)) return { length: -1, frame };
  return { length: decodeFrame(copy, copy.length, key, frame), frame };
}

test("the checksum is CRC-32 of ISO-HDLC at every length and alignment", () => {
  assert.equal(crc32(bytesOf("123456789"), 0, 9) >>> 0, 0xcbf43926);
  const text = bytesOf("..123456789..");
  assert.equal(crc32(text, 2, 9) >>> 0, 0xcbf43926);
  assert.equal(crc32(text, 0, 0), 0);
  assert.equal(crc32(bytesOf("a"), 0, 1) >>> 0, 0xe8b7be43);
  assert.equal(crc32(bytesOf("abc"), 0, 3) >>> 0, 0x352441c2);
});

test("stuffing leaves no zero, costs one byte, and comes out the same", () => {
  const random = new Random(4);
  for (let length = 0; length <= 254; length++) {
    const content = Uint8Array.from({ length }, () => random.below(3) * random.below(128));
    const out = new Uint8Array(length + 4).fill(0xee);
    out.set(content, 2);
    assert.equal(stuff(out, 1, length + 2), length + 3);
    assert.equal(out.indexOf(0), length + 2);
    assert.ok(unstuff(out, 1, length + 2));
    assert.deepEqual(out.slice(2, length + 2), content);
    assert.equal(out[0], 0xee);
    assert.equal(out[length + 3], 0xee);
  }
});

test("a frame opens only with the key it was sealed with", () => {
  const bytes = frameBytes(5, 9, bytesOf("x"), 0x12345678);
  assert.equal(open(bytes, 5, 9, 0x12345678).length, 1);
  assert.equal(open(bytes, 5, 9, 0x12345679).length, -1);
});

test("numbers are widened from 8 bits to the counter nearest to what is expected", () => {
  for (const sequence of [0, 127, 128, 255, 256, 65_535, 0x7fffffff, -1]) {
    const { length, frame } = open(
      frameBytes(sequence, sequence, bytesOf("ab"), 1),
      sequence - 60,
      sequence + 60,
      1,
    );
    assert.equal(length, 2);
    assert.equal(frame.sequence, sequence | 0);
    assert.equal(frame.acknowledgement, sequence | 0);
    assert.equal(frame.limit, (sequence + 8) | 0);
  }
});

test("a frame that comes 256 or 65,536 frames late is damaged by construction", () => {
  const bytes = frameBytes(44, 0, bytesOf("stale"), 1);
  assert.equal(open(bytes, 44, 0, 1).length, 5);
  assert.equal(open(bytes, 44 + 256, 0, 1).length, -1);
  assert.equal(open(bytes, 44 + 65_536, 0, 1).length, -1);
  assert.equal(open(bytes, 44, 256, 1).length, -1);
});

test("no flipped bit and no cut of a whole frame gives a frame", () => {
  const bytes = frameBytes(200, 100, bytesOf('{"t":21.5}\0\0\x01'), 77);
  for (let at = 0; at < bytes.length; at++) {
    assert.equal(open(bytes.slice(0, at), 200, 100, 77).length, -1);
    for (let bit = 0; bit < 8; bit++) {
      const damaged = bytes.slice();
      damaged[at]! ^= 1 << bit;
      if (damaged[at] !== 0) assert.equal(open(damaged, 200, 100, 77).length, -1);
    }
  }
});
