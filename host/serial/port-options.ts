import { realpath } from "node:fs/promises";
import { type Board, boards } from "../../boards/index.js";
import { type DiscoveredPort, discoverPorts } from "./discovery.js";
import type { PortOptions } from "./driver.js";

/** For a port nobody knows: the modem lines stay as the system opens them, so that no edge resets a board. */
const UNKNOWN = { baudRate: 115_200, dtr: true, rts: true };

/** How to open the named ports: as the board file says, where their USB ids are known. */
export async function portOptionsOf(paths: readonly string[]): Promise<PortOptions[]> {
  // Without a list the ports still open, with the usual settings.
  const discovered = await discoverPorts().catch(() => []);
  return Promise.all(
    paths.map(async (path) => {
      const device = await realpath(path).catch(() => path);
      return optionsFor(path, boardAt(device, discovered));
    }),
  );
}

/**
 * The ports without those that lead to the same device as one before them.
 *
 * @param onDouble is told of each that is left out, and which one stands for it
 */
export async function distinctPorts(
  ports: readonly PortOptions[],
  onDouble: (path: string, kept: string) => void,
): Promise<PortOptions[]> {
  const kept = new Map<string, PortOptions>();
  for (const port of ports) {
    const device = await realpath(port.path).catch(() => port.path);
    const same = kept.get(device);
    if (same === undefined) kept.set(device, port);
    else onDouble(port.path, same.path);
  }
  return [...kept.values()];
}

/** How to open a port that was confirmed as a board of that id. */
export function confirmedPortOptions(path: string, boardId: string): PortOptions {
  return optionsFor(path, boards.find((board) => board.id === boardId) ?? null);
}

function boardAt(device: string, discovered: readonly DiscoveredPort[]): Board | null {
  return discovered.find((port) => port.device === device)?.board ?? null;
}

function optionsFor(path: string, board: Board | null): PortOptions {
  const { baudRate, dtr, rts } = board ?? UNKNOWN;
  return { path, baudRate, dtr, rts };
}
