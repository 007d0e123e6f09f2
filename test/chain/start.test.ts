import assert from "node:assert/strict";
import { test } from "node:test";
import { freePort } from "../interop/free-port.js";
import { startMosquittoSub } from "../interop/mosquitto-sub.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";
import { Terminal } from "./terminal.js";

const FIRST_READING_MS = 20_000;
const END_MS = 2_000;
const READING = /^mote\/sim-1\/(temperature|humidity|battery|counter) -?\d+(\.\d+)?$/;

test("mote start: mosquitto_sub sees online and readings that keep coming; Ctrl-C says offline and ends", async (context) => {
  const startMs = performance.now();
  const port = await freePort();
  const mote = new MoteProcess(context, ["start", "--listen", String(port)]);
  await mote.waitFor(/broker mqtt:/, FIRST_READING_MS);
  const lines = startMosquittoSub(context, port);
  const has = (text: string) => lines.some((line) => line.text === text);
  const readings = () => lines.filter((line) => READING.test(line.text)).length;
  await within(
    FIRST_READING_MS,
    () => `online and a reading in ${JSON.stringify(lines)}`,
    () => has("mote/sim-1/status online") && readings() >= 4,
  );
  const took = performance.now() - startMs;
  assert.ok(took < FIRST_READING_MS, `${took} ms`);
  const before = readings();
  await within(
    10_000,
    () => "readings that keep coming",
    () => readings() >= before + 8,
  );
  context.diagnostic(`first readings after ${Math.round(took)} ms`);

  const interruptedAt = performance.now();
  // The terminal sends it to all of its programs, and npm passes its own on.
  mote.signal("SIGINT");
  mote.signal("SIGINT");
  assert.equal(await mote.exit(), 0, mote.text);
  const ended = performance.now() - interruptedAt;
  assert.ok(ended < END_MS, `${ended} ms`);
  context.diagnostic(`ended ${Math.round(ended)} ms after Ctrl-C`);
  await within(
    500,
    () => `offline in ${JSON.stringify(lines.slice(-5))}`,
    () => has("mote/sim-1/status offline"),
  );
  assert.doesNotMatch(mote.text, /\n\s+at /);
});

test("npm start in a terminal: Ctrl-C says offline and ends with exit code 0", async (context) => {
  const port = await freePort();
  const environment = { MOTE_STATE: temporaryFolder(context), NO_COLOR: "1" };
  const args = ["start", "--", "--listen", String(port)];
  const terminal = new Terminal(context, "npm", args, environment);
  await within(
    FIRST_READING_MS,
    () => `the broker in:\n${terminal.text}`,
    () => terminal.text.includes(`:${port}`),
  );
  const lines = startMosquittoSub(context, port);
  const has = (text: string) => lines.some((line) => line.text === text);
  await within(
    FIRST_READING_MS,
    () => `online in ${JSON.stringify(lines)}`,
    () => has("mote/sim-1/status online"),
  );

  const interruptedAt = performance.now();
  terminal.interrupt();
  assert.equal(await terminal.exit(), 0, terminal.text);
  const ended = performance.now() - interruptedAt;
  assert.ok(ended < END_MS, `${ended} ms`);
  await within(
    500,
    () => `offline in ${JSON.stringify(lines.slice(-5))}`,
    () => has("mote/sim-1/status offline"),
  );
  assert.doesNotMatch(terminal.text, /\n\s+at /);
});
