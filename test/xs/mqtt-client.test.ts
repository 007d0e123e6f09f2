import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cost } from "./scripts/meter.js";
import { playMqtt } from "./scripts/mqtt-behaviours.js";
import { builtWidths, runScript } from "./xs-host.js";

for (const bits of builtWidths()) {
  test(`the client of ECMA-419 does in XS of ${bits} bits what it does in Node`, async () => {
    assert.deepEqual(await runScript<string>(bits, "mqtt-behaviours-xs"), playMqtt());
  });
}

test("a topic written or received again costs no slot and no chunk in ECMA-419's words", async () => {
  const [bits] = builtWidths();
  const costs = await runScript<Cost>(bits, "mqtt-memory", ["5000"]);
  assert.deepEqual(
    costs.map(({ name, slots, chunks }) => ({ name, slots, chunks })),
    [
      { name: "write.qos1", slots: 0, chunks: 0 },
      { name: "read.qos1", slots: 0, chunks: 0 },
    ],
  );
});

test("the behaviours that are compared are the right ones", () => {
  const log = playMqtt();
  const expected = [
    "control 4 0 0 0",
    "read 2 2 led 1 111",
    "read 0 0 led 0 111",
    "refused -11",
    "> 104 2 101", // the rest of a payload that is written in parts
    "closed",
    "over -12",
  ];
  for (const line of expected) assert.ok(log.includes(line), `${line} in\n${log.join("\n")}`);
});
