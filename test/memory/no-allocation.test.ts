import { testAllocatesNothing } from "./bytes-per-run.js";

testAllocatesNothing("client-runs.js");
