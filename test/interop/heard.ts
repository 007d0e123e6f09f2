import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 10_000;

/** Waits for what a real broker brings about in its own time; fails with what `told` then says. */
export async function heard(condition: () => boolean, told: () => string): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > giveUpAt) assert.fail(told());
    await sleep(2);
  }
}
