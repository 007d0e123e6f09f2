import type { Random } from "../sim/random.js";

/** A piece of the firmware that takes bytes. */
export interface Target {
  readonly name: string;
  /** Compiled files whose coverage is told. */
  readonly files: RegExp;
  /**
   * Runs one input from a fresh start; the same input does the same.
   *
   * @returns what came of it, roughly: an input with a new outcome is kept as one that reaches new code is
   * @throws when something is wrong
   */
  run(input: Uint8Array): string;
  /** A change that knows how the input is built; the input stays as it is. */
  mutate(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array;
  /** Inputs to begin with, besides those of the corpus. */
  seeds(): Uint8Array[];
}
