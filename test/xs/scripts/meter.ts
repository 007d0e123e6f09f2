import host from "host";

/** What something cost per run. */
export interface Cost {
  readonly name: string;
  readonly runs: number;
  readonly slots: number;
  readonly chunks: number;
  /** Chunk bytes as an ESP32 counts them. */
  readonly chunkBytes: number;
  /** In all runs together. */
  readonly collections: number;
  readonly microseconds: number;
}

/** Reads the counters at a moment. Making and reading one allocates; between the two nothing does. */
export class Meter {
  private readonly name: string;
  private readonly slots: number;
  private readonly chunks: number;
  private readonly chunkBytes: number;
  private readonly collections: number;
  private readonly cpu: number;

  constructor(name: string) {
    this.name = name;
    this.slots = 0;
    this.chunks = 0;
    this.chunkBytes = 0;
    this.collections = 0;
    this.cpu = 0;
    host.collect();
    this.collections = host.collections();
    this.chunks = host.chunks();
    this.chunkBytes = host.chunkBytes();
    this.slots = host.slots();
    this.cpu = host.cpuMicroseconds();
  }

  /** Prints the cost since the meter was made as a line of JSON. */
  report(runs: number): void {
    const cpu = host.cpuMicroseconds() - this.cpu;
    const slots = host.slots() - this.slots;
    const chunks = host.chunks() - this.chunks;
    const chunkBytes = host.chunkBytes() - this.chunkBytes;
    const collections = host.collections() - this.collections;
    const cost: Cost = {
      name: this.name,
      runs,
      slots: slots / runs,
      chunks: chunks / runs,
      chunkBytes: chunkBytes / runs,
      collections,
      microseconds: cpu / runs,
    };
    host.print(JSON.stringify(cost));
  }
}

const WARM_UP_RUNS = 100;

/** Measures what a function costs per run, once it has run a while. */
export function measure(name: string, runs: number, run: () => void): void {
  for (let i = 0; i < WARM_UP_RUNS; i++) run();
  const meter = new Meter(name);
  for (let i = 0; i < runs; i++) run();
  meter.report(runs);
}
