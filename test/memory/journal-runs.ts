import assert from "node:assert/strict";
import { DONE, Journal, PUBLISHED, SENT } from "../../firmware/session/journal.js";
import { MemoryStore } from "../sim/memory-store.js";
import { measure } from "./bytes-per-run.js";

const AREA_SIZE = 4096;
const record = new Uint8Array(60).fill(0x31);
const journal = new Journal(
  new MemoryStore(AREA_SIZE),
  { writeState: (into) => into.keep(PUBLISHED, 9, record, 0, record.length) },
  128,
);
let sum = 0;

journal.open();
await measure("a publish in a journal, snapshots included", () => {
  sum += journal.keep(PUBLISHED, 9, record, 0, record.length);
  sum += journal.mark(SENT, 9, 0);
  sum += journal.mark(DONE, 9, 0);
});
assert.equal(sum, 0);
await measure(
  "a journal's replay",
  () => {
    journal.open();
    for (let kind = journal.next(); kind !== 0; kind = journal.next()) sum += kind;
  },
  1000,
);
assert.ok(sum > 0);
