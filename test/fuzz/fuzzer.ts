import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random } from "../sim/random.js";
import { readSeedFiles, saveFind } from "./corpus.js";
import type { Coverage } from "./coverage.js";
import { Failure } from "./failure.js";
import { minimise } from "./minimise.js";
import { mutate } from "./mutate.js";
import type { Target } from "./target.js";
import { runWithin } from "./time-bound.js";

/** An input whose run does not end in this time is a find; machines are busy. */
const LONGEST_RUN_MS = 5_000;
const LONGEST_BATCH_MS = 30_000;
const BATCH = 256;
/** How often a change knows how the input is built. */
const KNOWING_SHARE = 3;
const HEAP_RUNS = 500;
const HEAP_LIMIT_BYTES = 1 << 20;

/** What a run of the fuzzer came to. */
export interface Report {
  readonly target: string;
  readonly seed: number;
  readonly executions: number;
  readonly perSecond: number;
  /** Share, 0 to 1, of the code of the target's files that ran. */
  readonly coverage: number;
  /** Inputs kept, seeds included. */
  readonly kept: number;
  /** What was found wrong, and where the smallest input that shows it lies. */
  readonly find?: { readonly what: string; readonly path: string; readonly input: Uint8Array };
}

/** Feeds a target with changed inputs, and keeps those that reach code or outcomes that none before did. */
export class Fuzzer {
  private readonly target: Target;
  private readonly coverage: Coverage;
  private readonly seed: number;
  private readonly random: Random;
  private readonly kept: Uint8Array[] = [];
  private readonly outcomes = new Set<string>();
  private executions = 0;

  constructor(target: Target, coverage: Coverage, seed: number) {
    this.target = target;
    this.coverage = coverage;
    this.seed = seed;
    this.random = new Random(seed);
  }

  /** Runs until the time is over or something is found. */
  run(seconds: number, progress: (report: Report) => void = () => undefined): Report {
    const begin = performance.now();
    const end = begin + seconds * 1000;
    let nextProgress = begin + 10_000;
    const report = () => this.report(begin);
    const failed =
      this.runSeeds() ??
      this.runMutants(end, (now) => {
        if (now < nextProgress) return;
        nextProgress = now + 10_000;
        progress(report());
      });
    const culprit = failed ?? this.checkHeap();
    return culprit === undefined ? report() : { ...report(), find: this.find(culprit) };
  }

  private report(begin: number): Report {
    return {
      target: this.target.name,
      seed: this.seed,
      executions: this.executions,
      perSecond: Math.round((this.executions * 1000) / (performance.now() - begin)),
      coverage: this.coverage.share(this.target.files),
      kept: this.kept.length,
    };
  }

  /** @returns an input that fails */
  private runSeeds(): Uint8Array | undefined {
    const seeds = [
      ...readSeedFiles(this.target.name).map((file) => file.bytes),
      ...this.target.seeds(),
    ];
    for (const seed of seeds) {
      if (this.fails(seed)) return seed;
      this.kept.push(seed);
    }
    this.coverage.add();
    return undefined;
  }

  private runMutants(end: number, tick: (now: number) => void): Uint8Array | undefined {
    // One batch at least, however slow the machine is.
    for (;;) {
      const culprit = this.runBatch();
      if (culprit) return culprit;
      const now = performance.now();
      if (now >= end) return undefined;
      tick(now);
    }
  }

  /** Looks at the coverage of many runs at once, and only when there is something new at each. */
  private runBatch(): Uint8Array | undefined {
    const batch = Array.from({ length: BATCH }, () => this.mutant());
    const interesting: Uint8Array[] = [];
    try {
      runWithin(LONGEST_BATCH_MS, () => {
        for (const input of batch)
          if (this.isNewOutcome(this.target.run(input))) interesting.push(input);
      });
    } catch {
      const culprit = batch.find((input) => this.fails(input));
      if (culprit) return culprit;
    }
    this.executions += batch.length;
    this.kept.push(...interesting);
    if (this.coverage.countNew() > 0) this.keepNew(batch);
    return undefined;
  }

  /** Finds by halves which of the inputs reach code that is new. */
  private keepNew(inputs: readonly Uint8Array[]): void {
    for (const input of inputs) this.target.run(input);
    if (inputs.length === 1) {
      if (this.coverage.add() > 0) this.kept.push(...inputs);
      return;
    }
    if (this.coverage.countNew() === 0) return;
    const half = inputs.length >> 1;
    this.keepNew(inputs.slice(0, half));
    this.keepNew(inputs.slice(half));
  }

  private isNewOutcome(outcome: string): boolean {
    if (this.outcomes.has(outcome)) return false;
    this.outcomes.add(outcome);
    return true;
  }

  /** One kept input, changed; the younger ones are chosen more often. */
  private mutant(): Uint8Array {
    const { random, kept } = this;
    const younger = Math.max(random.below(kept.length), random.below(kept.length));
    const input = kept[younger]!;
    const other = kept[random.below(kept.length)]!;
    const isKnowing = random.below(KNOWING_SHARE) !== 0;
    const changed = isKnowing
      ? this.target.mutate(input, random, other)
      : mutate(input, random, other);
    return changed;
  }

  private fails(input: Uint8Array): boolean {
    return this.faultOf(input) !== undefined;
  }

  /** What is wrong with a run of the input; nothing when all is well. */
  private faultOf(input: Uint8Array): string | undefined {
    try {
      runWithin(LONGEST_RUN_MS, () => this.target.run(input));
      return undefined;
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  }

  /** Runs all that was kept again and again: what the heap then holds more, something has kept. */
  private checkHeap(): Uint8Array | undefined {
    const round = () => {
      for (let i = 0; i < HEAP_RUNS; i++) this.target.run(this.kept[i % this.kept.length]!);
      return heapInUse();
    };
    round();
    const before = round();
    const grown = round() - before;
    if (grown > HEAP_LIMIT_BYTES) {
      throw new Failure(
        `${this.target.name}: the heap grew by ${grown} bytes in ${HEAP_RUNS} runs`,
      );
    }
    return undefined;
  }

  private find(culprit: Uint8Array): NonNullable<Report["find"]> {
    const kind = kindOf(this.faultOf(culprit));
    const input = minimise(culprit, (candidate) => kindOf(this.faultOf(candidate)) === kind);
    const what = this.faultOf(input) ?? "it failed once and does not any more";
    return { what, path: saveFind(this.target.name, input), input };
  }
}

/** The first line of a fault, without its numbers: what makes two faults the same. */
function kindOf(fault: string | undefined): string {
  return (fault ?? "").split("\n", 1)[0]!.replaceAll(/\d+/g, "N");
}

function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}
