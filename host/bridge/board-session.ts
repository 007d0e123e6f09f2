import {
  REASON_BROKER_CLOSED,
  REASON_MALFORMED,
  REASON_REFUSED,
  REASON_STOPPING,
  REASON_TOO_LARGE,
} from "../../firmware/link/control.js";
import { CONTROL } from "../../firmware/link/link.js";
import type { ConnectBroker } from "../broker/connection.js";
import { BoardLink } from "../link/board-link.js";
import { countersOf, type LinkCounters, likelyCause } from "../link/health.js";
import { type Log, printable } from "../log.js";
import { timeMessage } from "../relay/control.js";
import { Traffic } from "../relay/traffic.js";
import { Tunnel } from "../relay/tunnel.js";
import type { TunnelEvent } from "../relay/tunnel-options.js";
import type { PortProblem } from "../serial/driver.js";
import type { BoardPort } from "../serial/port.js";
import { ConsoleText } from "./console-text.js";
import type { BoardSnapshot, BoardState } from "./snapshot.js";

/** What the session of one port works with. */
export interface BoardSessionOptions {
  readonly port: BoardPort;
  readonly connect: ConnectBroker;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly random32: () => number;
  /** Milliseconds since 1970: the board is told. */
  readonly unixMs: () => number;
  readonly maximumPacketLength: number;
  /** The port another live board of that name is on, or null. */
  readonly holderOf: (identity: string) => string | null;
  /** Each look at the port, null when it could be opened; returns whether the problem was dealt with. */
  readonly onLook: (problem: PortProblem | null) => boolean;
}

/**
 * How long a silent board keeps its broker connection: a cable put back in time goes on where it was,
 * one that stays out lets the broker publish the board's will.
 */
const SILENCE_MS = 10_000;

const HEALTH_MS = 30_000;

/** One port with the board behind it: port, link, tunnel and what is shown of them. */
export class BoardSession {
  readonly path: string;
  private readonly options: BoardSessionOptions;
  private readonly link: BoardLink;
  private readonly tunnel: Tunnel;
  private readonly traffic = new Traffic();
  private readonly console: ConsoleText;
  private identity = "";
  private portState: BoardState = "opening";
  private isRefused = false;
  private isEnding = false;
  private isUnreachable = false;
  private health: NodeJS.Timeout | null = null;
  private counters: LinkCounters | null = null;
  private cause: string | null = null;
  private silence: NodeJS.Timeout | null = null;

  constructor(options: BoardSessionOptions) {
    this.options = options;
    this.path = options.port.path;
    this.console = new ConsoleText(
      (line) => options.log.info(this.scope, `console: ${line}`),
      options.nowMs,
    );
    this.link = new BoardLink({
      port: options.port,
      now: () => Math.trunc(options.nowMs()) | 0,
      random: options.random32,
      handler: this,
    });
    this.tunnel = new Tunnel({
      link: this.link,
      connect: options.connect,
      traffic: this.traffic,
      maximumPacketLength: options.maximumPacketLength,
      nowMs: options.nowMs,
      random: () => options.random32() / 2 ** 32,
      isRefused: () => this.refusal() !== null,
      onEvent: (event) => this.handleTunnel(event),
    });
  }

  start(): void {
    this.link.start();
    this.health = setInterval(() => this.lookAtLink(), HEALTH_MS);
  }

  /** From now on a board that goes is no news. */
  expectEnd(): void {
    this.isEnding = true;
  }

  /** Ends the stream, tells the board, closes the port. */
  async close(): Promise<void> {
    this.clearSilence();
    if (this.health !== null) clearInterval(this.health);
    this.tunnel.close(REASON_STOPPING, "the gateway stops");
    await this.tunnel.settled();
    await this.link.close();
  }

  /** True while a board of that name speaks on this port. */
  holds(identity: string): boolean {
    return this.identity === identity && this.link.isUp && !this.isRefused;
  }

  /** The board of that name speaks on another port now: whatever it had here is over. */
  yieldTo(identity: string, path: string): void {
    if (this.identity !== identity || this.isRefused) return;
    this.isRefused = true;
    this.tunnel.close(REASON_REFUSED, `the board moved to ${path}`);
  }

  snapshot(): BoardSnapshot {
    const { roundTripMs, resends } = this.link.statistics;
    return {
      port: this.path,
      board: this.identity,
      state: this.state(),
      readings: this.traffic.readings,
      messages: this.traffic.messages,
      roundTripMs,
      resends,
    };
  }

  handleOpen(): void {
    this.portState = "listening";
    this.options.onLook(null);
    this.options.log.info(this.path, "port is open; waiting for the board to speak");
  }

  handleClose(text: string): void {
    this.portState = "absent";
    if (this.isEnding) return;
    const port = this.scope === this.path ? "port" : `port ${this.path}`;
    this.options.log.warn(this.scope, `${port} closed (${text}); waiting for it`);
  }

  handleProblem(problem: PortProblem): void {
    const isKnown = this.portState === problem.kind;
    this.portState = problem.kind;
    if (this.options.onLook(problem) || isKnown) return;
    const level = problem.kind === "absent" ? "info" : "error";
    this.options.log[level](this.path, portProblemText(problem));
  }

  handleUp(identity: string): void {
    this.clearSilence();
    this.tunnel.handleNewSession();
    const time = timeMessage(this.options.unixMs());
    this.link.send(CONTROL, time, 0, time.length, true, true);
    this.identity = printable(identity);
    const refusal = this.refusal();
    if (refusal === null) this.options.log.info(this.scope, `board is up on ${this.path}`);
    else this.options.log.error(this.path, refusal);
  }

  handleResumed(): void {
    this.clearSilence();
    const refusal = this.refusal();
    if (refusal === null) this.options.log.info(this.scope, "board is back; its session goes on");
    else this.options.log.error(this.path, refusal);
  }

  handleDown(): void {
    this.clearSilence();
    if (this.isEnding) return;
    this.options.log.warn(this.scope, "board is silent");
    this.silence = setTimeout(() => {
      this.tunnel.close(REASON_BROKER_CLOSED, "the board stayed silent");
    }, SILENCE_MS);
  }

  handleData(channel: number, bytes: Uint8Array, offset: number, length: number): void {
    this.tunnel.handleData(channel, bytes, offset, length);
  }

  handleText(bytes: Uint8Array, offset: number, length: number): void {
    this.console.feed(bytes, offset, length);
  }

  handleWritable(): void {
    this.tunnel.handleWritable();
  }

  /** Tells what is wrong with the link, and when it is well again. */
  private lookAtLink(): void {
    const counters = countersOf(this.link.statistics);
    const cause = this.counters === null ? null : likelyCause(this.counters, counters);
    this.counters = counters;
    // The figures differ each time; what they point at is told once.
    const isKnown = this.cause?.split(":")[1] === cause?.split(":")[1];
    if (cause !== null && !isKnown) this.options.log.warn(this.scope, `link: ${cause}`);
    if (cause === null && this.cause !== null)
      this.options.log.info(this.scope, "link: well again");
    this.cause = cause;
  }

  private get scope(): string {
    return this.identity === "" || this.isRefused ? this.path : this.identity;
  }

  private state(): BoardState {
    if (this.portState !== "listening") return this.portState;
    if (this.identity === "") return "listening";
    if (!this.link.isUp) return "silent";
    if (this.isRefused) return "refused";
    if (this.tunnel.isOpen) return "online";
    return this.isUnreachable && this.tunnel.isConnecting ? "no broker" : "linked";
  }

  private refusal(): string | null {
    const holder = this.options.holderOf(this.identity);
    this.isRefused = holder !== null;
    if (holder === null) return null;
    const name = `board "${this.identity}"`;
    return `${name} is refused: ${holder} has a live board of that name; give one another name`;
  }

  private handleTunnel(event: TunnelEvent): void {
    const { log } = this.options;
    if (event.kind === "unreachable") {
      this.isUnreachable = true;
      log.warn(this.scope, `${event.text}; trying again`);
      return;
    }
    this.isUnreachable = false;
    if (event.kind === "oversize") log.warn(this.scope, this.oversizeText(event));
    else if (event.kind === "replaced") log.debug(this.scope, "stream replaced by a new one");
    else if (event.kind === "opened") log.info(this.scope, "stream to the broker is open");
    else if (event.reason === REASON_TOO_LARGE || event.reason === REASON_MALFORMED)
      log.error(this.scope, `stream closed: ${event.text}`);
    else log.info(this.scope, `stream closed: ${event.text}`);
  }

  private oversizeText(event: TunnelEvent & { kind: "oversize" }): string {
    const limit = this.options.maximumPacketLength;
    const what = `message of ${event.packetLength} bytes on "${event.topic}"`;
    return `${what} is above the limit of ${limit}: dropped, the board does not get it`;
  }

  private clearSilence(): void {
    if (this.silence !== null) clearTimeout(this.silence);
    this.silence = null;
  }
}

/** What is wrong with a port, and what to do; the reader is told beside it which port. */
export function portProblemText(problem: PortProblem): string {
  switch (problem.kind) {
    case "absent":
      return "does not exist yet; plug the board in: waiting for it";
    case "denied":
      return `cannot open: permission denied; ${problem.advice}`;
    case "busy":
      return "cannot open: another program has it open; close that one: trying again";
    case "unusable":
      return `cannot open: ${problem.detail}; \`mote ports\` lists the serial ports: trying again`;
  }
}
