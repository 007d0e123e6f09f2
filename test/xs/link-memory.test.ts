import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cost } from "./scripts/meter.js";
import { builtWidths, runScript } from "./xs-host.js";

const FRAMES = 2_000;
const [bits] = builtWidths();

test("a link allocates nothing per frame in XS, both ways", async () => {
  const costs = await runScript<Cost>(bits, "link-memory", [String(FRAMES)]);
  const seen = costs.map(({ name, slots, chunks, collections }) => ({
    name,
    slots,
    chunks,
    collections,
  }));
  assert.deepEqual(seen, [
    { name: "link.send", slots: 0, chunks: 0, collections: 0 },
    { name: "link.receive", slots: 0, chunks: 0, collections: 0 },
  ]);
});
