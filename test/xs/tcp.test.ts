import assert from "node:assert/strict";
import { test } from "node:test";
import { TRANSPORT_CLOSED, TRANSPORT_FAILED } from "../../firmware/status.js";
import { Mosquitto } from "../interop/mosquitto.js";
import type { Cost } from "./scripts/meter.js";
import { builtWidths, runScript, XsScript } from "./xs-host.js";

const MESSAGES = 3_000;
const [bits] = builtWidths();

test("through ECMA-419 TCP and mosquitto, no message allocates at any QoS", async (context) => {
  const broker = await Mosquitto.start(context);
  const costs = await runScript<Cost>(bits, "exchange", [String(broker.port), String(MESSAGES)]);
  const seen = costs.map(({ name, slots, chunks, collections }) => ({
    name,
    slots,
    chunks,
    collections,
  }));
  assert.deepEqual(
    seen,
    [0, 1, 2].map((qos) => ({ name: `exchange.qos${qos}`, slots: 0, chunks: 0, collections: 0 })),
  );
});

test("the TCP transport survives the broker's absence, and packets larger than it moves at once", async (context) => {
  const broker = await Mosquitto.start(context);
  await broker.kill();
  const script = new XsScript(bits, "comeback", [String(broker.port)]);
  context.after(() => script.kill());
  const told: string[] = [];
  for await (const line of script.lines) {
    const what = JSON.parse(line) as string;
    // It tries as often as it likes.
    if (what === told.at(-1)) continue;
    told.push(what);
    if (told.length === 1) await broker.restart();
    if (what === "received" && told.length < 4) await broker.kill();
    if (told.length === 4 && what !== "received") await broker.restart();
    if (what === "received" && told.length > 4) break;
  }
  const lost = `disconnected ${TRANSPORT_CLOSED}`;
  const refused = `disconnected ${TRANSPORT_FAILED}`;
  const life = ["connected", "received"];
  assert.deepEqual(
    told.filter((what, i) => i !== 4 || what !== refused),
    [refused, ...life, lost, ...life],
  );
});
