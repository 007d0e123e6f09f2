import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../sim/random.js";
import { type Bounds, Explorer, loadSmallLink } from "./explorer.js";

const MAXIMUM_STATES = 20_000;
/** Bounds within which every order of events is looked at. */
const NONE: Bounds = {
  packets: 0,
  losses: 0,
  replays: 0,
  boardResets: 0,
  hostResets: 0,
  disconnects: 0,
  waits: 0,
  maximumStates: MAXIMUM_STATES,
};

const WHOLE: readonly (readonly [string, Partial<Bounds>])[] = [
  ["packets both ways", { packets: 2 }],
  ["a loss", { packets: 2, losses: 1 }],
  ["two losses and time", { packets: 1, losses: 2, waits: 1 }],
  ["a stale frame", { packets: 1, replays: 1 }],
  ["a board that resets", { packets: 1, boardResets: 1 }],
  ["a board that resets, and time", { boardResets: 1, waits: 2 }],
  ["a host that resets", { packets: 1, hostResets: 1, waits: 1 }],
  ["a cable that is pulled", { packets: 1, disconnects: 1, waits: 1 }],
];

/** Bounds for walks at random, which go far. */
const FAR: Bounds = {
  packets: 40,
  losses: 12,
  replays: 8,
  boardResets: 2,
  hostResets: 2,
  disconnects: 3,
  waits: 60,
  maximumStates: 0,
};
/** `WALKS=100000 node build/test/run.js link/explorer` goes on for hours; SEED repeats a failure. */
const WALKS = Number(process.env["WALKS"] ?? 150);
const STEPS = 400;

const module = await loadSmallLink();

for (const [name, bounds] of WHOLE) {
  test(`in every order of events nothing is lost, doubled, reordered or stuck: ${name}`, (context) => {
    const outcome = new Explorer(module, { ...NONE, ...bounds }).run();
    context.diagnostic(JSON.stringify(outcome));
    assert.ok(outcome.isComplete, "not all of them were looked at");
  });
}

test("on long walks at random numbers wrap, and nothing is lost, doubled, reordered or stuck", (context) => {
  const seed = Number(process.env["SEED"] ?? Date.now() | 0);
  let wraps = 0;
  let states = 0;
  for (let i = 0; i < WALKS; i++) {
    const random = new Random(seed + i);
    const isCalm = i % 3 === 0;
    const calm = { boardResets: 0, hostResets: 0, disconnects: 0 };
    const explorer = new Explorer(module, isCalm ? { ...FAR, ...calm } : FAR);
    try {
      explorer.walk((limit) => random.below(limit), STEPS);
    } catch (error) {
      throw new Error(`SEED=${seed + i} WALKS=1`, { cause: error });
    }
    wraps += explorer.outcome.wraps;
    states += explorer.outcome.states;
  }
  context.diagnostic(`${states} steps, ${wraps} times a number wrapped`);
  assert.ok(wraps > WALKS / 10 || WALKS < 20);
});
