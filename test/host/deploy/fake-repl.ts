import { Duplex } from "node:stream";
import { createContext, runInContext } from "node:vm";
import { crc32 } from "../../../firmware/crc.js";

/** A line that arrives: what the board gets of it, or null when nothing does. */
export type Wire = (line: string, count: number) => string | null;

/** What a REPL of Espruino does with the lines it is sent: it runs them, with a Storage that works. */
export class FakeRepl {
  readonly files = new Map<string, Buffer>();
  /** Each line as it was sent. */
  readonly lines: string[] = [];
  /** Storage takes no more than that. */
  capacity = 1 << 18;
  private readonly context: ReturnType<typeof createContext>;
  private readonly wire: Wire;
  private partial = "";
  private output = "";

  constructor(wire: Wire = (line) => line) {
    this.wire = wire;
    const storage = {
      erase: (name: string) => this.files.delete(name),
      read: (name: string) => this.files.get(name)?.toString("latin1"),
      write: (name: string, text: string, offset: number, size: number) =>
        this.store(name, text, offset, size),
    };
    const globals: Record<string, unknown> = {
      E: { CRC32: checksum },
      atob: (text: string) => Buffer.from(text, "base64").toString("latin1"),
      print: (text: string) => {
        this.output += `${text}\r\n`;
      },
      require: () => storage,
    };
    globals["global"] = globals;
    this.context = createContext(globals);
  }

  /** What the program on the board can see by this name. */
  global(name: string): unknown {
    return runInContext(`typeof ${name} === "undefined" ? undefined : ${name}`, this.context);
  }

  /** Takes what the host sends. @returns what the console says */
  type(text: string): string {
    const lines = (this.partial + text).split("\n");
    this.partial = lines.pop() ?? "";
    this.output = "";
    for (const line of lines) this.run(line);
    return this.output;
  }

  private run(line: string): void {
    const received = this.wire(line, this.lines.push(line));
    if (received === null) return;
    const isSilent = received.startsWith("\x10");
    if (!isSilent) this.output += `${received}\r\n`;
    try {
      runInContext(received.replace("\x10", "").replace("\x03", ""), this.context);
    } catch (error) {
      this.output += `Uncaught ${String(error)}\r\n`;
    }
    this.output += ">";
  }

  private store(name: string, text: string, offset: number, size: number): boolean {
    if (size > this.capacity) return false;
    const file = this.files.get(name) ?? Buffer.alloc(size, 0xff);
    this.files.set(name, file);
    file.write(text, offset, "latin1");
    return true;
  }
}

/** The console of a REPL as a byte stream. */
export function consoleOf(repl: FakeRepl): Duplex {
  const console = new Duplex({
    read: () => undefined,
    write: (bytes: Buffer, _, done) => {
      console.push(Buffer.from(repl.type(bytes.toString("latin1")), "latin1"));
      done();
    },
  });
  return console;
}

function checksum(text: string): number {
  const bytes = Buffer.from(text, "latin1");
  return crc32(bytes, 0, bytes.length) >>> 0;
}
