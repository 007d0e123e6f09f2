import { testCuts } from "./cut-plays.js";

testCuts(4);
