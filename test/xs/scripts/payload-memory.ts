import host from "host";
import { measure } from "./meter.js";
import { payloadOutcomes, payloadRuns } from "./payload-runs.js";

// What the readers and writers of payloads cost, argument 0 times each; then what they come to.

const runs = Number(host.argument(0));
for (const { name, run } of payloadRuns()) measure(name, runs, run);
for (const outcome of payloadOutcomes()) host.print(JSON.stringify({ outcome }));
