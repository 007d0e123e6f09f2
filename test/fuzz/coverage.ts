import { readFileSync } from "node:fs";
import { type Profiler, Session } from "node:inspector";

/** What part of the firmware's code was run: one mark for each character of each compiled file. */
type Marks = Map<string, Uint8Array>;

const COMMENT = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/**
 * Block coverage of the compiled firmware, as the engine counts it.
 *
 * It must start before the firmware is loaded: the engine counts the blocks of what it compiles from then on.
 */
export class Coverage {
  private readonly session = new Session();
  private readonly folder: string;
  /** What of the files is code that a function holds. */
  private readonly counted: Marks = new Map();
  /** All that was run since the start. */
  private readonly seen: Marks = new Map();
  private readonly scratch: Marks = new Map();

  /** @param folder a part of the path that the files of interest have in common */
  constructor(folder: string) {
    this.folder = folder;
    this.session.connect();
    this.post("Profiler.enable");
    this.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** @returns how many characters of code ran since the last look that never had; it takes no note of them */
  countNew(): number {
    return this.look(false);
  }

  /** As `countNew`, and takes note of them. */
  add(): number {
    return this.look(true);
  }

  /** Takes note of which files there are, and which of their characters are code: after they were loaded. */
  learn(): void {
    for (const { url, functions } of this.take()) {
      const text = readFileSync(new URL(url), "utf8");
      const counted = new Uint8Array(text.length);
      // The first function is the file itself: it ran when it was loaded.
      for (const { ranges } of functions.slice(1)) {
        counted.fill(1, ranges[0]?.startOffset, ranges[0]?.endOffset);
      }
      for (const comment of text.matchAll(COMMENT)) {
        counted.fill(0, comment.index, comment.index + comment[0].length);
      }
      this.counted.set(url, counted);
      this.seen.set(url, new Uint8Array(text.length));
      this.scratch.set(url, new Uint8Array(text.length));
    }
  }

  /** @returns the share, 0 to 1, of the code of files whose path matches that has run */
  share(files: RegExp): number {
    let covered = 0;
    let total = 0;
    for (const [url, counted] of this.counted) {
      if (!files.test(url)) continue;
      const seen = this.seen.get(url);
      for (let at = 0; at < counted.length; at++) {
        if (counted[at] === 0) continue;
        total++;
        covered += seen?.[at] ?? 0;
      }
    }
    return total === 0 ? 0 : covered / total;
  }

  stop(): void {
    this.session.disconnect();
  }

  /** The engine counts anew from each look on. */
  private look(isNoted: boolean): number {
    let count = 0;
    for (const { url, functions } of this.take()) {
      const seen = this.seen.get(url);
      const now = this.scratch.get(url);
      if (!seen || !now) continue;
      paint(now, functions);
      for (let at = 0; at < now.length; at++) {
        if (now[at] === 0 || seen[at] === 1) continue;
        if (isNoted) seen[at] = 1;
        count++;
      }
    }
    return count;
  }

  private take(): Profiler.ScriptCoverage[] {
    const taken: Profiler.ScriptCoverage[] = [];
    this.session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error) throw error;
      taken.push(...result.filter(({ url }) => url.includes(this.folder)));
    });
    return taken;
  }

  private post(method: string, options: object = {}): void {
    this.session.post(method, options, (error) => {
      if (error) throw error;
    });
  }
}

/** Marks what ran. Outer ranges come before those inside them, which may not have run. */
function paint(marks: Uint8Array, functions: readonly Profiler.FunctionCoverage[]): void {
  marks.fill(0);
  for (const { ranges } of functions) {
    for (const range of ranges) {
      marks.fill(range.count > 0 ? 1 : 0, range.startOffset, range.endOffset);
    }
  }
}
