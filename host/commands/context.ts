import type { Log } from "../log.js";
import type { Output } from "../output.js";
import type { KeyInput } from "../table/ask.js";

/** What every command is given; none of them reads `process` itself. */
export interface CommandContext {
  /** Aborts when the user or the system wants the program to end. */
  readonly signal: AbortSignal;
  /** Ends the program as Ctrl-C does. */
  readonly interrupt: () => void;
  readonly output: Output;
  readonly log: Log;
  /** Null where there is no terminal to ask in. */
  readonly keys: KeyInput | null;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds, never going back. */
  readonly nowMs: () => number;
}
