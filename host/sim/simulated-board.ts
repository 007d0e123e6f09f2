export interface SimulatedBoard {
  readonly name: string;
  readonly path: string;
  stop(deadlineMs: number): Promise<void>;
}
export async function startSimulatedBoard(options: {
  name: string;
  link?: string;
  everyMs?: number;
  seed?: number;
}): Promise<SimulatedBoard> {
  return { name: options.name, path: options.link ?? "/dev/pts/none", stop: async () => undefined };
}
