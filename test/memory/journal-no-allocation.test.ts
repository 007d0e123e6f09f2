import { testAllocatesNothing } from "./bytes-per-run.js";

testAllocatesNothing("journal-runs.js");
