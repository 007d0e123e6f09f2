import assert from "node:assert/strict";
import { test } from "node:test";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { Wire } from "../wire/wire.js";
import { NumberedBoard } from "./numbered-board.js";
import { MoteProcess, within } from "./process.js";

const READINGS = 10_000;
const LIMIT_MS = 80_000;
const FAULTS = { flipOneIn: 10_000, dropOneIn: 10_000 };
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
  const { up, down } = wire;
  context.diagnostic(
    `${READINGS} readings in ${took} ms; up: ${up.passed} bytes, ${up.flipped} bits flipped, ${up.dropped} bytes dropped; ` +
      `down: ${down.passed}, ${down.flipped}, ${down.dropped}`,
  );
  context.diagnostic(`board: ${JSON.stringify(board.statistics)}`);

  const payloads = observer.payloads("mote/noisy/counter");
  const expected = Array.from({ length: READINGS }, (_, number) => String(number));
  assert.deepEqual([...new Set(payloads)], expected, "each once, in order, none other");
  assert.ok(up.flipped > 100 && up.dropped > 10 && down.flipped > 100 && down.dropped > 10);
});
