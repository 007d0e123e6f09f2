import assert from "node:assert/strict";
import { test } from "node:test";
import { playBehaviours } from "./scripts/behaviours.js";
import { builtWidths, runScript } from "./xs-host.js";

for (const bits of builtWidths()) {
  test(`the client does in XS of ${bits} bits what it does in Node`, async () => {
    assert.deepEqual(await runScript<string>(bits, "behaviours-xs"), playBehaviours());
  });
}

test("the behaviours that are compared are the right ones", () => {
  const log = playBehaviours();
  const expected = [
    "> 3a080003612f62000131", // the first publish again, with DUP
    "> 62020002", // and the second's release
    "acknowledged 1",
    "message a/b !",
    "subscribed 0 true",
    "> c000",
    "> e000",
    "closed 0",
  ];
  for (const line of expected) assert.ok(log.includes(line), `${line} in\n${log.join("\n")}`);
  assert.equal(log.filter((line) => line === "message a/b !").length, 1);
  assert.equal(log.filter((line) => line.startsWith("disconnected")).length, 4);
});
