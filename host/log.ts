/** How much a line matters. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One thing that happened; `scope` is the board, port or part it is about. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly scope: string;
  readonly text: string;
}

/** What a log writes to, and how much of it. */
export interface LogOptions {
  /** Takes one finished line, without its newline. */
  readonly sink: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly debug: boolean;
}

interface Repeat {
  text: string;
  sinceMs: number;
  hidden: number;
}

const REPEAT_WINDOW_MS = 10_000;
const SCOPES_REMEMBERED = 256;
/** C0, DEL and C1: a board's text must not steer the terminal it is shown on. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Text that is safe to show in a terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL_CHARACTERS, " ");
}

/**
 * Plain log lines: local time, level, scope, text. A text that repeats itself in one scope is shown once per
 * ten seconds, with the number of times it was left out.
 */
export class Log {
  private readonly options: LogOptions;
  private readonly repeats = new Map<string, Repeat>();

  constructor(options: LogOptions) {
    this.options = options;
  }

  debug(scope: string, text: string): void {
    if (this.options.debug) this.write({ level: "debug", scope, text });
  }

  info(scope: string, text: string): void {
    this.write({ level: "info", scope, text });
  }

  warn(scope: string, text: string): void {
    this.write({ level: "warn", scope, text });
  }

  error(scope: string, text: string): void {
    this.write({ level: "error", scope, text });
  }

  private write(entry: LogEntry): void {
    const nowMs = this.options.now();
    const last = this.repeats.get(entry.scope);
    if (last !== undefined && last.text === entry.text && nowMs - last.sinceMs < REPEAT_WINDOW_MS) {
      last.hidden++;
      return;
    }
    const hidden = last !== undefined && last.text === entry.text ? last.hidden : 0;
    this.remember(entry, nowMs);
    const again = hidden > 0 ? ` (${hidden} more times)` : "";
    this.options.sink(formatEntry(entry, nowMs) + again);
  }

  private remember(entry: LogEntry, nowMs: number): void {
    if (this.repeats.size >= SCOPES_REMEMBERED) this.repeats.clear();
    this.repeats.set(entry.scope, { text: entry.text, sinceMs: nowMs, hidden: 0 });
  }
}

function formatEntry(entry: LogEntry, nowMs: number): string {
  const level = entry.level.padEnd(5);
  return `${timeOfDay(nowMs)} ${level} ${printable(entry.scope)}: ${printable(entry.text)}`;
}

/** In the zone of the machine, as its user's own clock shows it. */
function timeOfDay(atMs: number): string {
  const time = new Date(atMs);
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}
