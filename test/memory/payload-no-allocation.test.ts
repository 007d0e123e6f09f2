import { testAllocatesNothing } from "./bytes-per-run.js";

testAllocatesNothing("payload-runs.js");
