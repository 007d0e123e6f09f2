import assert from "node:assert/strict";
import { test } from "node:test";
import { ConsoleText } from "../../../host/bridge/console-text.js";

function collected() {
  const lines: string[] = [];
  const clock = { nowMs: 0 };
  const text = new ConsoleText(
    (line) => lines.push(line),
    () => clock.nowMs,
  );
  const feed = (part: string) => {
    const bytes = Buffer.from(part, "latin1");
    text.feed(bytes, 0, bytes.length);
  };
  return { lines, clock, feed };
}

test("pieces become lines", () => {
  const { lines, feed } = collected();
  feed("rst:0x1 (POWER");
  feed("ON)\r\nboot\n");
  assert.deepEqual(lines, ["rst:0x1 (POWERON)", "boot"]);
});

test("a line without end is cut", () => {
  const { lines, feed } = collected();
  for (let count = 0; count < 1000; count++) feed("x".repeat(1000));
  feed("\n");
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.length, 200);
});

test("a flood of lines is shown in part and counted", () => {
  const { lines, clock, feed } = collected();
  feed("a\n".repeat(1000));
  assert.equal(lines.length, 20);
  clock.nowMs = 10_000;
  feed("b\n");
  assert.deepEqual(lines.slice(20), ["(980 more lines of console text)", "b"]);
});

test("escape sequences do not reach the terminal", () => {
  const { lines, feed } = collected();
  feed("\u001b[2J\u0007x\n");
  assert.deepEqual(lines, [" [2J x"]);
});
