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
  /** A command that shows the messages, told once the broker was reached. */
  readonly subscribe: string;
  /** It needs no board's stream to know that the broker is there. */
  readonly isBrokerReached: boolean;
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
  private isBrokerReached: boolean;

  constructor(options: ViewOptions) {
    this.options = options;
    this.startedAtMs = options.nowMs();
    this.isBrokerReached = options.isBrokerReached;
    this.measure();
    if (options.output.isTerminal) {
      const screen = options.output.openScreen((columns, rows) => this.render(columns, rows));
      this.timer = setInterval(() => {
        this.measure();
        screen.draw();
      }, REDRAW_MS);
    } else {
      this.tellBroker();
      this.timer = setInterval(() => this.summarize(), SUMMARY_MS);
    }
  }

  close(): void {
    clearInterval(this.timer);
    this.options.output.close();
  }

  private measure(): void {
    const nowMs = this.options.nowMs();
    const boards = this.options.snapshot();
    this.isBrokerReached ||= boards.some((board) => board.state === "online");
    this.rates = boards.map((board) => {
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
      subscribe: this.isBrokerReached ? subscribe : null,
      uptimeMs: nowMs() - this.startedAtMs,
      columns,
      rows,
      isColored: output.isColored,
    });
  }

  private tellBroker(): void {
    const { broker, subscribe, log } = this.options;
    log.info("gateway", `broker ${broker}${this.isBrokerReached ? `; see all: ${subscribe}` : ""}`);
  }

  private summarize(): void {
    const wasReached = this.isBrokerReached;
    this.measure();
    if (this.isBrokerReached && !wasReached) this.tellBroker();
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
