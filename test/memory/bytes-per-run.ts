import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { PerformanceObserver } from "node:perf_hooks";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** What one run of a piece of code takes. */
export interface Measurement {
  readonly name: string;
  /** Of heap, garbage included; null when the collector ran in every window. */
  readonly bytes: number | null;
}

const RUNS = 100_000;
/** On a busy machine the optimising compiler, which boxes no numbers, may come late. */
const WINDOWS = 40;
/** What the engine does besides comes and goes; one object per run is at least 16. */
const LIMIT_BYTES = 1;
/** Room for all the garbage of a window, so that none is collected before it is counted. */
const FLAGS = ["--expose-gc", "--min-semi-space-size=256", "--max-semi-space-size=256"];
const CHILD_TIMEOUT_MS = 240_000;

/** When the collector ran; only measured processes have `gc`. */
const collectionsMs: number[] = [];
const observer = new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) collectionsMs.push(entry.startTime);
});

/** In the measured process: runs `run` until it is warm, measures it, and tells the parent. */
export async function measure(name: string, run: () => void, runs = RUNS): Promise<void> {
  observer.observe({ entryTypes: ["gc"] });
  for (let i = 0; i < runs; i++) run();
  let bytes: number | null = null;
  for (let i = 0; i < WINDOWS; i++) {
    const measured = await measureWindow(run, runs);
    if (measured !== null) bytes = Math.min(measured, bytes ?? measured);
    if (bytes !== null && Math.abs(bytes) < LIMIT_BYTES) break;
  }
  process.stdout.write(`${JSON.stringify({ name, bytes })}\n`);
}

async function measureWindow(run: () => void, runs: number): Promise<number | null> {
  collect();
  const beginMs = performance.now();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < runs; i++) run();
  const after = process.memoryUsage().heapUsed;
  const endMs = performance.now();
  // Collections are reported late but in order: once this one is, so are those of the window.
  collect();
  while ((collectionsMs.at(-1) ?? 0) < endMs) await nextTurn();
  const isClean = !collectionsMs.some((startMs) => startMs >= beginMs && startMs < endMs);
  return isClean ? (after - before) / runs : null;
}

function collect(): void {
  assert.ok(globalThis.gc, "started without --expose-gc");
  globalThis.gc();
}

/** Runs the script next to this file in a process of its own. @returns what it measured */
export function measurementsOf(script: string): Measurement[] {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawnSync(process.execPath, [...FLAGS, path], {
    encoding: "utf8",
    timeout: CHILD_TIMEOUT_MS,
  });
  assert.equal(child.status, 0, `${script}: ${child.error ?? child.stderr}`);
  const lines = child.stdout.split("\n").filter((line) => line !== "");
  assert.ok(lines.length > 0, `${script} measured nothing`);
  return lines.map((line) => JSON.parse(line) as Measurement);
}

/** Makes one test of each measurement of the script. */
export function testAllocatesNothing(script: string): void {
  for (const { name, bytes } of measurementsOf(script)) {
    test(`${name} allocates nothing`, () => {
      assert.ok(bytes !== null && Math.abs(bytes) < LIMIT_BYTES, `${bytes} bytes per run`);
    });
  }
}
