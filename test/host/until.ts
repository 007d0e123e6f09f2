import { setTimeout as sleep } from "node:timers/promises";

const PATIENCE_MS = 5_000;

/** Waits for what real sockets and processes bring about in their own time. */
export async function until(condition: () => boolean): Promise<void> {
  const giveUpAt = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > giveUpAt) throw new Error(`waited in vain: ${condition}`);
    await sleep(2);
  }
}
