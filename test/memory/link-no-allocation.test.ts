import { testAllocatesNothing } from "./bytes-per-run.js";

testAllocatesNothing("link-runs.js");
