import { crc32 } from "../../firmware/crc.js";
import { encodeFrame, FRAME, PAYLOAD, writeUint32 } from "../../firmware/link/frame.js";
import { encodeGreeting, Greeting, HELLO, WELCOME } from "../../firmware/link/hello.js";
import { BOARD, HOST, type Link, type LinkStatistics } from "../../firmware/link/link.js";
import { Random } from "../sim/random.js";
import { demand } from "./failure.js";
import { drain, EPOCH, feed, makeLink, NONCE, pollEvents, recover } from "./link-rig.js";
import { mutate, replace } from "./mutate.js";
import type { Target } from "./target.js";
import { weightOf } from "./weight.js";

// An input is a byte of set-up, a byte for the cut, and records: a kind, a length, and so many bytes.
const HEAD = 2;
const RAW_KINDS = 4;
const FRAME_KIND = 4;
const GREETING_KIND = 5;
const TIME_KIND = 6;
const KINDS = 8;
const IS_BOARD = 1;
const IS_UP = 2;
const RECOVERS = 4;
const IS_SMALL = 8;
const FRAME_HEADER = 4;
const LONGEST_PIECE = 24;
/** Statistics that are no counts. */
const GAUGES = new Set(["roundTripMs", "payloadLimit", "speed"]);
/** To weigh costs more than to run. */
const WEIGHED_SHARE = 4;

/** A whole link, as host or as board, before and after a handshake. Frames and greetings carry a right check. */
export const linkTarget: Target = {
  name: "link",
  files: /\/link\/[a-z-]+\.js$/,
  run(input) {
    const run = new Run(
      input[0] ?? 0,
      new Random(input[1] ?? 0),
      input.length % WEIGHED_SHARE === 0,
    );
    for (let at = HEAD; at < input.length; ) {
      const length = input[at + 1] ?? 0;
      run.play(input[at]! % KINDS, input.slice(at + 2, at + 2 + length));
      at += 2 + length;
    }
    return run.finish();
  },
  mutate: mutateRecords,
  seeds: () => [],
};

class Run {
  private readonly role: number;
  private readonly link: Link;
  private readonly maximumPayload: number;
  private readonly key: number;
  private readonly recovers: boolean;
  private readonly random: Random;
  private readonly weight: number;
  private readonly counts: LinkStatistics;
  private readonly wire = new Uint8Array(512);
  private now = 0;
  private events = "";
  private bytesSent = 0;

  constructor(setUp: number, random: Random, isWeighed: boolean) {
    this.role = setUp & IS_BOARD ? BOARD : HOST;
    this.maximumPayload = setUp & IS_SMALL ? 9 : 240;
    this.recovers = (setUp & RECOVERS) !== 0;
    this.random = random;
    this.link = makeLink(this.role, this.maximumPayload, setUp & IS_SMALL ? 2 : 8);
    const session = new Uint8Array(8);
    writeUint32(session, 0, EPOCH);
    writeUint32(session, 4, NONCE);
    const key = crc32(session, 0, 8) & ~1;
    this.key = this.role === HOST ? key : key | 1;
    if (setUp & IS_UP) recover(this.link, this.role, this.now, this.maximumPayload);
    this.weight = isWeighed ? weightOf(this.link, new Set()) : 0;
    this.counts = { ...this.link.statistics };
  }

  play(kind: number, content: Uint8Array): void {
    if (kind < RAW_KINDS) this.receive(content);
    else if (kind === FRAME_KIND) this.receive(this.frame(content));
    else if (kind === GREETING_KIND) this.receive(this.greeting(content));
    else if (kind === TIME_KIND) this.wait((content[0] ?? 0) * ((content[1] ?? 1) + 1));
    else this.act(content);
    this.speak();
  }

  /** @returns the outcome: what was told, roughly */
  finish(): string {
    const { link } = this;
    const timeout = link.pollTimeout(this.now);
    demand(Number.isInteger(timeout) && timeout >= 0, `pollTimeout: ${timeout}`);
    for (const [name, before] of Object.entries(this.counts)) {
      const after: unknown = Reflect.get(link.statistics, name);
      demand(typeof after === "number" && after >= 0, `${name}: ${after}`);
      demand(GAUGES.has(name) || Number(after) >= before, `${name} fell`);
    }
    if (this.weight > 0) demand(weightOf(link, new Set()) === this.weight, "it grew");
    const isSilent = this.role === HOST && link.statistics.sessions === 0;
    demand(!isSilent || this.bytesSent === 0, "a host spoke first");
    if (this.recovers) recover(link, this.role, this.now, this.maximumPayload);
    return `${this.role}${link.isUp} ${[...new Set(this.events)].sort().join("")}`;
  }

  private receive(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const piece = bytes.slice(at, at + 1 + this.random.below(LONGEST_PIECE));
      this.events += feed(this.link, piece, this.now, this.maximumPayload);
      piece.fill(0xee);
      at += piece.length;
    }
  }

  private wait(milliseconds: number): void {
    this.now = (this.now + milliseconds) | 0;
    this.link.handleTimeout(this.now);
    this.events += pollEvents(this.link, this.maximumPayload);
  }

  /** The application: it sends, or does not want more for a while, or the port goes. */
  private act(content: Uint8Array): void {
    const [what = 0, channel = 0] = content;
    const { length } = content;
    if (what < 112) this.link.send(channel, content, 0, length, channel > 9, what > 9);
    else if (what < 128) this.link.sendDatagram(channel, content, 0, length);
    else if (what < 136) this.link.requestSpeed(this.now);
    else if (what < 224) this.link.setAccepting(what % 2 === 0, this.now);
    else this.link.disconnect(this.now);
    this.events += pollEvents(this.link, this.maximumPayload);
  }

  private speak(): void {
    this.bytesSent += drain(this.link, this.now).length;
  }

  private frame(content: Uint8Array): Uint8Array {
    const { wire, key } = this;
    const [type = 0, sequence = 0, acknowledgement = 0, limit = 0] = content;
    const payload = content.slice(FRAME_HEADER, FRAME_HEADER + 240);
    const { length } = payload;
    wire.set(payload, PAYLOAD);
    const words = new Int32Array(wire.buffer);
    const size = encodeFrame(wire, words, 0, type, length, sequence, acknowledgement, limit, key);
    return wire.slice(FRAME, FRAME + size);
  }

  private greeting(content: Uint8Array): Uint8Array {
    const greeting = new Greeting();
    const [attempt = 0, payload = 0, window = 0, epoch = 0, nonce = 0, length = 0] = content;
    greeting.kind = this.role === HOST ? HELLO : WELCOME;
    greeting.attempt = attempt;
    greeting.maximumPayload = payload;
    greeting.window = window;
    greeting.epoch = epoch === 0 ? EPOCH : epoch;
    greeting.nonce = nonce === 0 ? NONCE : nonce;
    greeting.buffer = payload * 16;
    greeting.speedLimit = window * 100;
    greeting.identityLength = Math.min(64, length);
    greeting.identity.fill(0x61);
    return this.wire.slice(0, encodeGreeting(greeting, this.wire, 0));
  }
}

/** Where the records of an input begin. */
function recordsIn(input: Uint8Array): number[] {
  const starts: number[] = [];
  for (let at = HEAD; at < input.length; at += 2 + (input[at + 1] ?? 0)) starts.push(at);
  return starts;
}

/** Adds, doubles, drops or changes a whole record, so that those behind it stay what they are. */
function mutateRecords(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const starts = recordsIn(input);
  const what = random.below(5);
  if (starts.length === 0 || what === 0) return insertRecord(input, random, other);
  const start = starts[random.below(starts.length)]!;
  const end = Math.min(input.length, start + 2 + (input[start + 1] ?? 0));
  if (what === 1) return replace(input, start, end, new Uint8Array(0));
  if (what === 2) return replace(input, end, end, input.slice(start, end));
  if (what === 3) return insertRecord(input, random, other);
  const content = mutate(input.slice(start + 2, end), random, other).slice(0, 255);
  const record = Uint8Array.of(input[start]!, content.length, ...content);
  return replace(input, start, end, record);
}

/** A record of the other input, or one of chance. */
function insertRecord(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const starts = recordsIn(input);
  const at = starts.length === 0 ? input.length : starts[random.below(starts.length)]!;
  const theirs = recordsIn(other);
  if (theirs.length > 0 && random.below(3) > 0) {
    const from = theirs[random.below(theirs.length)]!;
    return replace(input, at, at, other.slice(from, from + 2 + (other[from + 1] ?? 0)));
  }
  const content = random.bytes(random.below(12));
  return replace(input, at, at, Uint8Array.of(random.below(KINDS), content.length, ...content));
}
