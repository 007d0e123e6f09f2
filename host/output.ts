import { type Render, Screen, type Terminal } from "./table/screen.js";

/** Where lines for people go: a stream, or above a table that is drawn in a terminal. */
export class Output {
  private readonly stream: Terminal;
  /** Something can be drawn and asked: both ends are a terminal. */
  readonly isTerminal: boolean;
  readonly isColored: boolean;
  private screen: Screen | null = null;

  constructor(stream: Terminal, isTerminal: boolean, isColored: boolean) {
    this.stream = stream;
    this.isTerminal = isTerminal;
    this.isColored = isColored;
  }

  readonly print = (line: string): void => {
    if (this.screen !== null) this.screen.print(line);
    else this.stream.write(`${line}\n`);
  };

  /** Keeps a block of lines below what is printed from now on. */
  openScreen(render: Render): Screen {
    this.screen = new Screen(this.stream, render);
    return this.screen;
  }

  /** Gives the terminal back, however the program ends. */
  close(): void {
    this.screen?.close();
    this.screen = null;
  }
}
