import { BOARD, Link } from "../../firmware/link/link.js";
import { Alarm, now } from "../../firmware/platform/node/clock.js";
import { random } from "../../firmware/platform/node/random.js";
import { LinkTransport } from "../../firmware/runtime/link-transport.js";
import { Mote } from "../../firmware/runtime/mote.js";
import { openPty, type PtyPair } from "./pty.js";
import { seededRandom, Weather } from "./weather.js";

/** What a simulated board is. */
export interface SimulatedBoardOptions {
  /** The board's name, as its HELLO tells it. */
  readonly name: string;
  /** Where a symbolic link to the port is made; none when absent. */
  readonly link?: string;
  /** Milliseconds between readings; 2000 when absent. */
  readonly everyMs?: number;
  /** Makes the weather repeatable; drawn when absent. */
  readonly seed?: number;
}

/** A board that is not there: the real firmware behind a real pty. */
export interface SimulatedBoard {
  readonly name: string;
  /** What a gateway opens. */
  readonly path: string;
  /** Says `offline`, delivers what it can within `deadlineMs`, and takes the port away. */
  stop(deadlineMs: number): Promise<void>;
}

const EVERY_MS = 2_000;
const MAXIMUM_PAYLOAD = 240;
const WINDOW = 8;
const BANNER = "\r\nmote: simulated board, firmware on Node\r\n";

/** Puts a board behind a new pty. */
export async function startSimulatedBoard(options: SimulatedBoardOptions): Promise<SimulatedBoard> {
  const pty = await openPty(options.link);
  const board = new Board(options, pty);
  board.start();
  return { name: options.name, path: pty.path, stop: (deadlineMs) => board.stop(deadlineMs) };
}

/** What a board's main program does: it owns the port, the clock's alarm and the turns. */
class Board {
  private readonly pty: PtyPair;
  private readonly link: LinkTransport;
  private readonly mote: Mote;
  private readonly alarm = new Alarm(() => this.turn());
  /** Bytes from the port that the link could not take yet. */
  private unread: Uint8Array = new Uint8Array(0);
  private stopped: () => void = () => undefined;
  private counter = 0;

  constructor(options: SimulatedBoardOptions, pty: PtyPair) {
    this.pty = pty;
    const identity = new TextEncoder().encode(options.name);
    const link = new Link({
      role: BOARD,
      identity,
      epoch: random(),
      random,
      maximumPayload: MAXIMUM_PAYLOAD,
      window: WINDOW,
    });
    this.link = new LinkTransport(link, {
      write: (bytes, offset, length) => pty.write(bytes, offset, length),
    });
    const handler = { onStopped: () => this.stopped() };
    this.mote = new Mote({ board: options.name, outboxBytes: 4096 }, this.link, random, handler);
    this.link.attach(this.mote.transportHandler);
    this.declare(options);
  }

  start(): void {
    this.pty.onData((bytes) => this.receive(bytes));
    this.pty.onDrain(() => this.turn());
    const banner = new TextEncoder().encode(BANNER);
    this.pty.write(banner, 0, banner.length);
    this.mote.start(now());
    this.turn();
  }

  async stop(deadlineMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.stopped = resolve;
      this.mote.stop(deadlineMs, now());
      this.turn();
    });
    // The last bytes, DISCONNECT among them, are still on their way through the link.
    this.turn();
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.alarm.clear();
    await this.pty.close();
  }

  private declare(options: SimulatedBoardOptions): void {
    const everyMs = options.everyMs ?? EVERY_MS;
    const weather = new Weather(seededRandom(options.seed ?? random()));
    const mote = this.mote;
    mote.sensor("temperature", { everyMs, decimals: 2 }, () => weather.temperature(hourOfDay()));
    mote.sensor("humidity", { everyMs, decimals: 1 }, () => weather.humidity(hourOfDay()));
    mote.sensor("battery", { everyMs, decimals: 3 }, () => weather.battery());
    mote.sensor("counter", { everyMs, decimals: 0 }, () => this.counter++);
    mote.command("print", (message) => {
      this.link.print(new TextEncoder().encode(`${message.payloadText()}\r\n`));
    });
  }

  private receive(bytes: Uint8Array): void {
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    this.turn();
  }

  private turn(): void {
    const time = now();
    const taken = this.link.handleSerial(this.unread, 0, this.unread.length, time);
    this.unread = this.unread.subarray(taken);
    this.mote.turn(time);
    this.link.turn(time);
    this.alarm.set(Math.min(this.mote.pollTimeout(time), this.link.pollTimeout(time)));
  }
}

function hourOfDay(): number {
  const time = new Date();
  return time.getHours() + time.getMinutes() / 60 + time.getSeconds() / 3600;
}
