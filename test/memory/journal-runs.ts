import assert from "node:assert/strict";
import { FINISHED, newJournal, PUBLISHED, SENT_FIRST } from "../../firmware/session/journal.js";
import { nextEntry, openJournal } from "../../firmware/session/journal-read.js";
import { keep, mark } from "../../firmware/session/journal-write.js";
import { MemoryStore } from "../sim/memory-store.js";
import { measure } from "./bytes-per-run.js";

const AREA_SIZE = 4096;
const record = new Uint8Array(60).fill(0x31);
const journal = newJournal(
  new MemoryStore(AREA_SIZE),
  { writeState: (into) => keep(into, PUBLISHED, 9 << 16, record, 0, record.length) },
  new Uint8Array(128),
  new Uint8Array(0),
);
let sum = 0;

openJournal(journal);
await measure("a publish in a journal, snapshots included", () => {
  sum += keep(journal, PUBLISHED, 9 << 16, record, 0, record.length);
  sum += mark(journal, SENT_FIRST, 9, 0);
  sum += mark(journal, FINISHED, 9, 0);
});
assert.equal(sum, 0);
await measure(
  "a journal's replay",
  () => {
    openJournal(journal);
    for (let kind = nextEntry(journal); kind !== 0; kind = nextEntry(journal)) sum += kind;
  },
  1000,
);
assert.ok(sum > 0);
