import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { SerialPort } from "serialport";
import { openPty, type PtyPair } from "../../host/sim/pty.js";
import { temporaryFolder } from "../chain/process.js";
import { type Faults, Noise } from "../sim/noise.js";

const CLEAN: Faults = {};

/**
 * A serial cable with faults: it opens a board's port as a gateway would, and offers the gateway a port
 * of its own.
 */
export class Wire {
  /** From the board to the gateway. */
  readonly up: Noise;
  /** From the gateway to the board. */
  readonly down: Noise;
  private readonly gatewaySide: PtyPair;
  private boardSide: SerialPort | null = null;
  private isWhole = true;
  /** Bytes for the gateway that its port could not take yet. */
  private readonly waiting: Uint8Array[] = [];
  private emptied: () => void = () => undefined;

  private constructor(gatewaySide: PtyPair, faults: Faults, seed: number) {
    this.gatewaySide = gatewaySide;
    this.up = new Noise(faults, seed);
    this.down = new Noise(faults, seed + 1);
    gatewaySide.onDrain(() => this.pump());
    gatewaySide.onData((bytes) => {
      if (this.isWhole && this.boardSide !== null) {
        this.boardSide.write(Buffer.from(this.down.passAll(bytes)));
      }
    });
  }

  static async open(context: TestContext, faults = CLEAN, seed = 1): Promise<Wire> {
    // By a link: the number of a closed pty is given out again, and gateways keep looking.
    const link = join(temporaryFolder(context), "wire");
    const wire = new Wire(await openPty(link), faults, seed);
    context.after(() => wire.close());
    return wire;
  }

  /** What the gateway opens. */
  get path(): string {
    return this.gatewaySide.path;
  }

  /** Plugs in the board whose port this is. */
  async attach(path: string): Promise<void> {
    const port = new SerialPort({ path, baudRate: 115_200, hupcl: false, autoOpen: false });
    port.on("error", () => undefined);
    port.on("data", (bytes: Buffer) => {
      if (!this.isWhole) return;
      this.give(this.up.passAll(bytes));
      if (this.waiting.length > 0) port.pause();
    });
    port.open();
    await once(port, "open");
    this.boardSide = port;
  }

  /** From now on nothing passes; what is under way is lost. */
  cut(): void {
    this.isWhole = false;
    this.waiting.length = 0;
  }

  restore(): void {
    this.isWhole = true;
    this.boardSide?.resume();
  }

  /** Gives the gateway bytes that no board sent; resolves when its port has taken all of them. */
  async inject(bytes: Uint8Array): Promise<void> {
    this.give(bytes);
    if (this.waiting.length === 0) return;
    await new Promise<void>((resolve) => {
      this.emptied = resolve;
    });
  }

  close(): void {
    const port = this.boardSide;
    this.boardSide = null;
    if (port?.isOpen) port.close();
    this.gatewaySide.close();
  }

  private give(bytes: Uint8Array): void {
    this.waiting.push(bytes);
    if (this.waiting.length === 1) this.pump();
  }

  private pump(): void {
    for (let bytes = this.waiting[0]; bytes !== undefined; bytes = this.waiting[0]) {
      const taken = this.gatewaySide.write(bytes, 0, bytes.length);
      if (taken < bytes.length) {
        this.waiting[0] = bytes.subarray(taken);
        return;
      }
      this.waiting.shift();
    }
    this.boardSide?.resume();
    this.emptied();
  }
}
