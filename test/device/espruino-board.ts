import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import type { StorageFile } from "../../host/deploy/repl-upload.js";
import { upload } from "../../host/deploy/upload.js";

/** Its line fits the half of the receive ring of 1024 bytes that the Linux build fills. */
const CHUNK_BYTES = 312;
const STARTS = 5;
const RUN_MS = 300_000;

export type Figures = Map<string, number>;

/** A real Espruino for Linux in a folder of its own, its console on a byte stream. */
export class EspruinoBoard {
  private readonly process: ChildProcess;
  private readonly folder: string;
  private readonly console: Duplex;

  private constructor(binary: string, folder: string) {
    this.folder = folder;
    // Its input thread and its interpreter share a ring without a lock: on two cores characters get lost.
    const child = spawn("taskset", ["-c", "0", binary], {
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.process = child;
    child.stdin?.on("error", () => undefined);
    this.console = Duplex.from({ readable: child.stdout, writable: child.stdin });
    this.console.on("error", () => undefined);
  }

  /** Starts one whose Storage holds these files. */
  static async start(binary: string, files: readonly StorageFile[]): Promise<EspruinoBoard> {
    for (let attempt = 1; ; attempt++) {
      const board = new EspruinoBoard(binary, await mkdtemp(join(tmpdir(), "espruino-")));
      try {
        await upload(board.console, files, { chunkBytes: CHUNK_BYTES });
        return board;
      } catch (error) {
        await board.stop();
        // The Linux build crashes now and then while its input thread fills the receive ring.
        if (attempt === STARTS) throw error;
      }
    }
  }

  /** Runs statements and gathers the lines `MOTE name value` that follow, until `MOTE done`. */
  run(statements: string): Promise<Figures> {
    const figures: Figures = new Map();
    let text = "";
    return new Promise((resolve, reject) => {
      const finish = (reason: string) => {
        clearTimeout(timer);
        this.console.off("data", handleData);
        figures.delete("done");
        if (reason === "") resolve(figures);
        else reject(new Error(`${reason}: ${text.slice(-1_000)}`));
      };
      const handleData = (bytes: Buffer) => {
        text += bytes.toString("latin1");
        for (const [, name, value] of text.matchAll(/MOTE ([\w.]+) (-?[\d.]+)\r?\n/g)) {
          figures.set(name ?? "", Number(value));
        }
        if (figures.has("done")) finish("");
        else if (/Uncaught|OUT OF MEMORY/.test(text)) finish("the program failed");
      };
      const timer = setTimeout(() => finish("the program did not end"), RUN_MS);
      this.console.on("data", handleData);
      this.console.write(`\x10${statements}\n`);
    });
  }

  /** It ignores SIGTERM. */
  async stop(): Promise<void> {
    this.console.destroy();
    this.process.kill("SIGKILL");
    await rm(this.folder, { recursive: true, force: true });
  }
}
