/** The part of a terminal's output stream that a screen needs. */
export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
  on(event: "resize", handler: () => void): unknown;
  off(event: "resize", handler: () => void): unknown;
}

const ESCAPE = "\u001b[";
const HIDE_CURSOR = `${ESCAPE}?25l`;
const SHOW_CURSOR = `${ESCAPE}?25h`;
const CLEAR_BELOW = `${ESCAPE}J`;
const CLEAR_ALL = `${ESCAPE}2J${ESCAPE}H`;
/** With wrapping off, a line that is too long is cut by the terminal and never breaks the drawing. */
const WRAP_OFF = `${ESCAPE}?7l`;
const WRAP_ON = `${ESCAPE}?7h`;

/**
 * A block of lines that stays at the bottom of a terminal while log lines scroll by above it. Nothing
 * of the user's screen is lost; the block goes when it ends, the lines stay.
 */
export class Screen {
  private readonly terminal: Terminal;
  private readonly render: (columns: number) => readonly string[];
  private drawn = 0;
  private isOpen = true;
  private readonly handleResize = () => {
    // A terminal that re-wrapped the old drawing has it on an unknown number of lines.
    this.terminal.write(CLEAR_ALL);
    this.drawn = 0;
    this.draw();
  };

  /** @param render gives the lines, each at most as long as asked */
  constructor(terminal: Terminal, render: (columns: number) => readonly string[]) {
    this.terminal = terminal;
    this.render = render;
    terminal.write(HIDE_CURSOR + WRAP_OFF);
    terminal.on("resize", this.handleResize);
    this.draw();
  }

  /** Draws the block anew in its place. */
  draw(): void {
    if (this.isOpen) this.terminal.write(this.erase() + this.block());
  }

  /** Puts a line above the block. */
  print(line: string): void {
    if (this.isOpen) this.terminal.write(`${this.erase()}${line}\n${this.block()}`);
    else this.terminal.write(`${line}\n`);
  }

  /** Takes the block away and gives the terminal back as it was. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.terminal.off("resize", this.handleResize);
    this.terminal.write(this.erase() + WRAP_ON + SHOW_CURSOR);
  }

  private erase(): string {
    return this.drawn === 0 ? "" : `\r${ESCAPE}${this.drawn}A${CLEAR_BELOW}`;
  }

  /** A block higher than the terminal cannot be drawn over again: what does not fit is left out. */
  private block(): string {
    const lines = this.render(this.terminal.columns);
    const room = Math.max(1, this.terminal.rows - 1);
    const shown = lines.length <= room ? lines : lines.slice(0, room);
    this.drawn = shown.length;
    return shown.map((line) => `${line}\n`).join("");
  }
}
