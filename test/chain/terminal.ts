import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { spawn } from "@lydell/node-pty";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const INTERRUPT_KEY = "\x03";

/** A command in a terminal, begun where a user begins it: in the root of the repository. */
export class Terminal {
  private output = "";
  private readonly exited: Promise<number>;
  private readonly pty;

  /** Its programs are hung up on with the end of the test. */
  constructor(
    context: TestContext,
    program: string,
    args: string[],
    environment: Readonly<Record<string, string>>,
  ) {
    this.pty = spawn(program, args, { cwd: ROOT, env: { ...process.env, ...environment } });
    this.pty.onData((text) => {
      this.output += text;
    });
    let isRunning = true;
    this.exited = new Promise((resolve) => {
      this.pty.onExit(({ exitCode, signal }) => {
        isRunning = false;
        resolve(signal ? 128 + signal : exitCode);
      });
    });
    // The program leads the terminal's group of processes.
    context.after(() => isRunning && process.kill(-this.pty.pid, "SIGKILL"));
  }

  /** Everything it printed. */
  get text(): string {
    return this.output;
  }

  /** Presses Ctrl-C: the terminal sends SIGINT to all of its programs. */
  interrupt(): void {
    this.pty.write(INTERRUPT_KEY);
  }

  /** Its exit code as a shell tells it, once it has ended. */
  exit(): Promise<number> {
    return this.exited;
  }
}
