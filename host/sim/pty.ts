import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { lstat, symlink, unlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { ReadStream } from "node:tty";
import { SerialPort } from "serialport";
import { HostError, systemCode } from "../error.js";
import type { NativePty } from "./node-pty.js";

/** A pseudo terminal seen from the board's side. */
export interface PtyPair {
  /** What a gateway opens: the link where one was asked for, else the device. */
  readonly path: string;
  /**
   * Takes bytes, borrowed during the call.
   *
   * @returns how many were taken; the rest must be offered again after `onDrain`. While nobody has the
   *   port open they vanish, as on a cable that is not plugged in.
   */
  write(bytes: Uint8Array, offset: number, length: number): number;
  onData(handler: (bytes: Uint8Array) => void): void;
  onDrain(handler: () => void): void;
  /** Takes the port away, and the link with it. */
  close(): Promise<void>;
}

const COLUMNS = 80;
const ROWS = 24;
const DRAIN_POLL_MS = 2;
const HOLD = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

/**
 * Makes a pseudo terminal in raw mode and, where a path is given, a symbolic link to it.
 *
 * @throws HostError `runtime`: there is something at the path that is no symbolic link
 */
export async function openPty(link?: string): Promise<PtyPair> {
  const { master, slave, pty } = loadNative().open(COLUMNS, ROWS);
  await makeRaw(pty);
  closeSync(slave);
  const pair = new Pty(master, pty, link);
  try {
    if (link !== undefined) await placeLink(pty, link);
  } catch (error) {
    await pair.close();
    throw error;
  }
  return pair;
}

/** The package's own entry makes streams that would eat bytes; its native part makes the pair alone. */
function loadNative(): NativePty {
  const load = createRequire(createRequire(import.meta.url).resolve("@lydell/node-pty"));
  return load(`@lydell/node-pty-${process.platform}-${process.arch}/pty.node`);
}

/** No echo and no translation of line ends, before anything is written: serialport sets that as it opens. */
async function makeRaw(path: string): Promise<void> {
  const options = { path, baudRate: 115_200, lock: false, hupcl: false };
  const port = await SerialPort.binding.open(options);
  await port.close();
}

async function placeLink(target: string, link: string): Promise<void> {
  const there = await lstat(link).catch(() => null);
  if (there !== null && !there.isSymbolicLink()) {
    const text = `cannot put a link at ${link}: something is there that is no link; choose another path`;
    throw new HostError("runtime", text);
  }
  if (there !== null) await unlink(link);
  await symlink(target, link);
}

/**
 * The board keeps the slave open itself, so that a gateway that closes it, or dies, never ends the pair.
 * Whether anybody else has it open shows when the board lets go for a moment: a read of the master
 * then fails with EIO.
 */
class Pty implements PtyPair {
  readonly path: string;
  private readonly master: number;
  private readonly device: string;
  private readonly link: string | undefined;
  private readonly stream: ReadStream;
  private holder: number;
  private handleData: (bytes: Uint8Array) => void = () => undefined;
  private handleDrain: () => void = () => undefined;
  private drainTimer: NodeJS.Timeout | undefined;
  private readonly probe = Buffer.alloc(4096);

  constructor(master: number, device: string, link: string | undefined) {
    this.master = master;
    this.device = device;
    this.link = link;
    this.path = link ?? device;
    this.holder = openSync(device, HOLD);
    this.stream = new ReadStream(master);
    this.stream.on("data", (bytes) => this.handleData(bytes));
    // EIO while the pair is being closed.
    this.stream.on("error", () => undefined);
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    if (!this.isListenedTo()) return length;
    let taken = 0;
    try {
      taken = writeSync(this.master, bytes, offset, length);
    } catch (error) {
      if (systemCode(error) !== "EAGAIN") throw error;
    }
    if (taken < length) this.pollDrain();
    return taken;
  }

  onData(handler: (bytes: Uint8Array) => void): void {
    this.handleData = handler;
  }

  onDrain(handler: () => void): void {
    this.handleDrain = handler;
  }

  async close(): Promise<void> {
    clearTimeout(this.drainTimer);
    const closed = new Promise((resolve) => this.stream.once("close", resolve));
    this.stream.destroy();
    closeSync(this.holder);
    await closed;
    if (this.link !== undefined) await unlink(this.link).catch(() => undefined);
  }

  private isListenedTo(): boolean {
    closeSync(this.holder);
    try {
      const length = readSync(this.master, this.probe, 0, this.probe.length, null);
      const bytes = Uint8Array.from(this.probe.subarray(0, length));
      queueMicrotask(() => this.handleData(bytes));
      return true;
    } catch (error) {
      return systemCode(error) !== "EIO";
    } finally {
      this.holder = openSync(this.device, HOLD);
    }
  }

  private pollDrain(): void {
    clearTimeout(this.drainTimer);
    this.drainTimer = setTimeout(() => this.handleDrain(), DRAIN_POLL_MS);
  }
}
