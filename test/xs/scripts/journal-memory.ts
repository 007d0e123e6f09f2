import host from "host";
import { DONE, Journal, PUBLISHED, SENT } from "../../../firmware/session/journal.js";
import { MemoryStore } from "../../sim/memory-store.js";
import { measure } from "./meter.js";

// Publishes as a journal sees them, and restarts. Argument 0: how many.

const runs = Number(host.argument(0));
const record = new Uint8Array(60).fill(0x31);
const journal = new Journal(
  new MemoryStore(4096),
  { writeState: (into) => into.keep(PUBLISHED, 9, record, 0, record.length) },
  128,
);

let sum = 0;
journal.open();
measure("journal.publish", runs, () => {
  sum += journal.keep(PUBLISHED, 9, record, 0, record.length);
  sum += journal.mark(SENT, 9, 0);
  sum += journal.mark(DONE, 9, 0);
});
if (sum !== 0) throw new Error("not taken");
measure("journal.replay", runs / 100, () => {
  journal.open();
  for (let kind = journal.next(); kind !== 0; kind = journal.next()) sum += kind;
});
if (sum === 0) throw new Error("nothing was found");
