import assert from "node:assert/strict";
import { test } from "node:test";
import { DOWN, UP } from "../../firmware/link/link.js";
import { Checked, Numbered, Pair, type PairOptions } from "./pair.js";

interface Traffic {
  frames: number;
  lengths: (number: number) => number;
  limitMs: number;
}

/** Sends frames both ways at once and checks each. */
function exchange(options: PairOptions, traffic: Traffic): Pair {
  const pair = new Pair(options);
  const { frames, lengths } = traffic;
  const up = new Numbered(pair.board, frames, lengths);
  const down = new Numbered(pair.host, frames, lengths);
  const atHost = new Checked(pair.host, lengths);
  const atBoard = new Checked(pair.board, lengths);
  const finished = pair.drive(
    traffic.limitMs,
    () => atHost.received === frames && atBoard.received === frames,
  );
  assert.ok(finished, `only ${atHost.received} and ${atBoard.received} of ${frames} arrived`);
  assert.equal(up.sent, frames);
  assert.equal(down.sent, frames);
  assert.equal(pair.host.count(UP), 1);
  assert.equal(pair.host.count(DOWN), 0);
  return pair;
}

const mixed = (number: number) => 6 + ((number * 37) % 235);
const short = (number: number) => 6 + ((number * 7) % 40);

test("on a clean line every frame arrives once, in order, and hardly any is sent again", () => {
  const pair = exchange({}, { frames: 3000, lengths: mixed, limitMs: 120_000 });
  // The first round trips are shorter than those behind a filled queue, so one window may be repeated.
  assert.ok(pair.board.link.statistics.resends <= 8);
  assert.ok(pair.host.link.statistics.resends <= 8);
  assert.equal(pair.host.link.statistics.damagedFrames, 0);
});

test("whole frames one way on a clean line carry 95 % of what the wire can", () => {
  const pair = new Pair();
  const whole = () => 240;
  new Numbered(pair.board, 1000, whole);
  const atHost = new Checked(pair.host, whole);
  pair.drive(60_000, () => atHost.received === 1000);
  const share = (1000 * 240 * 10) / 115_200 / (pair.clock.elapsedMs / 1000);
  assert.ok(share >= 0.95, `${share}`);
});

test("20,000 frames each way survive flips and drops of 1 in 10,000", () => {
  const line = { seed: 11, flip: 1e-4, drop: 1e-4, baud: 921_600 };
  exchange({ line }, { frames: 20_000, lengths: mixed, limitMs: 600_000 });
});

test("5,000 short frames each way survive flips and drops of 1 in 1,000", () => {
  const line = { seed: 12, flip: 1e-3, drop: 1e-3, baud: 921_600 };
  exchange({ line }, { frames: 5000, lengths: short, limitMs: 900_000 });
});

test("inserted bytes and bursts of noise alter nothing", () => {
  const line = { seed: 13, insert: 1e-3, burst: 1e-4, flip: 1e-5, baud: 460_800 };
  exchange({ line }, { frames: 5000, lengths: mixed, limitMs: 900_000 });
});

test("a window of one frame into a board with little memory still moves everything", () => {
  const board = { window: 1, maximumPayload: 60 };
  const line = { seed: 14, flip: 1e-4, drop: 1e-4 };
  const pair = exchange({ board, line }, { frames: 1500, lengths: short, limitMs: 300_000 });
  assert.equal(pair.board.link.statistics.overruns, 0);
});

test("the 32-bit clock may wrap in the middle of a transfer", () => {
  const line = { seed: 15, flip: 1e-4 };
  exchange({ startMs: 0x7fffffff - 5000, line }, { frames: 1500, lengths: mixed, limitMs: 90_000 });
});
