import assert from "node:assert/strict";
import { test } from "node:test";
import type { Bits } from "./host-path.js";
import type { Cost } from "./scripts/meter.js";
import { builtWidths, runScript } from "./xs-host.js";

const MESSAGES = 100_000;
/** The widths differ in the size of a slot, not in their number: a look suffices. */
const LOOK = 5_000;
/** Of an ESP32; a C3 has 384. */
const STACK_SLOTS = 384;

const OPERATIONS = [
  "publish.qos0",
  "publish.qos1",
  "publish.qos2",
  "receive.qos0",
  "receive.qos0.pieces",
  "receive.qos1",
  "receive.qos2",
  "keep-alive",
  "decimal",
];

function testWidth(bits: Bits, runs: number, version: 4 | 5): void {
  const name = version === 5 ? "MQTT 5" : "3.1.1";
  test(`the whole client allocates no slot and no chunk in XS of ${bits} bits, in ${name}`, async () => {
    const args = [String(runs), String(version)];
    const costs = await runScript<Cost>(bits, "client-memory", args);
    for (const name of OPERATIONS) {
      const cost = costs.find((line) => line.name === name);
      assert.ok(cost, name);
      const { slots, chunks, collections } = cost;
      assert.deepEqual(
        { slots, chunks, collections },
        { slots: 0, chunks: 0, collections: 0 },
        name,
      );
    }
    const stack = costs.find((line) => line.name === "stack");
    assert.ok(stack && stack.slots <= STACK_SLOTS, `${stack?.slots} slots of stack`);
  });
}

const [bits, ...others] = builtWidths();
for (const version of [4, 5] as const) {
  testWidth(bits, MESSAGES, version);
  for (const other of others) testWidth(other, LOOK, version);
}

test("the counters see what is known to allocate", async () => {
  const [bits] = builtWidths();
  const costs = await runScript<Cost>(bits, "known-costs");
  const seen = costs.map(({ name, slots, chunks }) => ({ name, slots, chunks }));
  assert.deepEqual(seen, [
    { name: "subarray", slots: 4, chunks: 0 },
    { name: "new Uint8Array", slots: 7, chunks: 1 },
    { name: "text.length", slots: 2, chunks: 0 },
    { name: "text + text", slots: 0, chunks: 1 },
    { name: "a literal", slots: 2, chunks: 0 },
    { name: "a loop over bytes", slots: 0, chunks: 0 },
    { name: "copyWithin and set", slots: 0, chunks: 0 },
    { name: "resize and back", slots: 0, chunks: 0 },
    { name: "the host's own functions", slots: 0, chunks: 0 },
  ]);
});
