import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { ReadStream } from "node:tty";
import { SerialPort } from "serialport";
import { HostError, messageOf, systemCode } from "../error.js";
import { placeLink, removeLink, requireReplaceable } from "./pty-link.js";

/** A serial cable that is not there: the far end is a device file that a gateway opens. */
export interface PtyPair {
  /** What a gateway opens: the link if one was asked for, else the device itself. */
  readonly path: string;
  /**
   * Takes bytes; returns how many. When fewer than `length`, offer the rest again after `onDrain`.
   * While nobody has the port open all are taken and lost, as on an unplugged cable.
   */
  write(bytes: Uint8Array, offset: number, length: number): number;
  /** What the far end wrote; the bytes are the handler's to keep. */
  onData(handler: (bytes: Uint8Array) => void): void;
  onDrain(handler: () => void): void;
  /** Unplugs: whoever has the port open sees it die. */
  close(): void;
}

interface NativePty {
  open(columns: number, rows: number): { master: number; slave: number; pty: string };
}

/** How long an answer to "does anybody listen" is good for; asking takes some 35 µs. */
const LISTENER_KNOWN_MS = 5;
/** Node tells nobody when a terminal's master becomes writable, so it is tried. */
const DRAIN_POLL_MS = 2;
const READ_BYTES = 65_536;
const OPEN_SLAVE = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;

/**
 * Makes a pseudo terminal that carries bytes unchanged from the first one on.
 *
 * @param link where a symbolic link to it is made; one that a killed board left is replaced
 * @throws HostError `runtime`: no pseudo terminal to be had, or something else, or a live board's link, is at `link`
 */
export async function openPty(link?: string): Promise<PtyPair> {
  if (link !== undefined) await requireReplaceable(link);
  const { master, slave, pty: device } = loadNative().open(80, 24);
  try {
    await setRaw(device);
    if (link !== undefined) await placeLink(device, link);
  } catch (error) {
    closeSync(slave);
    closeSync(master);
    throw error;
  }
  return new Pty(master, slave, device, link);
}

class Pty implements PtyPair {
  readonly path: string;
  private readonly device: string;
  private readonly master: number;
  private readonly stream: ReadStream;
  private readonly scratch = Buffer.alloc(READ_BYTES);
  /** Our own descriptor of the far end: while it is open, the master sees no hang-up. */
  private holder: number | null;
  private isListening = false;
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private drainTimer: NodeJS.Timeout | null = null;
  private isClosed = false;
  private handleData: (bytes: Uint8Array) => void = () => undefined;
  private handleDrain: () => void = () => undefined;

  constructor(master: number, slave: number, device: string, link: string | undefined) {
    this.master = master;
    this.holder = slave;
    this.device = device;
    this.path = link ?? device;
    this.stream = new ReadStream(master);
    this.stream.on("error", () => this.close());
  }

  onData(handler: (bytes: Uint8Array) => void): void {
    this.handleData = handler;
    this.stream.on("data", (bytes: Buffer) => this.handleData(bytes));
  }

  onDrain(handler: () => void): void {
    this.handleDrain = handler;
  }

  write(bytes: Uint8Array, offset: number, length: number): number {
    if (this.isClosed || length === 0 || !this.hasListener()) return length;
    const taken = this.writeSome(bytes, offset, length);
    if (taken < length) this.drainTimer ??= setTimeout(() => this.drained(), DRAIN_POLL_MS);
    return taken;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.drainTimer !== null) clearTimeout(this.drainTimer);
    if (this.path !== this.device) removeLink(this.path, this.device);
    if (this.holder !== null) closeSync(this.holder);
    this.stream.destroy();
  }

  private drained(): void {
    this.drainTimer = null;
    this.handleDrain();
  }

  private writeSome(bytes: Uint8Array, offset: number, length: number): number {
    try {
      return writeSync(this.master, bytes, offset, length);
    } catch (error) {
      // Anything but a full buffer means that the cable is cut: the bytes are lost.
      return systemCode(error) === "EAGAIN" ? 0 : length;
    }
  }

  private hasListener(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.askedAtMs < LISTENER_KNOWN_MS) return this.isListening;
    this.isListening = this.askForListener();
    this.askedAtMs = performance.now();
    if (!this.isListening) this.discardBacklog();
    return this.isListening;
  }

  /** With our own descriptor out of the way, a read of the master tells whether there is another. */
  private askForListener(): boolean {
    if (this.holder !== null) closeSync(this.holder);
    this.holder = null;
    const isThere = this.readMaster();
    try {
      this.holder = openSync(this.device, OPEN_SLAVE);
    } catch {
      // A listener that asked for the port alone (TIOCEXCL): it holds the port as well as we would.
      return true;
    }
    return isThere;
  }

  private readMaster(): boolean {
    try {
      const length = readSync(this.master, this.scratch);
      // macOS tells a hang-up as the end of the file.
      if (length === 0) return false;
      const bytes = Uint8Array.prototype.slice.call(this.scratch, 0, length);
      // Not from within `write`: the writer is in the middle of its turn.
      queueMicrotask(() => this.handleData(bytes));
      return true;
    } catch (error) {
      return systemCode(error) === "EAGAIN";
    }
  }

  /** What was written before the last listener left must not greet the next one. */
  private discardBacklog(): void {
    if (this.holder === null) return;
    try {
      while (readSync(this.holder, this.scratch) > 0);
    } catch {
      // EAGAIN: nothing is left.
    }
  }
}

function loadNative(): NativePty {
  try {
    const fromHere = createRequire(import.meta.url);
    // The binary is a package of its own per system, which only node-pty depends on.
    const fromNodePty = createRequire(fromHere.resolve("@lydell/node-pty"));
    const native: unknown = fromNodePty(
      `@lydell/node-pty-${process.platform}-${process.arch}/pty.node`,
    );
    if (isNativePty(native)) return native;
    throw new Error("its binary has no `open`");
  } catch (error) {
    const text = `no pseudo terminals on ${process.platform}-${process.arch}: ${messageOf(error)}`;
    throw new HostError("runtime", `${text}; simulated boards need Linux or macOS`, {
      cause: error,
    });
  }
}

function isNativePty(native: unknown): native is NativePty {
  if (typeof native !== "object" || native === null || !("open" in native)) return false;
  return typeof native.open === "function";
}

/** Switches echo and newline translation off; the setting stays with the terminal. */
async function setRaw(device: string): Promise<void> {
  const options = { path: device, baudRate: 115_200, lock: false, hupcl: false };
  const port = await SerialPort.binding.open(options);
  await port.close();
}
