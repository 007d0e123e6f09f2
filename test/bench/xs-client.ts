import { existsSync } from "node:fs";
import { join } from "node:path";
import { startFloodBroker } from "../xs/flood-broker.js";
import type { Cost } from "../xs/scripts/meter.js";
import { builtWidths, runScript } from "../xs/xs-host.js";
import { beside, type Figure } from "./figure.js";

const MESSAGES = 20_000;
/** In turn, so that both meet the same machine; the quickest counts, since other work only adds. */
const ROUNDS = 4;
/** Without a network, in the tests' rig: for what has no peer. */
const RIG_MESSAGES = 20_000;
/** Of an ESP32. */
const SLOT_BYTES = 16;
const PEER = "examples/io/tcp/mqttclient/mqttclient.js";
const NAME = "Moddable's client";

/** What a message costs in XS over the host's TCP, beside Moddable's client where MODDABLE names its SDK. */
export async function* xsFigures(): AsyncGenerator<Figure> {
  const peer = peerModule();
  const broker = await startFloodBroker();
  const measure = async (script: string): Promise<Cost[]> => {
    const run = (messages: number) =>
      runScript<Cost>(bits, script, [String(broker.port), String(messages)], peer);
    return [...(await run(0)), ...(await run(MESSAGES))];
  };
  const [bits] = builtWidths();
  try {
    let ours: Cost[] = [];
    let theirs: Cost[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours = quickest(ours, await measure("contest-ours"));
      if (peer !== undefined) theirs = quickest(theirs, await measure("contest-peer"));
    }
    for (const cost of ours) {
      yield* costFigures(
        `client.xs.${cost.name}`,
        cost,
        theirs.find(({ name }) => name === cost.name),
      );
    }
    for (const version of [4, 5] as const) {
      const rig = await runScript<Cost>(bits, "client-memory", [
        String(RIG_MESSAGES),
        String(version),
      ]);
      for (const cost of rig) {
        const isMeasured = /^(publish|receive)\.qos\d$/.test(cost.name);
        if (!isMeasured || (version === 4 && !cost.name.endsWith("2"))) continue;
        yield* costFigures(`client.xs.${version === 5 ? "v5." : ""}${cost.name}`, cost, undefined);
      }
    }
  } finally {
    broker.close();
  }
}

function quickest(before: readonly Cost[], costs: readonly Cost[]): Cost[] {
  return costs.map((cost) => {
    const other = before.find(({ name }) => name === cost.name);
    return other && other.microseconds < cost.microseconds ? other : cost;
  });
}

function peerModule(): string | undefined {
  const moddable = process.env["MODDABLE"];
  if (moddable === undefined) {
    console.error("bench: MODDABLE names no copy of Moddable's SDK: client.xs has no peer");
    return undefined;
  }
  const path = join(moddable, PEER);
  if (!existsSync(path)) throw new Error(`MODDABLE has no ${PEER}`);
  return path;
}

function* costFigures(name: string, cost: Cost, peer: Cost | undefined): Generator<Figure> {
  const figure = (part: string, unit: string, of: (cost: Cost) => number) => {
    const own = { name: `${name}.${part}`, value: of(cost), unit };
    return peer === undefined ? own : beside(own, NAME, of(peer));
  };
  if (cost.name === "ram.connected") {
    yield figure("bytes", "bytes", ({ slots, chunkBytes }) => slots * SLOT_BYTES + chunkBytes);
    return;
  }
  yield figure("slots", "slots", ({ slots }) => slots);
  yield figure("chunks", "chunks", ({ chunks }) => chunks);
  yield figure("us", "us", ({ microseconds }) => microseconds);
}
