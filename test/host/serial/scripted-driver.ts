import type {
  PortPresence,
  PortProblem,
  SerialDevice,
  SerialDriver,
} from "../../../host/serial/driver.js";

/** A port that a test plugs in, pulls out and speaks through. */
export class ScriptedDriver implements SerialDriver {
  presence: PortPresence = { kind: "present", stamp: "1" };
  openProblem: PortProblem | null = null;
  opens = 0;
  closes = 0;
  readonly written: Buffer[] = [];
  private pending: { into: Buffer; resolve: (length: number) => void } | null = null;
  private fail: ((error: Error) => void) | null = null;

  async inspect(): Promise<PortPresence> {
    return this.presence;
  }

  async open(): Promise<SerialDevice | PortProblem> {
    this.opens++;
    if (this.openProblem !== null) return this.openProblem;
    return {
      isUart: false,
      read: (into) =>
        new Promise((resolve, reject) => {
          this.pending = { into, resolve };
          this.fail = reject;
        }),
      write: async (bytes) => {
        this.written.push(Buffer.from(bytes));
      },
      close: async () => {
        this.closes++;
        this.fail?.(new Error("canceled"));
      },
    };
  }

  speak(bytes: Uint8Array): void {
    this.pending?.into.set(bytes);
    this.pending?.resolve(bytes.length);
  }

  breakRead(): void {
    this.fail?.(new Error("EIO"));
  }
}
