import { constants } from "node:fs";
import { access, readFile, realpath, stat } from "node:fs/promises";
import { SerialPort } from "serialport";
import { messageOf, systemCode } from "../error.js";
import { leadsToStranger } from "./stale-link.js";

/** Why a port cannot be used now. */
export type PortProblem =
  | { readonly kind: "absent" }
  | { readonly kind: "denied"; readonly advice: string }
  | { readonly kind: "busy" }
  | { readonly kind: "unusable"; readonly detail: string };

/** A port that exists; another device behind the same path has another stamp. */
export type PortPresence = { readonly kind: "present"; readonly stamp: string } | PortProblem;

/** How to open a port. */
export interface OpenOptions {
  readonly baudRate: number;
  /** Levels of the modem lines once the port is open. */
  readonly dtr: boolean;
  readonly rts: boolean;
}

/** Which port, and how to open it. */
export interface PortOptions extends OpenOptions {
  readonly path: string;
}

/** An open port: promises of bytes. A read or write that `close` overtakes rejects. */
export interface SerialDevice {
  /** False where there is no real UART (a pty): it has no modem lines and no speed. */
  readonly isUart: boolean;
  /** Resolves with at least one byte. */
  read(into: Buffer): Promise<number>;
  /** Resolves when the kernel has all of it. */
  write(bytes: Buffer): Promise<void>;
  close(): Promise<void>;
}

/** The operating system's serial ports, as the gateway needs them. */
export interface SerialDriver {
  /** Looks without opening: to open a port may reset what is attached. */
  inspect(path: string): Promise<PortPresence>;
  open(path: string, options: OpenOptions): Promise<SerialDevice | PortProblem>;
}

const CONTROLLING_TERMINAL = "/dev/tty";

export const systemDriver: SerialDriver = { inspect: inspectPort, open: openPort };

async function inspectPort(path: string): Promise<PortPresence> {
  // Names like COM3 are not paths.
  if (process.platform === "win32") return { kind: "present", stamp: path };
  try {
    if (await leadsToStranger(path)) return { kind: "absent" };
    const device = await stat(path);
    if (!device.isCharacterDevice()) {
      return {
        kind: "unusable",
        detail: "it is no serial port",
      };
    }
    // Open, it answers "no such device" to a process without a terminal, as a port that went away does.
    if ((await realpath(path)) === CONTROLLING_TERMINAL) {
      return { kind: "unusable", detail: "it is a program's own terminal, no serial port" };
    }
    await access(path, constants.R_OK | constants.W_OK);
    return { kind: "present", stamp: `${device.dev}:${device.ino}:${device.rdev}` };
  } catch (error) {
    return problemOf(path, error);
  }
}

async function openPort(path: string, options: OpenOptions): Promise<SerialDevice | PortProblem> {
  try {
    const { baudRate, dtr, rts } = options;
    const port = await SerialPort.binding.open({ path, baudRate, lock: true, hupcl: false });
    // ENOTTY: a pty has no modem lines.
    const isUart = await port.set({ dtr, rts }).then(
      () => true,
      () => false,
    );
    return {
      isUart,
      read: async (into) => (await port.read(into, 0, into.length)).bytesRead,
      write: (bytes) => port.write(bytes),
      close: () => port.close(),
    };
  } catch (error) {
    return problemOf(path, error);
  }
}

/** The bindings tell errno as text only. */
async function problemOf(path: string, error: unknown): Promise<PortProblem> {
  const code = systemCode(error);
  const text = messageOf(error);
  if (["ENOENT", "ENOTDIR", "ENXIO", "ENODEV"].includes(code)) return { kind: "absent" };
  // A device that is on its way out can still be opened by name, and answers nothing but an I/O error.
  if (/No such (file|device)|File not found|Input\/output error/i.test(text)) {
    return { kind: "absent" };
  }
  if (code === "EACCES" || code === "EPERM" || /permission denied|not permitted/i.test(text)) {
    return { kind: "denied", advice: await permissionAdvice(path) };
  }
  if (/cannot lock port|busy|access denied/i.test(text)) return { kind: "busy" };
  return { kind: "unusable", detail: text.replace(/^Error:? /, "") };
}

async function permissionAdvice(path: string): Promise<string> {
  const device = await stat(path).catch(() => null);
  if (device === null) return "a folder on the way to it may not be entered";
  const groupMayUse = (device.mode & 0o060) === 0o060;
  if (!groupMayUse) return `only its owner (user id ${device.uid}) may use it`;
  const group = await groupName(device.gid);
  return `add yourself to the group that owns it (${group}): sudo usermod -aG ${group} $USER, then log in again`;
}

async function groupName(gid: number): Promise<string> {
  const groups = await readFile("/etc/group", "utf8").catch(() => "");
  const line = groups.split("\n").find((entry) => entry.split(":")[2] === String(gid));
  return line?.split(":")[0] ?? String(gid);
}
