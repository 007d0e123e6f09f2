import assert from "node:assert/strict";
import { test } from "node:test";
import { checkSequences, SEQUENCES } from "./sequences.js";

const SLICE_MS = 3_000;

for (const { name, version } of SEQUENCES) {
  test(`${name}: whatever is done in whatever order, QoS 1 is not lost and QoS 2 comes once`, () => {
    const seed = Date.now() % 0x7fffffff;
    const { runs, fault } = checkSequences(version, SLICE_MS, seed);
    assert.equal(fault, undefined, fault);
    assert.ok(runs > 10, `${runs} sequences`);
  });
}
