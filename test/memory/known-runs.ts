import { measure } from "./bytes-per-run.js";

// Runs of which the size is known: they show that the measurement sees what there is.

const KEPT_BYTES = 100;
const bytes = new Uint8Array(KEPT_BYTES);
const kept: { last: unknown } = { last: null };

await measure("nothing", () => undefined);
await measure("an object of one field", () => {
  kept.last = { field: 1 };
});
await measure("a subarray", () => {
  kept.last = bytes.subarray(1, 5);
});
await measure("more than the young generation holds", () => {
  kept.last = new Array(1024).fill(0);
});
