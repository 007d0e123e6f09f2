import assert from "node:assert/strict";
import { test } from "node:test";
import { playSeed } from "./random-run.js";

const COUNT = 2_000;
/** With `npm run scenarios` any other number of others. */
const FIRST_SEED = 1;

test("whatever happens to a client of either version, it keeps the standard, its promises and its counts", () => {
  let played = 0;
  for (let seed = FIRST_SEED; seed < FIRST_SEED + COUNT; seed++, played++) playSeed(seed);
  assert.equal(played, COUNT);
});
