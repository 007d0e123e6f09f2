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
/**
 * With wrapping off, a line of the block that is too long is cut by the terminal and never breaks the
 * drawing; a printed line is the user's to read, so it wraps.
 */
const WRAP_OFF = `${ESCAPE}?7l`;
const WRAP_ON = `${ESCAPE}?7h`;
/** What a terminal that does not know its size (0×0, as on a bare serial console) is taken for. */
const [USUAL_COLUMNS, USUAL_ROWS] = [80, 24];

/** Gives lines, each at most `columns` long, at most `rows` of them. */
export type Render = (columns: number, rows: number) => readonly string[];

/**
 * A block of lines that stays at the bottom of a terminal while log lines scroll by above it. Nothing
 * of the user's screen is lost; the block goes when it ends, the lines stay.
 */
export class Screen {
  private readonly terminal: Terminal;
  private readonly render: Render;
  private drawn = 0;
  private isOpen = true;
  private readonly handleResize = () => {
    // A terminal that re-wrapped the old drawing has it on an unknown number of lines.
    this.terminal.write(CLEAR_ALL);
    this.drawn = 0;
    this.draw();
  };

  constructor(terminal: Terminal, render: Render) {
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
    const whole = `${WRAP_ON}${line}\n${WRAP_OFF}`;
    if (this.isOpen) this.terminal.write(this.erase() + whole + this.block());
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

  /** A block higher than the terminal could not be drawn over again. */
  private block(): string {
    const room = Math.max(1, (this.terminal.rows || USUAL_ROWS) - 1);
    const lines = this.render(this.terminal.columns || USUAL_COLUMNS, room).slice(0, room);
    this.drawn = lines.length;
    return lines.map((line) => `${line}\n`).join("");
  }
}
