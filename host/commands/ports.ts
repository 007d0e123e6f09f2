import type { Command } from "commander";
import { HostError, messageOf } from "../error.js";
import { type DiscoveredPort, discoverPorts } from "../serial/discovery.js";
import type { CommandContext } from "./context.js";

/** `mote ports`: what is attached, without opening it. */
export function addPorts(program: Command, context: CommandContext): void {
  program
    .command("ports")
    .description("list the serial ports, and the boards their USB ids suggest")
    .option("--json", "one JSON array")
    .action((options: { json?: boolean }) => ports(options.json === true, context));
}

async function ports(isJson: boolean, context: CommandContext): Promise<void> {
  const found = await discoverPorts().catch((error: unknown) => {
    const text = `cannot list the serial ports: ${messageOf(error)}`;
    throw new HostError("runtime", text, { cause: error });
  });
  if (isJson) {
    const rows = found.map((port) => ({ ...port, board: port.board?.id ?? null }));
    context.output.print(JSON.stringify(rows, null, 2));
    return;
  }
  if (found.length === 0) {
    context.output.print("no serial port found; a charge-only cable shows none; try: mote sim");
  }
  for (const port of found) context.output.print(describe(port));
}

function describe(port: DiscoveredPort): string {
  const device = port.device === port.path ? "" : ` → ${port.device}`;
  const usb = port.usbId === null ? "" : `  USB ${port.usbId}`;
  const maker = port.manufacturer === null ? "" : `  ${port.manufacturer}`;
  const guess = port.board?.usbIdentity === "adapter" ? "perhaps " : "";
  const board = port.board === null ? "" : `  ${guess}${port.board.name} (${port.board.id})`;
  return `${port.path}${device}${usb}${maker}${board}`;
}
