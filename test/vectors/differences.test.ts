import assert from "node:assert/strict";
import { test } from "node:test";
import { covers, readDifferences } from "./differences.js";
import { fullName, readVectors, type Vector } from "./page.js";
import { readPropertyVectors } from "./property-vectors.js";
import { readBySecondOpinion } from "./second-opinion.js";

const vectors = [...readVectors(), ...readPropertyVectors()];
const tables = readDifferences();

function differs(vector: Vector): boolean {
  return vector.steps.some((step) => {
    if (step.readings === undefined) return false;
    const theirs = readBySecondOpinion(step.bytes, vector.version);
    return theirs.join("\n") !== step.readings.join("\n");
  });
}

test("mqtt-packet reads every vector as its page says, or the difference is listed", () => {
  const names = vectors.filter(differs).map(fullName);
  const unlisted = names.filter((name) => !tables.vectors.some((row) => covers(row, name)));
  assert.deepEqual(unlisted, []);
});

test("every listed difference is there", () => {
  assert.ok(tables.vectors.length > 10, "the table is found at all");
  for (const row of tables.vectors) {
    const covered = vectors.filter((vector) => covers(row, fullName(vector)));
    assert.ok(covered.length > 0, `no vector: ${row.what}`);
    const same = covered.filter((vector) => !differs(vector)).map(fullName);
    assert.deepEqual(same, [], row.what);
    assert.ok(row.reason.length > 5, `no reason: ${row.what}`);
  }
});
