import { readFile } from "node:fs/promises";
import { build } from "esbuild";
import type { Link as LinkType } from "../../firmware/link/link.js";
import { Memory } from "./explorer-memory.js";

// Explores what two ends can come to, over the real code in virtual time: every order of sending, losing, delivering and
// waiting within small bounds. Numbers have four bits, so that they wrap.

const NUMBER_BITS = 4;
const WINDOW = 3;
const PAYLOAD_BYTES = 4;
/** Frames under way in one direction. */
const WIRE_FRAMES = 3;
const ENTRY = new URL("../../firmware/link/link.js", import.meta.url);

type LinkModule = typeof import("../../firmware/link/link.js");

/** The link's own modules, with few bits for a number. */
export async function loadSmallLink(): Promise<LinkModule> {
  const result = await build({
    entryPoints: [ENTRY.pathname],
    bundle: true,
    write: false,
    format: "esm",
    plugins: [
      {
        name: "few bits",
        setup: (builder) =>
          builder.onLoad({ filter: /link\/frame\.js$/ }, async ({ path }) => {
            const text = await readFile(path, "utf8");
            const changed = text.replace("NUMBER_BITS = 8", `NUMBER_BITS = ${NUMBER_BITS}`);
            if (changed === text) throw new Error("the bits of a number were not found");
            return { contents: changed, loader: "js" };
          }),
      },
    ],
  });
  const code = Buffer.from(result.outputFiles[0]?.contents ?? []).toString("base64");
  return import(`data:text/javascript;base64,${code}`);
}

/** What may happen how often. */
export interface Bounds {
  readonly packets: number;
  readonly losses: number;
  /** Frames of long ago that come again. */
  readonly replays: number;
  readonly boardResets: number;
  readonly hostResets: number;
  readonly disconnects: number;
  /** Times that time passes until something is due. */
  readonly waits: number;
  readonly maximumStates: number;
}

export interface Outcome {
  states: number;
  /** Whether every state within the bounds was seen. */
  isComplete: boolean;
  wraps: number;
}

interface World {
  readonly board: unknown[];
  readonly host: unknown[];
  readonly toHost: readonly Uint8Array[];
  readonly toBoard: readonly Uint8Array[];
  readonly old: readonly Uint8Array[];
  readonly now: number;
  /** By end: packets given in this session, delivered in this session; sessions begun. */
  readonly sent: readonly [number, number];
  readonly got: readonly [number, number];
  readonly session: readonly [number, number];
  readonly left: Readonly<Bounds>;
}

const BOARD_END = 0;
const HOST_END = 1;

/** Looks at every order of events within its bounds. @throws Error when one breaks a promise */
export class Explorer {
  readonly outcome: Outcome = { states: 0, isComplete: false, wraps: 0 };
  private readonly module: LinkModule;
  private readonly links: [LinkType, LinkType];
  private readonly memories: [Memory, Memory];
  private readonly fresh: [unknown[], unknown[]];
  private nonce = 0;
  private world: World;
  private readonly bounds: Bounds;

  constructor(module: LinkModule, bounds: Bounds) {
    this.module = module;
    this.bounds = bounds;
    this.links = [this.makeLink(module.BOARD), this.makeLink(module.HOST)];
    this.memories = [new Memory(this.links[0]), new Memory(this.links[1])];
    this.fresh = [this.memories[0].save(), this.memories[1].save()];
    this.world = {
      board: this.fresh[0],
      host: this.fresh[1],
      toHost: [],
      toBoard: [],
      old: [],
      now: 0,
      sent: [0, 0],
      got: [0, 0],
      session: [0, 0],
      left: bounds,
    };
  }

  run(): Outcome {
    const seen = new Set<string>();
    this.settle();
    let front = [this.world];
    while (front.length > 0) {
      const next: World[] = [];
      for (const world of front) {
        for (const act of this.choices(world)) {
          this.enter(world);
          act();
          const key = this.keyOf(this.world);
          if (seen.has(key)) continue;
          seen.add(key);
          this.outcome.states++;
          next.push(this.world);
          if (seen.size >= this.bounds.maximumStates) return this.outcome;
          this.finish(this.world);
        }
      }
      front = next;
    }
    this.outcome.isComplete = true;
    return this.outcome;
  }

  /** Follows one order of events, drawn at random, to its end. */
  walk(random: (limit: number) => number, steps: number): void {
    this.settle();
    for (let i = 0; i < steps; i++) {
      const acts = this.choices(this.world);
      const act = acts[random(acts.length)];
      if (act === undefined) break;
      this.enter(this.world);
      act();
      this.outcome.states++;
    }
    this.finish(this.world);
  }

  private makeLink(role: number): LinkType {
    return new this.module.Link({
      role,
      identity: new Uint8Array(role === this.module.BOARD ? [0x62] : []),
      epoch: 77,
      random: () => ++this.nonce,
      maximumPayload: PAYLOAD_BYTES,
      window: WINDOW,
    });
  }

  private enter(world: World): void {
    this.world = world;
    this.memories[0].restore(world.board);
    this.memories[1].restore(world.host);
  }

  /** Takes the state of both ends into the world. */
  private keep(change: Partial<World>): void {
    const ends = { board: this.memories[0].save(), host: this.memories[1].save() };
    this.world = { ...this.world, ...ends, ...change };
  }

  private choices(world: World): (() => void)[] {
    const acts: (() => void)[] = [];
    if (world.left.waits > 0) acts.push(() => this.waitOnce());
    for (const end of [BOARD_END, HOST_END]) {
      if (this.wire(world, 1 - end).length < WIRE_FRAMES) acts.push(() => this.transmit(end));
      if ((world.sent[end] ?? 0) < world.left.packets) acts.push(() => this.send(end));
      if (this.wire(world, end).length > 0) {
        acts.push(() => this.deliver(end));
        if (world.left.losses > 0) acts.push(() => this.lose(end));
      }
    }
    if (world.left.replays > 0) {
      for (const frame of world.old) {
        acts.push(() => this.replay(frame, BOARD_END));
        acts.push(() => this.replay(frame, HOST_END));
      }
    }
    if (world.left.boardResets > 0) acts.push(() => this.reset(BOARD_END));
    if (world.left.hostResets > 0) acts.push(() => this.reset(HOST_END));
    if (world.left.disconnects > 0) acts.push(() => this.disconnect(BOARD_END));
    if (world.left.disconnects > 0) acts.push(() => this.disconnect(HOST_END));
    return acts;
  }

  /** What is under way to that end. */
  private wire(world: World, end: number): readonly Uint8Array[] {
    return end === BOARD_END ? world.toBoard : world.toHost;
  }

  private withWire(end: number, frames: readonly Uint8Array[]): Partial<World> {
    return end === BOARD_END ? { toBoard: frames } : { toHost: frames };
  }

  private send(end: number): void {
    const link = this.links[end]!;
    const number = this.world.sent[end] ?? 0;
    const packet = Uint8Array.of(this.world.session[end] ?? 0, number);
    const taken = link.send(this.module.MQTT, packet, 0, 2, true, true);
    if (taken === 0) return;
    const sent: [number, number] = [...this.world.sent];
    sent[end] = number + 1;
    this.keep({ sent });
  }

  /** That end's next frame goes on the wire, whole. */
  private transmit(end: number): void {
    const link = this.links[end]!;
    const { now } = this.world;
    const length = link.pollTransmit(now);
    if (length === 0) return;
    const frame = link.out.slice(link.outOffset, link.outOffset + length);
    link.transmitted(length, now);
    const other = 1 - end;
    const old = [...this.world.old, frame].slice(-6);
    this.keep({ ...this.withWire(other, [...this.wire(this.world, other), frame]), old });
  }

  private deliver(end: number): void {
    const [frame, ...rest] = this.wire(this.world, end);
    this.hear(end, frame!);
    this.keep(this.withWire(end, rest));
  }

  private lose(end: number): void {
    const { left } = this.world;
    this.keep({
      ...this.withWire(end, this.wire(this.world, end).slice(1)),
      left: { ...left, losses: left.losses - 1 },
    });
  }

  private replay(frame: Uint8Array, end: number): void {
    const { left } = this.world;
    this.hear(end, frame);
    this.keep({ left: { ...left, replays: left.replays - 1 } });
  }

  private reset(end: number): void {
    const { left } = this.world;
    this.memories[end]!.restore(this.fresh[end]!);
    const spent = end === BOARD_END ? "boardResets" : "hostResets";
    const lost = this.withWire(end, []);
    this.keep({ ...lost, left: { ...left, [spent]: left[spent] - 1 } });
    this.poll(end);
    this.keep({});
  }

  private disconnect(end: number): void {
    const { left } = this.world;
    this.links[end]!.disconnect(this.world.now);
    this.poll(end);
    this.keep({ left: { ...left, disconnects: left.disconnects - 1 } });
  }

  /** Time passes until something is due at either end. */
  private wait(): void {
    const { now } = this.world;
    const [board, host] = this.links;
    const ms = Math.min(board.pollTimeout(now), host.pollTimeout(now), 10_000);
    const later = now + ms;
    for (const end of [BOARD_END, HOST_END]) {
      this.links[end]!.handleTimeout(later);
      this.poll(end);
    }
    this.keep({ now: later });
  }

  private waitOnce(): void {
    this.wait();
    const { left } = this.world;
    this.keep({ left: { ...left, waits: left.waits - 1 } });
  }

  private hear(end: number, frame: Uint8Array): void {
    const link = this.links[end]!;
    for (let at = 0; at < frame.length; ) {
      at += link.handleBytes(frame, at, frame.length - at, this.world.now);
      this.poll(end);
    }
  }

  private poll(end: number): void {
    const link = this.links[end]!;
    const { NOTHING, UP, DATA } = this.module;
    for (let event = link.pollEvent(); event !== NOTHING; event = link.pollEvent()) {
      if (event === UP) this.begin(end);
      else if (event === DATA) this.check(end, link);
    }
  }

  private begin(end: number): void {
    const [sent, got, session] = [
      [...this.world.sent] as [number, number],
      [...this.world.got] as [number, number],
      [...this.world.session] as [number, number],
    ];
    sent[end] = 0;
    got[end] = 0;
    session[end] = (session[end] ?? 0) + 1;
    this.world = { ...this.world, sent, got, session };
  }

  private check(end: number, link: LinkType): void {
    const number = link.bytes[link.offset + 1];
    const expected = this.world.got[end] ?? 0;
    if (link.length !== 2 || number !== expected) {
      throw new Error(`end ${end} heard packet ${number}, not ${expected}`);
    }
    const got: [number, number] = [...this.world.got];
    got[end] = expected + 1;
    if (expected + 1 === 1 << NUMBER_BITS) this.outcome.wraps++;
    this.world = { ...this.world, got };
  }

  /** From anywhere, a line that behaves brings everything across: no deadlock, no livelock. */
  private finish(world: World): void {
    this.enter(world);
    for (let step = 0; step < 600; step++) {
      this.settle();
      if (this.isDone()) break;
      this.wait();
    }
    const isDone = this.isDone();
    this.enter(world);
    if (!isDone) throw new Error(`stuck: sent ${world.sent}, got ${world.got} at ${world.now} ms`);
  }

  private isDone(): boolean {
    const { sent, got } = this.world;
    const isUp = this.links.every((link) => link.isUp);
    return isUp && sent[0] === got[1] && sent[1] === got[0] && this.isQuiet();
  }

  private isQuiet(): boolean {
    return this.world.toHost.length === 0 && this.world.toBoard.length === 0;
  }

  /** Everything that can move without time passing moves. */
  private settle(): void {
    for (let i = 0; i < 50; i++) {
      const { toHost, toBoard } = this.world;
      for (const end of [BOARD_END, HOST_END]) {
        this.transmit(end);
        if (this.wire(this.world, 1 - end).length > 0) this.deliver(1 - end);
      }
      if (this.world.toHost === toHost && this.world.toBoard === toBoard && this.isQuiet()) return;
    }
  }

  /** Two states of one key differ in nothing but when they are. */
  private keyOf(world: World): string {
    const values = (end: unknown[], memory: Memory) => memory.describe(end, world.now);
    return [
      values(world.board, this.memories[0]),
      values(world.host, this.memories[1]),
      world.toHost.map(hex).join(),
      world.toBoard.map(hex).join(),
      world.sent.join(),
      world.got.join(),
      JSON.stringify(world.left),
      world.left.replays > 0 ? world.old.map(hex).join() : "",
    ].join("|");
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
