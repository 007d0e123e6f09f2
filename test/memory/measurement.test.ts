import assert from "node:assert/strict";
import { test } from "node:test";
import { measurementsOf } from "./bytes-per-run.js";

const measured = new Map(measurementsOf("known-runs.js").map(({ name, bytes }) => [name, bytes]));

test("an empty run measures no bytes", () => {
  assert.ok(Math.abs(measured.get("nothing") ?? Number.NaN) < 1, `${measured.get("nothing")}`);
});

for (const [name, least] of [
  ["an object of one field", 16],
  ["a subarray", 80],
] as const) {
  test(`${name} measures at least ${least} bytes`, () => {
    const bytes = measured.get(name) ?? 0;
    assert.ok(bytes >= least, `${bytes}`);
  });
}

test("garbage that was collected while it was counted has no figure", () => {
  assert.equal(measured.get("more than the young generation holds"), null);
});
