import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { HostError, messageOf, systemCode } from "../error.js";
import type { Log } from "../log.js";

/** A port the user said may be opened. */
export interface ConfirmedPort {
  readonly path: string;
  /** The id of its board file, which holds speed and modem lines. */
  readonly board: string;
}

const FILE = "ports.json";
const VERSION = 1;

/**
 * Where this program keeps what it remembers.
 *
 * @throws HostError `configuration`: none is named and the user has no home
 */
export function stateFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const chosen = environment["MOTE_STATE"];
  if (chosen !== undefined && chosen !== "") return chosen;
  const xdg = environment["XDG_STATE_HOME"];
  const base = xdg?.startsWith("/") ? xdg : join(homeFolder(), ".local", "state");
  return join(base, "mote");
}

function homeFolder(): string {
  try {
    return homedir();
  } catch (error) {
    const text = "this user has no home folder; name one to keep settings in: MOTE_STATE=/folder";
    throw new HostError("configuration", text, { cause: error });
  }
}

/** The confirmed ports, in a file of the user's own. */
export class ConfirmedPorts {
  private readonly file: string;
  private readonly log: Log;

  constructor(folder: string, log: Log) {
    this.file = join(folder, FILE);
    this.log = log;
  }

  /** Reads them; a damaged file is kept aside and counts as empty. */
  async load(): Promise<ConfirmedPort[]> {
    const text = await readFile(this.file, "utf8").catch((error: unknown) => {
      if (systemCode(error) === "ENOENT") return null;
      throw new HostError("store", `cannot read ${this.file}: ${messageOf(error)}`, {
        cause: error,
      });
    });
    if (text === null) return [];
    const ports = parse(text);
    if (ports !== null) return ports;
    const aside = `${this.file}.damaged`;
    await rename(this.file, aside).catch((error: unknown) => {
      const text = `${this.file} is damaged, and cannot be kept aside: ${messageOf(error)}`;
      throw new HostError("store", `${text}; repair or remove it`, { cause: error });
    });
    this.log.warn("ports", `${this.file} is damaged: kept as ${aside}; confirm your ports again`);
    return [];
  }

  /** Remembers one more; a reader sees the old file or the new one, never half of it. */
  async add(port: ConfirmedPort): Promise<void> {
    const others = (await this.load()).filter((known) => known.path !== port.path);
    const text = `${JSON.stringify({ version: VERSION, ports: [...others, port] }, null, 2)}\n`;
    const temporary = `${this.file}.${process.pid}`;
    try {
      await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
      await writeFile(temporary, text, { mode: 0o600, flush: true });
      await rename(temporary, this.file);
    } catch (error) {
      throw new HostError("store", `cannot write ${this.file}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  }
}

function parse(text: string): ConfirmedPort[] | null {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content !== "object" || content === null || !("ports" in content)) return null;
    if (!("version" in content) || content.version !== VERSION) return null;
    if (!Array.isArray(content.ports) || !content.ports.every(isConfirmedPort)) return null;
    return content.ports;
  } catch {
    return null;
  }
}

function isConfirmedPort(value: unknown): value is ConfirmedPort {
  if (typeof value !== "object" || value === null) return false;
  if (!("path" in value) || !("board" in value)) return false;
  return typeof value.path === "string" && value.path !== "" && typeof value.board === "string";
}
