import { access } from "node:fs/promises";
import { SerialPort } from "serialport";
import { type Board, boards } from "../../boards/index.js";
import { systemCode } from "../error.js";
import type { ListedPort } from "./listed-port.js";
import { listFromSysfs } from "./sysfs.js";

/** A listed port, and what it probably is. */
export interface DiscoveredPort {
  /** A path that stays the same when ports are renumbered, where there is one. */
  readonly path: string;
  /** Where that leads now. */
  readonly device: string;
  readonly usbId: string | null;
  readonly manufacturer: string | null;
  readonly serialNumber: string | null;
  /** The first board with these USB ids, or null. */
  readonly board: Board | null;
}

/** Asks the operating system which ports there are. */
export type ListPorts = () => Promise<readonly ListedPort[]>;

const BY_ID = "/dev/serial/by-id";

/** Lists the ports and names the boards among them by their USB ids. It opens none. */
export async function discoverPorts(list: ListPorts = listSystemPorts): Promise<DiscoveredPort[]> {
  const listed = await list();
  return Promise.all(listed.map(describe));
}

/** The board whose USB ids these are, or null. */
function boardOf(port: ListedPort): Board | null {
  const vendorId = port.vendorId?.toLowerCase();
  const productId = port.productId?.toLowerCase();
  const matches = (board: Board) =>
    board.usbIds.some((id) => id.vendorId === vendorId && id.productId === productId);
  return boards.find(matches) ?? null;
}

async function describe(port: ListedPort): Promise<DiscoveredPort> {
  const hasUsbId = port.vendorId !== undefined && port.productId !== undefined;
  return {
    path: await stablePath(port),
    device: port.path,
    usbId: hasUsbId ? `${port.vendorId}:${port.productId}`.toLowerCase() : null,
    manufacturer: port.manufacturer ?? null,
    serialNumber: port.serialNumber ?? null,
    board: boardOf(port),
  };
}

async function stablePath(port: ListedPort): Promise<string> {
  if (port.pnpId === undefined || process.platform !== "linux") return port.path;
  const path = `${BY_ID}/${port.pnpId}`;
  return access(path).then(
    () => path,
    () => port.path,
  );
}

/** The bindings ask udevadm on Linux; a container may lack it, or forbid it. */
async function listSystemPorts(): Promise<readonly ListedPort[]> {
  try {
    return await SerialPort.list();
  } catch (error) {
    if (!["ENOENT", "EACCES"].includes(systemCode(error))) throw error;
    return listFromSysfs("/sys/class/tty");
  }
}
