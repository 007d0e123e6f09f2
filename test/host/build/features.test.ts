import assert from "node:assert/strict";
import { test } from "node:test";
import { withFeatures } from "../../../host/build/features.js";

const SOURCE = [
  "/** With a wheel. */",
  "export const WHEEL: boolean = true;",
  "export const BELL = false;",
].join("\n");

test("a feature takes the value of the set, and keeps its own where the set is silent", () => {
  assert.equal(
    withFeatures(SOURCE, { WHEEL: false }),
    "/** With a wheel. */\nexport const WHEEL: boolean = false;\nexport const BELL = false;",
  );
});

test("a set that names what is no feature is refused", () => {
  assert.throws(() => withFeatures(SOURCE, { BRAKE: true }), /BRAKE/);
});
