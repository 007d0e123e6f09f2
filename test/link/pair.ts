import {
  BOARD,
  DATA,
  HOST,
  Link,
  MQTT,
  NOTHING,
  TEXT,
  UNLIMITED_BUFFER,
  UP,
} from "../../firmware/link/link.js";
import { LossyPipe, type LossyPipeOptions } from "../sim/lossy-pipe.js";
import { Random } from "../sim/random.js";
import { VirtualClock } from "../sim/virtual-clock.js";

export interface EndOptions {
  maximumPayload?: number;
  window?: number;
  buffer?: number;
  speedLimit?: number;
  epoch?: number;
  seed?: number;
}

/** A link with an identity and chance of its own. */
export function makeLink(role: number, options: EndOptions = {}): Link {
  const random = new Random(options.seed ?? 7 + role);
  return new Link({
    role,
    identity: new TextEncoder().encode(role === BOARD ? "bench-1" : ""),
    epoch: options.epoch ?? random.next(),
    random: () => random.next(),
    maximumPayload: options.maximumPayload ?? 240,
    window: options.window ?? 8,
    buffer: options.buffer ?? UNLIMITED_BUFFER,
    speedLimit: options.speedLimit ?? 0,
  });
}

/** One end on a line: moves bytes between its link and its two pipes, and keeps a log of events. */
class End {
  link: Link;
  readonly events: number[] = [];
  text = "";
  onData: (link: Link) => void = () => undefined;
  onUp: () => void = () => undefined;
  /** Called in each turn: the application. */
  onTurn: (link: Link, now: number) => void = () => undefined;
  bytesSent = 0;
  isDead = false;
  private readonly input: LossyPipe;
  private readonly output: LossyPipe;
  private readonly piece = new Uint8Array(256);

  constructor(link: Link, input: LossyPipe, output: LossyPipe) {
    this.link = link;
    this.input = input;
    this.output = output;
  }

  count(event: number): number {
    return this.events.filter((each) => each === event).length;
  }

  turn(clock: VirtualClock): void {
    const arrived = this.input.read(this.piece, clock.elapsedMs);
    if (this.isDead) return;
    const { link } = this;
    const now = clock.now;
    link.handleTimeout(now);
    this.poll();
    for (let at = 0; at < arrived; ) {
      at += link.handleBytes(this.piece, at, arrived - at, now);
      this.poll();
    }
    this.onTurn(link, now);
    this.transmit(clock);
  }

  private transmit(clock: VirtualClock): void {
    const { link } = this;
    for (;;) {
      const length = link.pollTransmit(clock.now);
      if (length === 0) return;
      const taken = this.output.write(link.out, link.outOffset, length, clock.elapsedMs);
      link.transmitted(taken, clock.now);
      this.bytesSent += taken;
      if (taken < length) return;
    }
  }

  private poll(): void {
    for (;;) {
      const event = this.link.pollEvent();
      if (event === NOTHING) return;
      if (event === DATA) this.onData(this.link);
      else if (event === TEXT) {
        const { offset, length, bytes } = this.link;
        this.text += new TextDecoder().decode(bytes.subarray(offset, offset + length));
      } else this.events.push(event);
      if (event === UP) this.onUp();
    }
  }
}

export interface PairOptions {
  board?: EndOptions;
  host?: EndOptions;
  line?: LossyPipeOptions;
  startMs?: number;
}

/** A board and a host on one line, in virtual time. */
export class Pair {
  readonly clock: VirtualClock;
  readonly toHost: LossyPipe;
  readonly toBoard: LossyPipe;
  readonly board: End;
  readonly host: End;

  constructor(options: PairOptions = {}) {
    this.clock = new VirtualClock(options.startMs);
    const seed = options.line?.seed ?? 1;
    const line = { baud: 115_200, delayMs: 2, capacity: 1024, ...options.line };
    this.toHost = new LossyPipe({ ...line, seed });
    this.toBoard = new LossyPipe({ ...line, seed: seed + 1000 });
    this.board = new End(makeLink(BOARD, options.board), this.toBoard, this.toHost);
    this.host = new End(makeLink(HOST, options.host), this.toHost, this.toBoard);
  }

  /** Lets time pass, at most `ms`, until `done`. @returns whether it was done */
  drive(ms: number, done: () => boolean = () => false): boolean {
    const end = this.clock.elapsedMs + ms;
    for (;;) {
      this.board.turn(this.clock);
      this.host.turn(this.clock);
      if (done()) return true;
      if (this.clock.elapsedMs >= end) return false;
      this.clock.advance(1);
    }
  }

  get isUp(): boolean {
    return this.board.link.isUp && this.host.link.isUp;
  }
}

/** Sends numbered packets, of pseudo-random lengths, and starts again with each session. */
export class Numbered {
  sent = 0;
  private session = 0;
  /** Bytes of the packet that are sent: on a bad line it takes several frames. */
  private at = 0;
  private readonly bytes = new Uint8Array(240);
  private readonly total: number;
  private readonly lengths: (number: number) => number;

  /** @param total packets to send in one session */
  constructor(end: End, total: number, lengths: (number: number) => number) {
    this.total = total;
    this.lengths = lengths;
    end.onTurn = (link, _now) => this.send(link);
  }

  restart(session: number): void {
    this.session = session;
    this.sent = 0;
    this.at = 0;
  }

  private send(link: Link): void {
    while (this.sent < this.total && link.canSend()) {
      const length = this.lengths(this.sent);
      fillNumbered(this.bytes, length, this.session, this.sent);
      const left = length - this.at;
      const taken = link.send(MQTT, this.bytes, this.at, left, this.at === 0, true);
      this.at += taken;
      if (taken < left) continue;
      this.at = 0;
      this.sent++;
    }
  }
}

function fillNumbered(bytes: Uint8Array, length: number, session: number, number: number): void {
  new DataView(bytes.buffer).setUint16(0, session);
  new DataView(bytes.buffer).setUint32(2, number);
  for (let i = 6; i < length; i++) bytes[i] = (number * 31 + i * (session + 7)) & 255;
}

/** Receives what Numbered sends, and throws at the first byte that is lost, doubled, reordered or altered. */
export class Checked {
  received = 0;
  /** Of the peer; -1 before the first packet. */
  session = -1;
  private at = 0;
  private readonly packet = new Uint8Array(480);
  private readonly expected = new Uint8Array(240);
  private readonly lengths: (number: number) => number;

  constructor(end: End, lengths: (number: number) => number) {
    this.lengths = lengths;
    end.onData = (link) => this.check(link);
  }

  /** What comes next begins a session later than any before. */
  restart(): void {
    this.received = 0;
    this.at = 0;
  }

  private check(link: Link): void {
    if (link.channel !== MQTT || link.first !== (this.at === 0))
      throw new Error(`packet ${this.received} of session ${this.session} is cut wrong`);
    this.packet.set(link.bytes.subarray(link.offset, link.offset + link.length), this.at);
    this.at += link.length;
    if (!link.last) return;
    const session = new DataView(this.packet.buffer).getUint16(0);
    if (this.received === 0) {
      if (session <= this.session) throw new Error(`session ${session} after ${this.session}`);
      this.session = session;
    }
    const length = this.lengths(this.received);
    fillNumbered(this.expected, length, this.session, this.received);
    const isSame =
      this.at === length &&
      this.expected.every((byte, i) => i >= length || byte === this.packet[i]);
    if (!isSame)
      throw new Error(`packet ${this.received} of session ${this.session} is not what was sent`);
    this.at = 0;
    this.received++;
  }
}
