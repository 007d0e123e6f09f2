import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BITS, type Bits, EMULATOR, hostPath, isEmulated, root } from "./host-path.js";

/** Modules that a board's image preloads: in flash, frozen, out of its heap. */
const FLASH_MODULES = [
  "firmware/client/client.js",
  "firmware/client/dispatch.js",
  "firmware/client/mqtt-client.js",
  "firmware/payload/boolean.js",
  "firmware/payload/cbor-reader.js",
  "firmware/payload/cbor-writer.js",
  "firmware/payload/decimal.js",
  "firmware/payload/integer.js",
  "firmware/payload/json-reader.js",
  "firmware/payload/json-writer.js",
  "firmware/link/link.js",
  "firmware/session/journal.js",
  "firmware/runtime/mote.js",
  "firmware/runtime/link-transport.js",
  "firmware/platform/xs/tcp-transport.js",
  "firmware/platform/xs/random.js",
];

const RUN_MS = 120_000;

/**
 * The widths that were built: those that run natively first, and of these the board's own.
 *
 * @throws Error when there is none, or where CI is "true" and one is missing
 */
export function builtWidths(): readonly [Bits, ...Bits[]] {
  const built = BITS.filter((bits) => existsSync(hostPath(bits)));
  const [first, ...more] = built.sort((a, b) => Number(isEmulated(a)) - Number(isEmulated(b)));
  const isEnough = process.env["CI"] !== "true" || more.length === BITS.length - 1;
  if (first !== undefined && isEnough) return [first, ...more];
  throw new Error("no XS, or not both widths: npm run xs says why");
}

/** A script that runs in XS, in a process of its own. */
export class XsScript {
  /** Its lines, in order. */
  readonly lines: AsyncIterable<string>;
  private readonly child: ChildProcess;
  private readonly ended: Promise<number | null>;
  private errors = "";

  /**
   * @param script name of a file in test/xs/scripts, without extension
   * @param peer   file of a module that the script imports as "peer", and that is in flash too
   */
  constructor(bits: Bits, script: string, args: readonly string[] = [], peer?: string) {
    const alias = peer === undefined ? [] : ["--alias", "peer", peer, "--rom", peer];
    const rom = FLASH_MODULES.flatMap((path) => ["--rom", join(root, "build", path)]);
    const path = join(root, "build/test/xs/scripts", `${script}.js`);
    const [program, ...before] = isEmulated(bits) ? [EMULATOR, hostPath(bits)] : [hostPath(bits)];
    const child = spawn(program ?? "", [...before, ...alias, ...rom, path, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      timeout: RUN_MS,
    });
    this.child = child;
    this.lines = createInterface({ input: child.stdout });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve(code));
    });
  }

  kill(): void {
    this.child.kill("SIGKILL");
  }

  /** Resolves with what it printed on standard error when it ends. @throws Error unless the status is the expected one */
  async end(status = 0): Promise<string> {
    const code = await this.ended;
    if (code === status) return this.errors;
    throw new Error(`the script ended with ${code}: ${this.errors}`);
  }
}

/** Runs a script to its end. @returns its lines, which are JSON */
export async function runScript<Line>(
  bits: Bits,
  script: string,
  args: readonly string[] = [],
  peer?: string,
): Promise<Line[]> {
  const running = new XsScript(bits, script, args, peer);
  const lines: Line[] = [];
  for await (const line of running.lines) lines.push(JSON.parse(line) as Line);
  await running.end();
  return lines;
}
