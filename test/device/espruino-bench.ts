import type { BoardGlobals } from "./board-globals.js";

// What runs on the board beside the client: it weighs a program, or times the client and its peer, and
// prints lines `MOTE name value`.

interface Socket {
  write(bytes: string): boolean;
  /** What Espruino calls when bytes came, and when all has gone out. */
  readonly "#ondata": readonly Listener[];
  readonly "#ondrain": readonly Listener[];
}
type Listener = { call(socket: Socket, bytes: string): void };

interface Peer {
  readonly client: Socket;
  on(event: string, handler: () => void): void;
  connect(): void;
  subscribe(filter: string): void;
  publish(topic: string, payload: string): void;
}

/** What espruino-timed.ts exports. */
interface Timed {
  connect(port: number): object;
  socketOf(session: object): Socket | undefined;
  newTopic(name: string): object;
  publish(session: object, topic: object, payload: Uint8Array, length: number, now: number): number;
}

declare function require(name: "timed"): Timed;
declare function require(name: "peer"): { create(host: string, options: object): Peer };
declare function require(name: "fs"): { readFileSync(path: string): string };
declare function require(name: "app"): object;
declare const process: { memory(): { usage: number; total: number; blocksize: number } };
declare const global: Pick<BoardGlobals, "moteLeft" | "moteGo">;
declare const module: { exports: object };
declare function print(text: string): void;
declare function setTimeout(run: () => void, ms: number): number;

const TOPIC = "a/b";
/** Calls in a turn: what they queue runs within the measure, and what they send fits the socket. */
const CALLS = 5;
/** Turns in a round; of the rounds the best counts. */
const TURNS = 200;
const ROUNDS = 7;

const steps: (() => void)[] = [];
let base = 0;
let messagesDue = 0;

function next(): void {
  const step = steps.shift();
  if (step) step();
}

/** Does something in a turn of its own, so that what the one before left behind is gone. */
function then(ms: number, run: () => void): void {
  steps.push(() => {
    run();
    setTimeout(next, ms);
  });
}

function usage(): number {
  return process.memory().usage;
}

function tell(name: string, value: number): void {
  print(`MOTE ${name} ${value}`);
}

/** Weighs what a program takes once it has run for a while; it goes on running. */
function weigh(load: () => void): void {
  then(50, () => {
    tell("engine.blocksize", process.memory().blocksize);
    tell("engine.total", process.memory().total);
  });
  // The first time makes variables of its own.
  for (let i = 0; i < 2; i++) {
    then(50, () => {
      base = usage();
    });
  }
  then(2_000, load);
  then(50, () => tell("vars", usage() - base));
  setTimeout(next, 100);
}

/** Weighs the application, and what it keeps of a number of messages there and back. */
function weighApp(messages: number): void {
  global.moteLeft = 0;
  global.moteGo = 0;
  weigh(() => require("app"));
  then(50, () => {
    messagesDue = messages;
    setTimeout(exchange, 50);
  });
}

/** No closure and no step is left in the measure: each would count. */
function exchange(): void {
  base = usage();
  global.moteLeft = messagesDue;
  global.moteGo = 1;
  setTimeout(poll, 100);
}

function poll(): void {
  if (global.moteLeft >= 0) setTimeout(poll, 100);
  else setTimeout(finish, 1_000);
}

function finish(): void {
  tell("net", usage() - base);
  tell("done", 1);
}

/** Runs the application. */
function runApp(): void {
  then(2_000, () => require("app"));
  then(1, () => tell("done", 1));
  setTimeout(next, 100);
}

/** Weighs MQTT.js, which Espruino offers. */
function weighPeer(port: number): void {
  weigh(() => {
    const peer = require("peer").create("127.0.0.1", { port, client_id: "peer" });
    peer.on("connected", () => peer.subscribe(TOPIC));
    peer.on("publish", ignore);
    peer.connect();
  });
  then(1, () => tell("done", 1));
}

/** Processor time of this process in microseconds. */
function cpu(): number {
  // biome-ignore lint/style/useNodejsImportProtocol: this is Espruino's module, which has no protocol
  return Number(require("fs").readFileSync("/proc/self/schedstat").split(" ")[0]) / 1_000;
}

interface Subject {
  readonly name: string;
  readonly run: () => void;
  /** What follows each turn: what was sent has gone out. */
  readonly after: () => void;
  best: number;
}

/** Measures one round of calls, then goes on. */
function round(subject: Subject): void {
  steps.push(() => {
    const began = cpu();
    let turns = 0;
    const turn = () => {
      for (let i = 0; i < CALLS; i++) subject.run();
      subject.after();
      turns++;
      if (turns < TURNS) {
        setTimeout(turn, 1);
        return;
      }
      const took = (cpu() - began) / (CALLS * TURNS);
      if (subject.best === 0 || took < subject.best) subject.best = took;
      setTimeout(next, 1);
    };
    turn();
  });
}

/** Times things in turn, so that what else the machine does meets all alike. */
function time(subjects: Subject[]): void {
  for (let i = 0; i < ROUNDS; i++) subjects.forEach(round);
  then(1, () => {
    const idle = subjects[0].best;
    subjects.forEach((subject) => {
      tell(subject.name, subject.best - idle);
    });
  });
}

function subject(name: string, run: () => void, after: () => void): Subject {
  return { name, run, after, best: 0 };
}

function ignore(): void {
  // The application costs the same with every client.
}

function text(length: number): string {
  let result = "";
  while (result.length < length) result += "x";
  return result;
}

/** A PUBLISH of QoS 0 as it comes from the broker. */
function publishPacket(length: number): string {
  const remaining = 2 + TOPIC.length + length;
  return String.fromCharCode(0x30, remaining, 0, TOPIC.length) + TOPIC + text(length);
}

/** Silences a socket: what is to be sent goes nowhere. */
function silence(socket: Socket): void {
  socket.write = () => false;
}

/** Times QoS 0 of the client and of its peer. */
function timeBoth(port: number): void {
  const timed = require("timed");
  const session = timed.connect(port);
  const peer = require("peer").create("127.0.0.1", { port, client_id: "peer" });
  const topic = timed.newTopic(TOPIC);
  peer.on("publish", ignore);
  peer.connect();
  then(1_500, () => undefined);
  then(1, () => {
    const socket = timed.socketOf(session);
    if (socket === undefined) throw new Error("no connection");
    silence(socket);
    silence(peer.client);
    const ours = socket["#ondata"][0];
    const theirs = peer.client["#ondata"][0];
    const drained = socket["#ondrain"][0];
    const subjects = [subject("us.idle", ignore, ignore)];
    [5, 64].forEach((length) => {
      const bytes = new Uint8Array(length);
      const words = text(length);
      const packet = publishPacket(length);
      const publish = () => timed.publish(session, topic, bytes, length, 0);
      const drain = () => drained.call(socket, "");
      subjects.push(
        subject(`us.publish${length}`, publish, drain),
        subject(`peer.us.publish${length}`, () => peer.publish(TOPIC, words), ignore),
        subject(`us.receive${length}`, () => ours.call(socket, packet), ignore),
        subject(`peer.us.receive${length}`, () => theirs.call(peer.client, packet), ignore),
      );
    });
    time(subjects);
    then(1, () => tell("done", 1));
  });
  setTimeout(next, 100);
}

// No `export`: esbuild would make getters in a loop, whose closures Espruino lets share one binding.
module.exports = { weighApp, runApp, weighPeer, timeBoth };
