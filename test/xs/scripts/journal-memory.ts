import host from "host";
import { FINISHED, newJournal, PUBLISHED, SENT_FIRST } from "../../../firmware/session/journal.js";
import { nextEntry, openJournal } from "../../../firmware/session/journal-read.js";
import { keep, mark } from "../../../firmware/session/journal-write.js";
import { MemoryStore } from "../../sim/memory-store.js";
import { measure } from "./meter.js";

// Publishes as a journal sees them, and restarts. Argument 0: how many.

const runs = Number(host.argument(0));
const record = new Uint8Array(60).fill(0x31);
const journal = newJournal(
  new MemoryStore(4096),
  { writeState: (into) => keep(into, PUBLISHED, 9 << 16, record, 0, record.length) },
  new Uint8Array(128),
  new Uint8Array(0),
);

let sum = 0;
openJournal(journal);
measure("journal.publish", runs, () => {
  sum += keep(journal, PUBLISHED, 9 << 16, record, 0, record.length);
  sum += mark(journal, SENT_FIRST, 9, 0);
  sum += mark(journal, FINISHED, 9, 0);
});
if (sum !== 0) throw new Error("not taken");
measure("journal.replay", runs / 100, () => {
  openJournal(journal);
  for (let kind = nextEntry(journal); kind !== 0; kind = nextEntry(journal)) sum += kind;
});
if (sum === 0) throw new Error("nothing was found");
