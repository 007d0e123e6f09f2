import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, type Loader } from "esbuild";
import { startEmbeddedBroker } from "../../host/broker/embedded.js";
import { bundleForEspruino, type EspruinoBundle } from "../../host/build/espruino.js";
import { FEATURE_SETS } from "../../host/build/feature-sets.js";
import type { StorageFile } from "../../host/deploy/repl-upload.js";
import { Log } from "../../host/log.js";
import { EspruinoBoard, type Figures } from "./espruino-board.js";
import { publishAll } from "./publisher.js";
import { hashOfFolder, noteResult } from "./results.js";

/**
 * Weighs and times the client in real Espruino for Linux, beside Espruino's own MQTT module, and notes the
 * figures.
 *
 *     ESPRUINO=/path/to/espruino ESPRUINO_DOCS=/path/to/EspruinoDocs npm run device:espruino
 *
 * Variables are counted with the programs in Storage. Time is taken with them in memory: the Linux build
 * opens a file for each read of its flash, which no board does.
 */

/** The variables of an ESP32: so many, of so many bytes. */
const BLOCK_BYTES = 14;
const BLOCKS = 16_383;

/** What a figure must not exceed; the peer's figures are bars too. */
const BARS: Readonly<Record<string, number>> = {
  "qos01.vars": 420,
  "full.vars": 700,
  "qos01.qos0.net": 0,
  "qos01.qos1.net": 0,
  "full.qos2.net": 0,
  "chunks.lost": 0,
};
const PEER = "peer.";
/** Messages there and back, by QoS. */
const MESSAGES = [10_000, 2_000, 1_000] as const;
const TOPIC = "a/b";

type FeatureSet = keyof typeof FEATURE_SETS;

interface Run {
  readonly binary: string;
  readonly port: number;
}

const figures: Figures = new Map();
const binary = process.env["ESPRUINO"];
const docs = process.env["ESPRUINO_DOCS"];

if (binary === undefined || docs === undefined) {
  console.error("ESPRUINO must name a binary of Espruino for Linux: 32-bit, 16383 variables;");
  console.error("ESPRUINO_DOCS a copy of EspruinoDocs, whose modules/MQTT.js is the peer");
  process.exitCode = 2;
} else {
  await measure(binary, docs);
}

async function measure(board: string, documents: string): Promise<void> {
  const broker = await startBroker(0);
  const run = { binary: board, port: broker.port };
  try {
    const peer = storageFile("peer", await minified(join(documents, "modules/MQTT.js"), "js"));
    await weighPeer(run, peer);
    await weigh(run, "qos01", [0, 1]);
    await weigh(run, "full", [0, 1, 2]);
    figures.set("v5.bytes", (await bundle("app", "espruino-app.ts", "v5")).code.length);
    await time(run, peer);
    await receiveChunks(run);
  } finally {
    await broker.close(0);
  }
  const isOver = report();
  await noteResult("espruino", {
    firmware: await hashOfFolder("firmware"),
    engine: `Espruino for Linux, ${BLOCKS} variables of ${BLOCK_BYTES} bytes`,
    figures: Object.fromEntries(figures),
  });
  if (isOver) process.exitCode = 1;
}

function startBroker(port: number): ReturnType<typeof startEmbeddedBroker> {
  const log = new Log({ sink: () => undefined, now: Date.now, debug: false });
  return startEmbeddedBroker({ host: "127.0.0.1", port, log });
}

async function weighPeer(run: Run, peer: StorageFile): Promise<void> {
  const found = await onBoard(run, [peer], `require("bench").weighPeer(${run.port})`);
  const isSame =
    found.get("engine.blocksize") === BLOCK_BYTES && found.get("engine.total") === BLOCKS;
  if (!isSame) throw new Error(`ESPRUINO must have ${BLOCKS} variables of ${BLOCK_BYTES} bytes`);
  figures.set(`${PEER}vars`, found.get("vars") ?? 0);
}

async function weigh(run: Run, set: FeatureSet, levels: readonly (0 | 1 | 2)[]): Promise<void> {
  const app = await bundle("app", "espruino-app.ts", set);
  show(set, app);
  figures.set(`${set}.bytes`, app.code.length);
  for (const qos of levels) {
    const globals = `global.motePort=${run.port};global.moteQos=${qos}`;
    const statement = `${globals};require("bench").weighApp(${MESSAGES[qos]})`;
    const found = await onBoard(run, [storageFile("app", app.code)], statement);
    if (qos === 0) figures.set(`${set}.vars`, found.get("vars") ?? 0);
    figures.set(`${set}.qos${qos}.net`, found.get("net") ?? 0);
  }
}

async function time(run: Run, peer: StorageFile): Promise<void> {
  const timed = await bundle("timed", "espruino-timed.ts", "qos01");
  const inMemory = `["timed","peer","bench"].forEach(n=>Modules.addCached(n,""+require("Storage").read(n)))`;
  const found = await onBoard(
    run,
    [storageFile("timed", timed.code), peer],
    `${inMemory};require("bench").timeBoth(${run.port})`,
  );
  for (const [name, value] of found) {
    if (name !== "us.idle") figures.set(name, Math.round(value * 10) / 10);
  }
}

/** Messages that TCP cuts anywhere, and one that no buffer holds, all arrive or are told. */
async function receiveChunks(run: Run): Promise<void> {
  const app = await bundle("app", "espruino-app.ts", "qos01");
  const board = await EspruinoBoard.start(run.binary, await files([storageFile("app", app.code)]));
  try {
    const globals = `global.motePort=${run.port};global.moteQos=0;global.moteLeft=0`;
    await board.run(`${globals};require("bench").runApp()`);
    const small = Array.from({ length: 100 }, (_, i) => Buffer.alloc(20 + i, i));
    await publishAll(run.port, TOPIC, [...small, Buffer.alloc(3_000), ...small]);
    await board.run('setTimeout(()=>print("MOTE done 1"),2000)');
    const found = await board.run('print("MOTE received "+-moteLeft+"\\nMOTE done 1")');
    figures.set("chunks.lost", 201 - (found.get("received") ?? 0));
  } finally {
    await board.stop();
  }
}

async function onBoard(
  run: Run,
  programs: readonly StorageFile[],
  statement: string,
): Promise<Figures> {
  const board = await EspruinoBoard.start(run.binary, await files(programs));
  try {
    return await board.run(statement);
  } finally {
    await board.stop();
  }
}

async function files(programs: readonly StorageFile[]): Promise<StorageFile[]> {
  const bench = storageFile("bench", await minified("test/device/espruino-bench.ts", "ts"));
  return [...programs, bench];
}

function bundle(name: string, entry: string, set: FeatureSet): Promise<EspruinoBundle> {
  return bundleForEspruino({
    firmware: "firmware",
    entry: `../test/device/${entry}`,
    name,
    features: FEATURE_SETS[set],
    publicFiles: ["../test/device/board-globals.ts"],
  });
}

/** One minified CommonJS module; the board's own modules stay outside. */
async function minified(file: string, loader: Loader): Promise<string> {
  const result = await build({
    stdin: { contents: `${await readFile(file, "utf8")}\n`, loader, sourcefile: file },
    bundle: true,
    minify: true,
    write: false,
    format: "cjs",
    platform: "neutral",
    target: "es2015",
    external: ["app", "timed", "peer", "fs", "net"],
    logLevel: "error",
  });
  return result.outputFiles[0]?.text.trim() ?? "";
}

function storageFile(name: string, code: string): StorageFile {
  return { name, content: Buffer.from(code, "latin1") };
}

function show(set: FeatureSet, app: EspruinoBundle): void {
  console.log(`\n${set}: bytes by file, and functions in memory`);
  for (const { file, bytes } of app.parts) console.log(file.padEnd(44) + String(bytes).padStart(7));
  console.log(app.hot.join(" "));
}

/** @returns whether a figure exceeds its bar */
function report(): boolean {
  let isOver = false;
  console.log(`\n${"figure".padEnd(30)}${"value".padStart(10)}${"bar".padStart(10)}`);
  for (const [name, value] of figures) {
    const bar = BARS[name] ?? figures.get(PEER + name);
    const verdict = bar === undefined || value <= bar ? "" : "  over";
    if (verdict !== "") isOver = true;
    console.log(
      `${name.padEnd(30)}${String(value).padStart(10)}${String(bar ?? "").padStart(10)}${verdict}`,
    );
  }
  return isOver;
}
