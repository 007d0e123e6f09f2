import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cost } from "./scripts/meter.js";
import { builtWidths, runScript } from "./xs-host.js";

const PUBLISHES = 2_000;
const [bits] = builtWidths();

test("a journal allocates nothing per publish in XS, nor at a restart", async () => {
  const costs = await runScript<Cost>(bits, "journal-memory", [String(PUBLISHES)]);
  const seen = costs.map(({ name, slots, chunks, collections }) => ({
    name,
    slots,
    chunks,
    collections,
  }));
  assert.deepEqual(seen, [
    { name: "journal.publish", slots: 0, chunks: 0, collections: 0 },
    { name: "journal.replay", slots: 0, chunks: 0, collections: 0 },
  ]);
});
