import * as fc from "fast-check";
import { sequencesEndWell } from "./operations.js";

/** What a search for a sequence that ends badly came to. */
interface Outcome {
  readonly runs: number;
  /** The shortest sequence found that ends badly, and how. */
  readonly fault: string | undefined;
}

/** Operation sequences, of both versions. */
export const SEQUENCES = [
  { name: "operations-3.1.1", version: 4 },
  { name: "operations-5", version: 5 },
] as const;

/** Tries sequences of operations of a client and its broker until the time is over or one ends badly. */
export function checkSequences(version: 4 | 5, milliseconds: number, seed: number): Outcome {
  const details = fc.check(sequencesEndWell(version), {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: milliseconds,
    endOnFailure: false,
  });
  const { numRuns, failed, errorInstance } = details;
  if (!failed) return { runs: numRuns, fault: undefined };
  const what = errorInstance instanceof Error ? errorInstance.message : String(errorInstance);
  return { runs: numRuns, fault: `${fc.defaultReportMessage(details)}\n${what}` };
}
