import { printable } from "../log.js";

const LINE_LENGTH = 200;
const LINES_PER_WINDOW = 20;
const WINDOW_MS = 10_000;

/** A board's console as lines for the log: bounded in length and number, whatever the board sends. */
export class ConsoleText {
  private readonly show: (line: string) => void;
  private readonly nowMs: () => number;
  private line = "";
  private windowFromMs = 0;
  private shown = 0;
  private hidden = 0;

  constructor(show: (line: string) => void, nowMs: () => number) {
    this.show = show;
    this.nowMs = nowMs;
  }

  /** Takes console bytes in any pieces; borrowed during the call. */
  feed(bytes: Uint8Array, offset: number, length: number): void {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + offset, length).toString("latin1");
    const parts = text.split(/\r?\n/);
    parts.forEach((part, index) => {
      if (this.line.length < LINE_LENGTH) this.line += part.slice(0, LINE_LENGTH);
      if (index < parts.length - 1) this.endLine();
    });
  }

  private endLine(): void {
    const line = printable(this.line).slice(0, LINE_LENGTH).trimEnd();
    this.line = "";
    if (line === "") return;
    const nowMs = this.nowMs();
    if (nowMs - this.windowFromMs >= WINDOW_MS) this.beginWindow(nowMs);
    if (this.shown >= LINES_PER_WINDOW) {
      this.hidden++;
      return;
    }
    this.shown++;
    this.show(line);
  }

  private beginWindow(nowMs: number): void {
    if (this.hidden > 0) this.show(`(${this.hidden} more lines of console text)`);
    this.windowFromMs = nowMs;
    this.shown = 0;
    this.hidden = 0;
  }
}
