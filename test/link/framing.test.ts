import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAMINGS, HARM_NAMES, harmNamed, trial } from "./framing-bench/robustness.js";

// The experiments by which the framing was chosen: what they claim in link.md stays true.

const FRAMES = 1500;

for (const make of FRAMINGS) {
  const { name } = make(-1);

  test(`${name}: no framing delivers what nobody sent, and most of what harm did not touch`, () => {
    for (const harm of HARM_NAMES) {
      const outcome = trial(make, harmNamed(harm), FRAMES, 32);
      assert.equal(outcome.forged, 0, harm);
      assert.ok(outcome.collateral <= outcome.touched * 0.1 + 1, `${harm}: ${outcome.collateral}`);
      assert.ok(outcome.good >= outcome.sent - outcome.touched - outcome.collateral, harm);
    }
  });
}

test("marked length: with 4 bits of check one touched frame in 16 slips through, and not many more", () => {
  const outcome = trial(FRAMINGS[1]!, harmNamed("bit error 1e-3"), FRAMES, 4);
  const share = outcome.forged / outcome.touched;
  assert.ok(share > 0.02 && share < 0.14, `${share}`);
});

test("marked length: harm never costs a frame that it did not touch", () => {
  for (const harm of HARM_NAMES) {
    assert.equal(trial(FRAMINGS[1]!, harmNamed(harm), FRAMES, 32).collateral, 0, harm);
  }
});
