import { messageOf } from "../error.js";
import { pause } from "../wait.js";
import type { PortOptions, PortProblem, SerialDevice, SerialDriver } from "./driver.js";
import { WritePacer } from "./pacer.js";

/** What a port tells. Bytes are borrowed during the call. */
export interface PortHandler {
  handleOpen(): void;
  handleBytes(bytes: Uint8Array, offset: number, length: number): void;
  /** A write that took less than offered may be tried again. */
  handleWritable(): void;
  /** The open port went away; it is looked for again. */
  handleClose(text: string): void;
  /** The port cannot be opened now; told again at each try, which goes on. */
  handleProblem(problem: PortProblem): void;
}

/** Which port, how to open it, and with what. */
export interface BoardPortOptions extends PortOptions {
  readonly driver: SerialDriver;
  /** Milliseconds, never going back. */
  readonly nowMs: () => number;
  /** How often the path is looked at. */
  readonly pollMs?: number;
}

const POLL_MS = 500;
const RETRY_MS: Readonly<Record<PortProblem["kind"], number>> = {
  absent: POLL_MS,
  busy: 2_000,
  denied: 5_000,
  unusable: 5_000,
};
const READ_BYTES = 16_384;
const WRITE_BYTES = 512;
const KERNEL_BYTES = 1_024;

/**
 * One serial port for as long as the gateway runs: it waits for a missing one, opens one that came
 * back, and closes a dead descriptor at once (a hub may stay stuck while one is held). Nothing that a
 * board sends or omits is a reason to close it.
 */
export class BoardPort {
  readonly path: string;
  private readonly options: BoardPortOptions;
  private readonly stopping = new AbortController();
  private readonly writeBuffer = Buffer.alloc(WRITE_BYTES);
  private readonly readBuffer = Buffer.alloc(READ_BYTES);
  private handler: PortHandler | null = null;
  private device: SerialDevice | null = null;
  private pacer: WritePacer | null = null;
  private isWriting = false;
  /** Why the device was given up before a read of it failed. */
  private deathText = "";
  private running: Promise<void> = Promise.resolve();

  constructor(options: BoardPortOptions) {
    this.options = options;
    this.path = options.path;
  }

  /** Begins to look for the port, once. */
  start(handler: PortHandler): void {
    this.handler = handler;
    this.running = this.run(handler);
  }

  /** Takes bytes to send; returns how many. When fewer than `length`, `handleWritable` follows. */
  write(bytes: Uint8Array, offset: number, length: number): number {
    const device = this.device;
    if (device === null || this.isWriting) return 0;
    const nowMs = this.options.nowMs();
    const room = this.pacer?.room(nowMs) ?? WRITE_BYTES;
    const taken = Math.min(length, room, WRITE_BYTES);
    this.isWriting = true;
    if (taken > 0) {
      this.writeBuffer.set(bytes.subarray(offset, offset + taken));
      this.pacer?.written(taken, nowMs);
    }
    this.finishWrite(device, taken, taken < length).catch((error: unknown) => {
      this.handleDead(device, messageOf(error));
    });
    return taken;
  }

  /** Closes the port for good. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.closeDevice();
    await this.running;
  }

  private async run(handler: PortHandler): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const problem = await this.serveOnce(handler, signal);
      if (signal.aborted) return;
      if (problem !== null) handler.handleProblem(problem);
      const retryMs = problem === null ? POLL_MS : RETRY_MS[problem.kind];
      await pause(Math.min(retryMs, this.options.pollMs ?? retryMs), signal);
    }
  }

  /** Opens the port and reads it to its end; returns why it could not be opened. */
  private async serveOnce(handler: PortHandler, signal: AbortSignal): Promise<PortProblem | null> {
    const { path, driver } = this.options;
    const presence = await driver.inspect(path);
    if (presence.kind !== "present") return presence;
    if (signal.aborted) return null;
    const opened = await driver.open(path, this.options);
    if ("kind" in opened) return opened;
    this.device = opened;
    this.pacer = opened.isUart ? new WritePacer(this.options.baudRate, KERNEL_BYTES) : null;
    this.isWriting = false;
    this.deathText = "";
    if (signal.aborted) {
      await this.closeDevice();
      return null;
    }
    handler.handleOpen();
    const watch = new AbortController();
    const watching = this.watch(opened, presence.stamp, watch.signal);
    const text = await this.readToEnd(opened, handler);
    watch.abort();
    await this.closeDevice();
    await watching;
    handler.handleClose(text);
    return null;
  }

  private async readToEnd(device: SerialDevice, handler: PortHandler): Promise<string> {
    try {
      while (this.device === device) {
        const length = await device.read(this.readBuffer);
        if (this.device === device) handler.handleBytes(this.readBuffer, 0, length);
      }
      return "closed";
    } catch (error) {
      return this.deathText || messageOf(error);
    }
  }

  /** A hung-up descriptor may read as empty for ever: the path tells that its device is gone. */
  private async watch(device: SerialDevice, stamp: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(this.options.pollMs ?? POLL_MS, signal);
      if (signal.aborted) return;
      const presence = await this.options.driver.inspect(this.path);
      const isSame = presence.kind === "present" ? presence.stamp === stamp : false;
      if (!isSame && presence.kind !== "denied") this.handleDead(device, "the device is gone");
    }
  }

  private async finishWrite(device: SerialDevice, taken: number, more: boolean): Promise<void> {
    if (taken > 0) await device.write(this.writeBuffer.subarray(0, taken));
    const waitMs = more ? (this.pacer?.waitMs(this.options.nowMs()) ?? 0) : 0;
    if (waitMs > 0) await pause(waitMs, this.stopping.signal);
    if (this.device !== device) return;
    this.isWriting = false;
    this.handler?.handleWritable();
  }

  private handleDead(device: SerialDevice, text: string): void {
    if (this.device !== device) return;
    this.deathText = text;
    this.closeDevice().catch((error: unknown) => {
      this.handler?.handleProblem({ kind: "unusable", detail: `${text}; ${messageOf(error)}` });
    });
  }

  private async closeDevice(): Promise<void> {
    const device = this.device;
    this.device = null;
    // The descriptor of a device that is gone may refuse to close; it is closed all the same.
    await device?.close().catch(() => undefined);
  }
}
