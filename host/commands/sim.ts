import { type Command, InvalidArgumentError } from "commander";
import { HostError, messageOf } from "../error.js";
import { type SimulatedBoard, startSimulatedBoard } from "../sim/simulated-board.js";
import type { CommandContext } from "./context.js";
import { aborted } from "./gateway.js";

/** What to simulate. */
export interface SimOptions {
  readonly boards: number;
  readonly link?: string;
  readonly every?: number;
}

const MAXIMUM_BOARDS = 64;
const STOP_MS = 900;

/** `mote sim`: boards without hardware. */
export function addSim(program: Command, context: CommandContext): void {
  program
    .command("sim")
    .description("simulate boards: the real firmware, each behind a pseudo terminal")
    .option("-n, --boards <count>", "how many", integer("count", 1, MAXIMUM_BOARDS), 1)
    .option(
      "--link <path>",
      "where to put a link to the board's port; PATH-1, PATH-2 … for several",
    )
    .option("--every <ms>", "time between readings", integer("time", 1, 3_600_000))
    .addHelpText("after", "\nThen: mote bridge --port PATH")
    .action((options: SimOptions) => sim(options, context));
}

/** Starts `boards` of them; when one cannot start, none is left running. */
export async function startBoards(options: SimOptions): Promise<SimulatedBoard[]> {
  const started: SimulatedBoard[] = [];
  for (let number = 1; number <= options.boards; number++) {
    const link = linkPath(options, number);
    try {
      const board = await startSimulatedBoard({
        name: `sim-${number}`,
        seed: number,
        ...(link === undefined ? {} : { link }),
        ...(options.every === undefined ? {} : { everyMs: options.every }),
      });
      started.push(board);
    } catch (error) {
      await stopBoards(started);
      if (error instanceof HostError) throw error;
      const where = link === undefined ? "" : ` at ${link}`;
      const text = `cannot start simulated board sim-${number}${where}: ${messageOf(error)}`;
      throw new HostError("runtime", text, { cause: error });
    }
  }
  return started;
}

/** Lets each publish that it is offline, then closes its port. */
export async function stopBoards(boards: readonly SimulatedBoard[]): Promise<void> {
  await Promise.all(boards.map((board) => board.stop(STOP_MS)));
}

async function sim(options: SimOptions, context: CommandContext): Promise<void> {
  const boards = await startBoards(options);
  for (const board of boards) context.output.print(`${board.name} is on ${board.path}`);
  const ports = boards.map((board) => board.path).join(" ");
  context.output.print(`connect with: mote bridge --port ${ports}`);
  await aborted(context.signal);
  await stopBoards(boards);
}

function linkPath(options: SimOptions, number: number): string | undefined {
  if (options.link === undefined || options.boards === 1) return options.link;
  return `${options.link}-${number}`;
}

function integer(what: string, minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`The ${what} is a whole number, ${minimum} to ${maximum}.`);
  };
}
