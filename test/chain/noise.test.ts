import assert from "node:assert/strict";
import { test } from "node:test";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { Wire } from "../wire/wire.js";
import { NumberedBoard } from "./numbered-board.js";
import { MoteProcess, within } from "./process.js";

const READINGS = 10_000;
const LIMIT_MS = 80_000;
const FAULTS = { flip: 1e-4, drop: 1e-4 };
const SEED = 20_260_801;

test("with one bit in 10^4 flipped and one byte in 10^4 dropped both ways, 10,000 QoS 1 readings all arrive, none altered", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const wire = await Wire.open(context, FAULTS, SEED);
  const gateway = new MoteProcess(context, ["bridge", "-p", wire.path, "-b", broker.url]);
  const board = await NumberedBoard.start(context, "noisy", READINGS);
  await wire.attach(board.path);
  const took = await within(
    LIMIT_MS,
    () =>
      `${board.acknowledged} acknowledged; ${JSON.stringify(board.statistics)}\n${gateway.text}`,
    () => board.acknowledged === READINGS,
  );
  const up = wire.up.harm;
  const down = wire.down.harm;
  context.diagnostic(
    `${READINGS} readings in ${took} ms; bits flipped up ${up.flips}, down ${down.flips}; ` +
      `bytes dropped up ${up.drops}, down ${down.drops}`,
  );
  context.diagnostic(`board: ${JSON.stringify(board.statistics)}`);

  const payloads = observer.payloads("mote/noisy/counter");
  const expected = Array.from({ length: READINGS }, (_, number) => String(number));
  assert.deepEqual([...new Set(payloads)], expected, "each once, in order, none other");
  assert.ok(up.flips > 100 && up.drops > 10 && down.flips > 100 && down.drops > 10);
});
