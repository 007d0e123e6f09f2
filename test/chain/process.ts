import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** The command line as a user starts it. */
export const MOTE = fileURLToPath(new URL("../../host/mote.cjs", import.meta.url));
const POLL_MS = 5;

/** `mote …` in a process of its own. */
export class MoteProcess {
  private readonly child: ChildProcess;
  private output = "";
  private readonly exited: Promise<number | null>;

  /**
   * Starts it with a state folder of its own; it is killed with the end of the test.
   *
   * @param wrapper a program and its arguments that start the command line
   */
  constructor(
    context: TestContext,
    args: readonly string[],
    wrapper: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ) {
    const state = temporaryFolder(context);
    const [program = "", ...rest] = [...wrapper, process.execPath, MOTE, ...args];
    const env = {
      ...process.env,
      MOTE_STATE: state,
      MOTE_DEBUG: "",
      NO_COLOR: "1",
      ...environment,
    };
    this.child = spawn(program, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.exited = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      this.child.on("close", (code) => resolve(code));
    });
    context.after(() => this.kill());
  }

  /** Everything it printed. */
  get text(): string {
    return this.output;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Its exit code, once it has ended. */
  exit(): Promise<number | null> {
    return this.exited;
  }

  /** As a power failure. Resolves when the process is gone. */
  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.exited;
  }

  /** @throws Error with everything it printed when that does not come in time */
  async waitFor(pattern: RegExp, withinMs: number): Promise<void> {
    await within(
      withinMs,
      () => `${pattern} in:\n${this.output}`,
      () => pattern.test(this.output),
    );
  }

  /** Resident memory; Linux only. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }
}

/** Waits for what real processes bring about; @returns the milliseconds it took. */
export async function within(
  limitMs: number,
  what: () => string,
  condition: () => boolean,
): Promise<number> {
  const startMs = performance.now();
  while (!condition()) {
    if (performance.now() - startMs > limitMs) throw new Error(`not in ${limitMs} ms: ${what()}`);
    await sleep(POLL_MS);
  }
  return Math.round(performance.now() - startMs);
}

/** A folder that goes with the test; whom a test makes of itself may enter it. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "mote-chain-"));
  chmodSync(folder, 0o755);
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
