import { existsSync } from "node:fs";
import { join } from "node:path";
import { startFloodBroker } from "./flood-broker.js";
import type { Bits } from "./host-path.js";
import type { Cost } from "./scripts/meter.js";
import { builtWidths, runScript } from "./xs-host.js";

// What a message costs in XS: `node build/test/xs/bench.js`, beside Moddable's client with
// MODDABLE=/path/to/moddable. One JSON object per line with --json, else a table.

const MESSAGES = 20_000;
/** Of an ESP32. */
const SLOT_BYTES = 16;
const PEER = "examples/io/tcp/mqttclient/mqttclient.js";

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  readonly ratio?: number;
}

function memory(cost: Cost): number {
  return cost.slots * SLOT_BYTES + cost.chunkBytes;
}

function figures(ours: readonly Cost[], theirs: readonly Cost[]): Figure[] {
  const figure = (name: string, unit: string, value: number, peerValue: number | undefined) =>
    peerValue === undefined
      ? { name, value, unit }
      : { name, value, unit, peer: "moddable", peerValue, ratio: value / peerValue };
  return ours.flatMap((cost) => {
    const peer = theirs.find((line) => line.name === cost.name);
    const name = `client.xs.${cost.name}`;
    if (cost.name === "ram.connected") {
      return [figure(`${name}.bytes`, "bytes", memory(cost), peer && memory(peer))];
    }
    return [
      figure(`${name}.slots`, "slots", cost.slots, peer?.slots),
      figure(`${name}.chunks`, "chunks", cost.chunks, peer?.chunks),
      figure(`${name}.us`, "us", cost.microseconds, peer?.microseconds),
    ];
  });
}

function print(figure: Figure): void {
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify(figure));
    return;
  }
  const { name, value, unit, peerValue, ratio } = figure;
  const beside =
    peerValue === undefined || ratio === undefined
      ? ""
      : `  Moddable ${peerValue.toFixed(3)}  ratio ${ratio.toFixed(3)}`;
  console.log(`${name.padEnd(36)} ${value.toFixed(3).padStart(10)} ${unit}${beside}`);
}

/** What it keeps, then what its messages cost, each in a process of its own. */
async function measure(script: string): Promise<Cost[]> {
  const run = (messages: number) =>
    runScript<Cost>(bits, script, [String(broker.port), String(messages)], peer);
  return [...(await run(0)), ...(await run(MESSAGES))];
}

const bits: Bits = process.argv.includes("--64") ? 64 : builtWidths()[0];
const moddable = process.env["MODDABLE"];
const peer = moddable === undefined ? undefined : join(moddable, PEER);
if (peer !== undefined && !existsSync(peer)) throw new Error(`MODDABLE has no ${PEER}`);

const broker = await startFloodBroker();
const ours = await measure("contest-ours");
const theirs = peer === undefined ? [] : await measure("contest-peer");
broker.close();
for (const figure of figures(ours, theirs)) print(figure);
