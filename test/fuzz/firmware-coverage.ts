import { Coverage } from "./coverage.js";

/**
 * Coverage of the firmware, from now on: this module is imported before any that loads the firmware, so that the
 * engine counts the blocks of what it compiles for it.
 */
export const coverage = new Coverage("/build/firmware/");
