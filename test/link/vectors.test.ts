import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cut, fromHex, Player, play, readVectors } from "./vectors.js";

const vectors = readVectors();
const whole: Cut = (bytes) => [bytes];
const byByte: Cut = (bytes) => Array.from(bytes, (byte) => Uint8Array.of(byte));
const splitAt =
  (at: number): Cut =>
  (bytes) => [bytes.slice(0, at), bytes.slice(at)];

/** The inputs of a vector up to and including its step `index`, the last one changed. */
function replay(lines: string[], index: number, change: (bytes: Uint8Array) => Uint8Array) {
  const player = new Player(lines[0]!, whole);
  for (let i = 1; i <= index; i++) {
    const [verb, ...words] = lines[i]!.split(" ");
    if (verb === "rx") {
      const bytes = fromHex(words.join(""));
      player.receive(i === index ? change(bytes) : bytes);
    } else if (verb === "wait") player.wait(Number(words[0]));
    else if (verb === "tx") player.transmit();
    else if (verb === "send") player.send(Number(words[0]), words[1]!, fromHex(words[2] ?? "00"));
  }
  return player;
}

test("there are vectors, in the specification too", () => {
  assert.ok(vectors.length >= 12, `${vectors.length} vectors`);
  assert.ok(vectors.some((vector) => vector.name.startsWith("Worked example")));
});

for (const vector of vectors) {
  test(`vector whole: ${vector.name}`, () => play(vector, whole));

  test(`vector byte by byte: ${vector.name}`, () => play(vector, byByte));

  test(`vector split at every byte: ${vector.name}`, () => {
    const longest = Math.max(...vector.lines.map((line) => fromHex(line.slice(3)).length));
    for (let at = 1; at < longest; at++) play(vector, splitAt(at));
  });

  test(`vector with any bit flipped or cut at any byte gives no wrong data: ${vector.name}`, () => {
    const allowed = new Set(vector.lines.filter((line) => line.startsWith("DATA")));
    vector.lines.forEach((line, index) => {
      if (!line.startsWith("rx ")) return;
      const length = fromHex(line.slice(3)).length;
      const check = (change: (bytes: Uint8Array) => Uint8Array) => {
        const { log } = replay(vector.lines, index, change);
        for (const entry of log) {
          if (entry.startsWith("DATA")) assert.ok(allowed.has(entry), entry);
        }
      };
      for (let at = 0; at < length; at++) {
        check((bytes) => bytes.slice(0, at));
        for (let bit = 0; bit < 8; bit++) {
          check((bytes) => bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte)));
        }
      }
    });
  });
}
