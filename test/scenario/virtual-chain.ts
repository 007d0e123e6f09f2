import type { TestContext } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Aedes } from "aedes";
import { BOARD, Link } from "../../firmware/link/link.js";
import { LinkTransport } from "../../firmware/runtime/link-transport.js";
import { Mote } from "../../firmware/runtime/mote.js";
import { Bridge } from "../../host/bridge/bridge.js";
import { Log } from "../../host/log.js";
import type { SerialDevice, SerialDriver } from "../../host/serial/driver.js";
import { LossyPipe } from "../sim/lossy-pipe.js";
import { memorySockets } from "../sim/memory-socket.js";
import type { Faults } from "../sim/noise.js";
import { Random } from "../sim/random.js";

const PATH = "/virtual/board";
const BAUD = 115_200;
const STEP_MS = 2;
const FIFO_BYTES = 128;
const PIECE_BYTES = 4096;

/**
 * Sensor → firmware ═ wire ═ gateway → broker → subscriber, all of it real but the wire, the sockets and
 * the time. One call of `pass` lets milliseconds go by; nothing ever sleeps.
 */
export class VirtualChain {
  now = 0;
  /** What a subscriber to everything heard, in order. */
  readonly heard: { topic: string; payload: string }[] = [];
  board: VirtualBoard;
  readonly up: LossyPipe;
  readonly down: LossyPipe;
  /** False: what either end sends is lost. */
  isCableIn = true;
  /** False: connections to the broker are refused. */
  isBrokerUp = true;
  private readonly random: Random;
  private broker: Aedes | undefined;
  private bridge: Bridge | undefined;
  private readonly device: VirtualDevice;
  private tick: (ms: number) => void = () => undefined;

  private constructor(faults: Faults, seed: number) {
    this.random = new Random(seed);
    const line = { ...faults, baud: BAUD, delayMs: 1 };
    this.up = new LossyPipe({ ...line, seed: seed + 1, capacity: FIFO_BYTES });
    this.down = new LossyPipe({ ...line, seed: seed + 2 });
    this.device = new VirtualDevice(this);
    this.board = this.createBoard();
  }

  /** Builds the chain; global timers belong to it until the test ends. */
  static async start(test: TestContext, faults: Faults = {}, seed = 1): Promise<VirtualChain> {
    test.mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
    const chain = new VirtualChain(faults, seed);
    await chain.startBroker();
    chain.startGateway();
    test.after(() => chain.close());
    chain.tick = (ms) => test.mock.timers.tick(ms);
    return chain;
  }

  /** Lets virtual time go by. */
  async pass(ms: number): Promise<void> {
    for (const end = this.now + ms; this.now < end; ) {
      this.now += STEP_MS;
      this.tick(STEP_MS);
      this.board.turn(this.arrived(this.down));
      this.device.deliver();
      await nextTurn();
      await nextTurn();
    }
  }

  /** Lets time go by until something holds, at most `limitMs`. @returns the time it took */
  async until(holds: () => boolean, limitMs: number): Promise<number> {
    const start = this.now;
    while (!holds() && this.now - start < limitMs) await this.pass(10);
    return this.now - start;
  }

  /** What has come through a pipe by now. */
  arrived(pipe: LossyPipe): Uint8Array {
    const piece = new Uint8Array(PIECE_BYTES);
    return piece.subarray(0, pipe.read(piece, this.now));
  }

  payloads(topic: string): string[] {
    return this.heard.filter((message) => message.topic === topic).map(({ payload }) => payload);
  }

  /** Somebody else publishes. */
  publish(topic: string, payload: string): void {
    const packet = { cmd: "publish", topic, payload, qos: 1, retain: false, dup: false } as const;
    this.broker?.publish(packet, () => undefined);
  }

  /** Power is cut and comes back: everything in the board's memory is gone. */
  resetBoard(): void {
    this.board = this.createBoard();
  }

  /** The gateway dies without a word, and a new one starts. */
  async restartGateway(): Promise<void> {
    await this.killGateway();
    this.startGateway();
  }

  async stopBroker(): Promise<void> {
    this.isBrokerUp = false;
    const broker = this.broker;
    await new Promise<void>((resolve) => (broker ? broker.close(() => resolve()) : resolve()));
  }

  /** A broker that knows nothing of before; the subscriber is there before anybody else. */
  async startBroker(): Promise<void> {
    this.broker = await Aedes.createBroker();
    const broker = this.broker;
    await new Promise<void>((resolve) => {
      const hear = (packet: { topic: string; payload: Buffer | string }, done: () => void) => {
        this.heard.push({ topic: packet.topic, payload: packet.payload.toString() });
        done();
      };
      broker.subscribe("mote/#", hear, () => resolve());
    });
    this.isBrokerUp = true;
  }

  private createBoard(): VirtualBoard {
    return new VirtualBoard(this, () => this.random.next());
  }

  private startGateway(): void {
    const driver: SerialDriver = {
      inspect: async () => ({ kind: "present", stamp: "1" }),
      open: async () => this.device.open(),
    };
    this.bridge = new Bridge({
      ports: [{ path: PATH, baudRate: BAUD, dtr: false, rts: false }],
      connect: async () => {
        const broker = this.broker;
        if (!this.isBrokerUp || !broker) throw new Error("connection refused");
        const [near, far] = memorySockets();
        broker.handle(far);
        return near;
      },
      driver,
      log: silentLog(),
      nowMs: () => this.now,
    });
    void this.bridge.start();
  }

  private async killGateway(): Promise<void> {
    this.device.break();
    await this.bridge?.close();
  }

  private async close(): Promise<void> {
    await this.killGateway();
    await this.stopBroker();
  }
}

/** The board's main program. */
class VirtualBoard {
  readonly mote: Mote;
  readonly link: LinkTransport;
  /** Every value that the sensor `n` gave, in order. */
  readonly given: number[] = [];
  /** Makes the sensor `n` give its next number; NaN otherwise. */
  isCounting = true;
  readonly commands: string[] = [];
  private readonly chain: VirtualChain;
  private unread: Uint8Array = new Uint8Array(0);

  constructor(chain: VirtualChain, random: () => number) {
    this.chain = chain;
    const link = new Link({
      role: BOARD,
      identity: Buffer.from("b1"),
      epoch: random(),
      random,
      maximumPayload: 240,
      window: 4,
    });
    this.link = new LinkTransport(link, {
      write: (bytes, offset, length) => {
        // A pulled cable takes bytes and loses them.
        if (!chain.isCableIn) return length;
        return chain.up.write(bytes, offset, length, chain.now);
      },
    });
    this.mote = new Mote({ board: "b1", outboxBytes: 2048 }, this.link, random, {});
    this.link.attach(this.mote.transportHandler);
    this.mote.sensor("n", { everyMs: 100, decimals: 0 }, () => {
      if (!this.isCounting) return Number.NaN;
      this.given.push(this.given.length);
      return this.given.length - 1;
    });
    this.mote.command("note", (message) => this.commands.push(message.payloadText()));
    this.mote.start(chain.now);
  }

  turn(bytes: Uint8Array): void {
    const now = this.chain.now;
    this.unread = Buffer.concat([this.unread, bytes]);
    const taken = this.link.handleSerial(this.unread, 0, this.unread.length, now);
    this.unread = this.unread.subarray(taken);
    this.mote.turn(now);
    this.link.turn(now);
  }
}

/** The gateway's end of the wire, as the serial driver shows it. */
class VirtualDevice {
  private readonly chain: VirtualChain;
  private pending: { into: Buffer; resolve: (length: number) => void } | undefined;
  private fail: (error: Error) => void = () => undefined;

  constructor(chain: VirtualChain) {
    this.chain = chain;
  }

  open(): SerialDevice {
    return {
      isUart: true,
      read: (into) =>
        new Promise((resolve, reject) => {
          this.pending = { into, resolve };
          this.fail = reject;
        }),
      write: async (bytes) => {
        if (this.chain.isCableIn) this.chain.down.write(bytes, 0, bytes.length, this.chain.now);
      },
      close: async () => this.fail(new Error("closed")),
    };
  }

  break(): void {
    this.fail(new Error("gone"));
    this.pending = undefined;
  }

  deliver(): void {
    const pending = this.pending;
    if (!pending) return;
    const bytes = this.chain.arrived(this.chain.up);
    if (bytes.length === 0) return;
    this.pending = undefined;
    pending.into.set(bytes);
    pending.resolve(bytes.length);
  }
}

function silentLog(): Log {
  return new Log({ sink: () => undefined, now: () => 0, debug: false });
}
