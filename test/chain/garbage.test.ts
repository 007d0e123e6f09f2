import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { Random } from "../sim/random.js";
import { Wire } from "../wire/wire.js";
import { bootLog } from "./boot-log.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const MEGABYTE = 1_000_000;
const PATIENCE_MS = 20_000;
/** After the megabyte of each kind that warms everything up. */
const ROUNDS = 8;
/** Half of what goes in: what a collector without haste may let lie. */
const GROWTH_BYTES = ROUNDS * MEGABYTE;
const SETTLE_MS = 500;
const SEED = 8_080;

test("a megabyte of random bytes and one of a boot log neither end the gateway nor make it grow, and the board that then speaks is relayed", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const wire = await Wire.open(context);
  const gateway = new MoteProcess(context, ["bridge", "-p", wire.path, "-b", broker.url]);
  await gateway.waitFor(/waiting for the board to speak/, PATIENCE_MS);
  const random = new Random(SEED);
  await wire.inject(random.bytes(MEGABYTE));
  await wire.inject(bootLog(MEGABYTE, random));
  await sleep(SETTLE_MS);
  assert.ok(gateway.isRunning, gateway.text);
  const before = gateway.residentBytes();

  // Whatever kept what it was given would by now stand out from the collector's breathing.
  for (let round = 0; round < ROUNDS; round++) {
    await wire.inject(random.bytes(MEGABYTE));
    await wire.inject(bootLog(MEGABYTE, random));
  }
  await sleep(SETTLE_MS);
  const growth = gateway.residentBytes() - before;
  context.diagnostic(`resident memory ${mega(before)} MB, grown by ${mega(growth)} MB`);
  assert.ok(gateway.isRunning, gateway.text);
  assert.ok(growth < GROWTH_BYTES, `${growth} bytes`);

  const link = `${temporaryFolder(context)}/board`;
  const board = new MoteProcess(context, ["sim", "--link", link, "--every", "100"]);
  await board.waitFor(/connect with/, PATIENCE_MS);
  await wire.attach(link);
  const took = await within(
    PATIENCE_MS,
    () => gateway.text,
    () => observer.payloads("mote/sim-1/counter").length >= 5,
  );
  context.diagnostic(`5 readings ${took} ms after the board was plugged in`);
  assert.doesNotMatch(gateway.text, /\n\s+at /);
});

function mega(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}
