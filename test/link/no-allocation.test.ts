import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BOARD, DATA, HOST, type Link, MQTT, NOTHING } from "../../firmware/link/link.js";
import { makeLink } from "./pair.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const FRAMES = 100_000;
const payload = new Uint8Array(60).fill(0x31);
let received = 0;

/** Moves what one end wants to send to the other. */
function move(from: Link, to: Link, now: number): void {
  for (;;) {
    const length = from.pollTransmit(now);
    if (length === 0) return;
    let taken = 0;
    while (taken < length) {
      taken += to.handleBytes(from.out, from.outOffset + taken, length - taken, now);
      for (let event = to.pollEvent(); event !== NOTHING; event = to.pollEvent()) {
        if (event === DATA) received++;
      }
    }
    from.transmitted(length, now);
  }
}

function exchange(board: Link, host: Link, frames: number): void {
  received = 0;
  for (let now = 0; received < frames; now = (now + 1) | 0) {
    while (board.canSend()) board.send(MQTT, payload, 0, payload.length, true, true);
    while (host.canSend()) host.send(MQTT, payload, 0, payload.length, true, true);
    move(board, host, now);
    move(host, board, now);
    board.handleTimeout(now);
    host.handleTimeout(now);
    board.pollTimeout(now);
  }
}

/** The fewest bytes that one of several runs took: what the engine does besides comes and goes. */
function fewestBytes(run: () => void): number {
  let fewest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round++) {
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    run();
    fewest = Math.min(fewest, process.memoryUsage().heapUsed - before);
  }
  return fewest;
}

test("frames, both ways, allocate nothing", () => {
  const board = makeLink(BOARD);
  const host = makeLink(HOST);
  exchange(board, host, 20_000);
  const perFrame = fewestBytes(() => exchange(board, host, FRAMES)) / FRAMES;
  assert.ok(perFrame < 2, `${perFrame.toFixed(2)} bytes per frame`);
});

test("noise allocates nothing", () => {
  const host = makeLink(HOST);
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 31 + (i >> 3)) & 255);
  const feed = (times: number) => {
    for (let now = 0; now < times; now++) {
      let taken = 0;
      while (taken < noise.length) {
        taken += host.handleBytes(noise, taken, noise.length - taken, now);
        while (host.pollEvent() !== NOTHING);
      }
    }
  };
  feed(500);
  const perKilobyte = fewestBytes(() => feed(4000)) / 16_000;
  assert.ok(perKilobyte < 16, `${perKilobyte.toFixed(2)} bytes per kilobyte`);
});
