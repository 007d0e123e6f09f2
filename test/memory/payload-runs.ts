import { payloadRuns } from "../xs/scripts/payload-runs.js";
import { measure } from "./bytes-per-run.js";

for (const { name, run } of payloadRuns()) await measure(`a payload: ${name}`, run);
