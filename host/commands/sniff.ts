import { closeSync, openSync, writeSync } from "node:fs";
import type { Command } from "commander";
import { HostError, messageOf } from "../error.js";
import { type SerialDevice, systemDriver } from "../serial/driver.js";
import { Cutter, type Item, type SeenSession } from "../sniff/cutter.js";
import { describeItem } from "../sniff/describe.js";
import { captureHeader, captureItem } from "../sniff/pcapng.js";
import type { CommandContext } from "./context.js";

interface Options {
  readonly baud: number;
  readonly write?: string;
}

type Direction = "up" | "down";
const DEFAULT_BAUD = 115_200;
const READ_BYTES = 4096;

/** `mote sniff`: shows what goes over a wire. */
export function addSniff(program: Command, context: CommandContext): void {
  program
    .command("sniff")
    .description("show the frames on a wire: of a board's port, or between a board and a gateway")
    .argument(
      "<port>",
      "the board's port, or one on a tap of its line; it is only read unless <gateway> is given",
    )
    .argument("[gateway]", "a port that leads to the gateway: bytes pass between the two")
    .option("--baud <rate>", "speed of the line", Number, DEFAULT_BAUD)
    .option("--write <file>", "also write a pcapng file for Wireshark (host/sniff/mote-link.lua)")
    .action((port: string, gateway: string | undefined, options: Options) =>
      sniff(port, gateway, options, context),
    );
}

async function open(path: string, baudRate: number): Promise<SerialDevice> {
  const device = await systemDriver.open(path, { baudRate, dtr: false, rts: false });
  if ("read" in device) return device;
  throw new HostError("runtime", `cannot open ${path}: ${device.kind}; mote ports lists the ports`);
}

function openCapture(path: string): number {
  try {
    const file = openSync(path, "w");
    writeSync(file, captureHeader());
    return file;
  } catch (error) {
    throw new HostError("runtime", `cannot write ${path}: ${messageOf(error)}`, { cause: error });
  }
}

async function sniff(
  boardPath: string,
  gatewayPath: string | undefined,
  options: Options,
  context: CommandContext,
): Promise<void> {
  const board = await open(boardPath, options.baud);
  const gateway = gatewayPath === undefined ? null : await open(gatewayPath, options.baud);
  const file = options.write === undefined ? null : openCapture(options.write);
  const session: SeenSession = { key: null };
  const begun = context.nowMs();
  const tell = (direction: Direction, items: readonly Item[]) => {
    for (const item of items) {
      const seconds = ((context.nowMs() - begun) / 1000).toFixed(3).padStart(9);
      context.output.print(`${seconds} ${direction === "up" ? "→" : "←"} ${describeItem(item)}`);
      if (file !== null) writeSync(file, captureItem(item.bytes, direction, Date.now()));
    }
  };
  const ends = [pass(board, gateway, new Cutter("up", session), (items) => tell("up", items))];
  if (gateway !== null) {
    const cutter = new Cutter("down", session);
    ends.push(pass(gateway, board, cutter, (items) => tell("down", items)));
  }
  context.signal.addEventListener("abort", () => void close(board, gateway), { once: true });
  await Promise.all(ends);
  if (file !== null) closeSync(file);
}

async function close(board: SerialDevice, gateway: SerialDevice | null): Promise<void> {
  await Promise.allSettled([board.close(), gateway?.close()]);
}

/** Reads until the port goes; what it says goes on to the other, if there is one. */
async function pass(
  from: SerialDevice,
  to: SerialDevice | null,
  cutter: Cutter,
  tell: (items: readonly Item[]) => void,
): Promise<void> {
  const piece = Buffer.alloc(READ_BYTES);
  for (;;) {
    const length = await from.read(piece).catch(() => 0);
    if (length === 0) break;
    const bytes = Buffer.from(piece.subarray(0, length));
    await to?.write(bytes).catch(() => undefined);
    tell(cutter.feed(bytes));
  }
  tell(cutter.flush());
}
