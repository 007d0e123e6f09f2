import assert from "node:assert/strict";
import { test } from "node:test";
import { Log } from "../../host/log.js";

function scripted() {
  const lines: string[] = [];
  const clock = { nowMs: 0 };
  const log = new Log({ sink: (line) => lines.push(line), now: () => clock.nowMs, debug: false });
  return { lines, clock, log };
}

test("a line tells local time, level, scope and text", () => {
  const { lines, clock, log } = scripted();
  clock.nowMs = new Date(2026, 0, 31, 1, 2, 3, 4).getTime();
  log.warn("sim-1", "board is silent");
  assert.deepEqual(lines, ["01:02:03.004 warn  sim-1: board is silent"]);
});

test("a text that repeats itself is shown once in ten seconds, with the number left out", () => {
  const { lines, clock, log } = scripted();
  for (let second = 0; second <= 10; second++) {
    clock.nowMs = second * 1000;
    log.info("a", "again");
  }
  assert.equal(lines.length, 2);
  assert.match(lines[1] ?? "", /again \(9 more times\)$/);
});

test("another scope's text does not count as a repetition", () => {
  const { lines, log } = scripted();
  log.info("a", "same");
  log.info("b", "same");
  assert.equal(lines.length, 2);
});

test("control characters of a board do not reach the terminal", () => {
  const { lines, log } = scripted();
  log.info("a", "\u001b[2Jx\u009b");
  assert.match(lines[0] ?? "", /a: {2}\[2Jx $/);
});

test("debug lines are left out unless asked for", () => {
  const { lines, log } = scripted();
  log.debug("a", "x");
  assert.deepEqual(lines, []);
});
