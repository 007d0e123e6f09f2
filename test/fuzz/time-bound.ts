import { createContext, Script } from "node:vm";

/** Where the task stands that runs next. */
const sandbox: { task: () => void } = { task: () => undefined };
const context = createContext(sandbox);
const script = new Script("task()");

/**
 * Runs a task that may never end.
 *
 * @throws ERR_SCRIPT_EXECUTION_TIMEOUT when it has not ended in time, else what it throws
 */
export function runWithin(milliseconds: number, task: () => void): void {
  sandbox.task = task;
  script.runInContext(context, { timeout: milliseconds });
}
