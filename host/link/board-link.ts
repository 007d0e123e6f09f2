import {
  CONSOLE,
  DATA,
  DOWN,
  HOST,
  Link,
  type LinkStatistics,
  NOTHING,
  RESUMED,
  TEXT,
  UP,
} from "../../firmware/link/link.js";
import type { TunnelLink } from "../relay/tunnel-options.js";
import type { PortProblem } from "../serial/driver.js";
import type { BoardPort, PortHandler } from "../serial/port.js";

/** What a board's link tells. Bytes are borrowed during the call. */
export interface BoardLinkHandler {
  /** The port is open; nothing is sent before the board speaks. */
  handleOpen(): void;
  /** The port is closed, and looked for again. */
  handleClose(text: string): void;
  handleProblem(problem: PortProblem): void;
  /** A new session: everything of an old one is void. `identity` is as the board sent it. */
  handleUp(identity: string): void;
  /** The same session goes on. */
  handleResumed(): void;
  /** The board fell silent, or its port went away. */
  handleDown(): void;
  /** In-order data of any channel but the console's. */
  handleData(channel: number, bytes: Uint8Array, offset: number, length: number): void;
  /** The board's console, in the link's channel or outside of frames. */
  handleText(bytes: Uint8Array, offset: number, length: number): void;
  /** The link may take more. */
  handleWritable(): void;
}

/** What a link works with. */
export interface BoardLinkOptions {
  readonly port: BoardPort;
  /** 32-bit millisecond counter; it may wrap. */
  readonly now: () => number;
  /** 32 bits, unsigned. */
  readonly random: () => number;
  readonly handler: BoardLinkHandler;
}

/** The frame of the wire is never larger; the board says how much less it can take. */
const MAXIMUM_PAYLOAD = 240;
const WINDOW = 32;

/** The shared link core with a port below and real timers beside it. */
export class BoardLink implements TunnelLink, PortHandler {
  private readonly options: BoardLinkOptions;
  private readonly link: Link;
  private timer: NodeJS.Timeout | null = null;
  private timerDue = 0;
  /** A call of the link is being handled: what it makes to send goes out at its end. */
  private isBusy = false;
  private isClosed = false;

  constructor(options: BoardLinkOptions) {
    this.options = options;
    this.link = new Link({
      role: HOST,
      identity: new Uint8Array(0),
      epoch: 0,
      random: options.random,
      maximumPayload: MAXIMUM_PAYLOAD,
      window: WINDOW,
    });
  }

  get isUp(): boolean {
    return this.link.isUp;
  }

  get statistics(): Readonly<LinkStatistics> {
    return this.link.statistics;
  }

  start(): void {
    this.options.port.start(this);
  }

  async close(): Promise<void> {
    await this.options.port.close();
    if (this.timer !== null) clearTimeout(this.timer);
    this.isClosed = true;
  }

  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number {
    const taken = this.link.send(channel, bytes, offset, length, first, last);
    if (taken > 0) this.flush();
    return taken;
  }

  setAccepting(accepting: boolean): void {
    this.link.setAccepting(accepting, this.options.now());
    this.flush();
  }

  handleOpen(): void {
    this.options.handler.handleOpen();
    this.flush();
  }

  handleBytes(bytes: Uint8Array, offset: number, length: number): void {
    const end = offset + length;
    this.isBusy = true;
    try {
      let at = offset;
      while (at < end) {
        at += this.link.handleBytes(bytes, at, end - at, this.options.now());
        this.drainEvents();
      }
    } finally {
      this.isBusy = false;
    }
    this.settle();
  }

  handleWritable(): void {
    this.settle();
  }

  handleClose(text: string): void {
    this.link.disconnect(this.options.now());
    this.drainEvents();
    this.options.handler.handleClose(text);
  }

  handleProblem(problem: PortProblem): void {
    this.options.handler.handleProblem(problem);
  }

  private handleTimer(): void {
    this.timer = null;
    this.link.handleTimeout(this.options.now());
    this.drainEvents();
    this.settle();
  }

  private settle(): void {
    this.flush();
    if (this.link.canSend()) this.options.handler.handleWritable();
  }

  /** Gives the port what it takes, then waits for what the link waits for. */
  private flush(): void {
    if (this.isBusy) return;
    for (;;) {
      const now = this.options.now();
      const ready = this.link.pollTransmit(now);
      if (ready === 0) break;
      const taken = this.options.port.write(this.link.out, this.link.outOffset, ready);
      if (taken > 0) this.link.transmitted(taken, now);
      if (taken < ready) break;
    }
    this.setTimer();
  }

  /** A timer that fires too early does no harm, so one that is set is only ever brought forward. */
  private setTimer(): void {
    if (this.isClosed) return;
    const now = this.options.now();
    const waitMs = this.link.pollTimeout(now);
    const due = (now + waitMs) | 0;
    if (this.timer !== null) {
      if (((this.timerDue - due) | 0) <= 0) return;
      clearTimeout(this.timer);
    }
    this.timerDue = due;
    this.timer = setTimeout(() => this.handleTimer(), Math.max(0, waitMs));
  }

  private drainEvents(): void {
    for (;;) {
      const event = this.link.pollEvent();
      if (event === NOTHING) return;
      this.handleEvent(event);
    }
  }

  private handleEvent(event: number): void {
    const { handler } = this.options;
    const { channel, bytes, offset, length } = this.link;
    if (event === UP) handler.handleUp(this.identity());
    else if (event === RESUMED) handler.handleResumed();
    else if (event === DOWN) handler.handleDown();
    else if (event === TEXT) handler.handleText(bytes, offset, length);
    else if (event === DATA && channel === CONSOLE) handler.handleText(bytes, offset, length);
    else if (event === DATA) handler.handleData(channel, bytes, offset, length);
  }

  private identity(): string {
    return Buffer.from(this.link.identity.subarray(0, this.link.identityLength)).toString("utf8");
  }
}
