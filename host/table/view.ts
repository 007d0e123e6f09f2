import type { BoardSnapshot } from "../bridge/snapshot.js";
import type { Log } from "../log.js";
import type { Output } from "../output.js";
import { RateMeter } from "./rate.js";
import { readings, renderTable } from "./table.js";

/** What the view shows, and where. */
export interface ViewOptions {
  readonly output: Output;
  readonly log: Log;
  readonly snapshot: () => readonly BoardSnapshot[];
  readonly broker: string;
  readonly subscribe: string;
  readonly nowMs: () => number;
}

const REDRAW_MS = 500;
const SUMMARY_MS = 10_000;

/** Shows a running gateway: as a live table in a terminal, as a line per board and ten seconds elsewhere. */
export class GatewayView {
  private readonly options: ViewOptions;
  private readonly startedAtMs: number;
  private readonly timer: NodeJS.Timeout;
  private readonly meters = new Map<string, RateMeter>();
  private rates: number[] = [];

  constructor(options: ViewOptions) {
    this.options = options;
    this.startedAtMs = options.nowMs();
    this.measure();
    if (options.output.isTerminal) {
      const screen = options.output.openScreen((columns, rows) => this.render(columns, rows));
      this.timer = setInterval(() => {
        this.measure();
        screen.draw();
      }, REDRAW_MS);
    } else {
      options.log.info("gateway", `broker ${options.broker}; see all: ${options.subscribe}`);
      this.timer = setInterval(() => this.summarize(), SUMMARY_MS);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.options.output.close();
  }

  private measure(): void {
    const nowMs = this.options.nowMs();
    this.rates = this.options.snapshot().map((board) => {
      const meter = this.meters.get(board.port) ?? new RateMeter();
      this.meters.set(board.port, meter);
      return meter.update(board.messages, nowMs);
    });
  }

  private render(columns: number, rows: number): string[] {
    const { broker, subscribe, nowMs, output, snapshot } = this.options;
    return renderTable({
      boards: snapshot(),
      rates: this.rates,
      broker,
      subscribe,
      uptimeMs: nowMs() - this.startedAtMs,
      columns,
      rows,
      isColored: output.isColored,
    });
  }

  private summarize(): void {
    this.measure();
    this.options.snapshot().forEach((board, index) => {
      const rate = (this.rates[index] ?? 0).toFixed(1);
      const health = `${rate} messages/s, round trip ${Math.round(board.roundTripMs)} ms, ${board.resends} resends`;
      const scope = board.board === "" ? board.port : board.board;
      this.options.log.info(
        scope,
        [board.state, readings(board), health].filter(Boolean).join("; "),
      );
    });
  }
}
