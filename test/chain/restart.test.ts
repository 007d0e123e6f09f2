import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const BOARD_BACK_MS = 5_000;
const GATEWAY_BACK_MS = 8_000;
const PATIENCE_MS = 10_000;

test("a board killed and started on the same path is back within 5 s; nobody touches the gateway", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const path = join(temporaryFolder(context), "board");
  const simulate = () => new MoteProcess(context, ["sim", "--link", path, "--every", "200"]);
  const readings = () => observer.payloads("mote/sim-1/counter").length;
  const gateway = new MoteProcess(context, ["bridge", "-p", path, "--broker", broker.url]);
  let board = simulate();
  await within(
    PATIENCE_MS,
    () => `readings through ${gateway.text}`,
    () => readings() > 5,
  );
  for (let round = 1; round <= 3; round++) {
    await board.kill();
    await sleep(300 * round);
    const before = observer.seen.length;
    board = simulate();
    const isBack = () =>
      observer.seen.slice(before).some(({ topic }) => topic === "mote/sim-1/counter");
    const took = await within(BOARD_BACK_MS, () => gateway.text, isBack);
    context.diagnostic(`board back after ${took} ms`);
    assert.equal(observer.last("mote/sim-1/status"), "online");
  }
  assert.ok(gateway.isRunning);
  assert.doesNotMatch(gateway.text, /\n\s+at /);
});

test("a gateway killed beside live, idle boards has them within 8 s", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const link = join(temporaryFolder(context), "board");
  // Nothing to publish for an hour: only the link itself can notice.
  const idle = ["--boards", "2", "--every", "3600000"];
  const boards = new MoteProcess(context, ["sim", "--link", link, ...idle]);
  await boards.waitFor(/connect with/, PATIENCE_MS);
  const start = () =>
    new MoteProcess(context, ["bridge", "-p", `${link}-1`, `${link}-2`, "-b", broker.url]);
  const names = ["sim-1", "sim-2"];
  const areOnline = () => names.every((name) => observer.last(`mote/${name}/status`) === "online");
  let gateway = start();
  await within(PATIENCE_MS, () => gateway.text, areOnline);
  for (let round = 1; round <= 2; round++) {
    await gateway.kill();
    await within(
      PATIENCE_MS,
      () => "the wills of both boards",
      () => names.every((name) => observer.last(`mote/${name}/status`) === "offline"),
    );
    await sleep(700 * round);
    gateway = start();
    const took = await within(GATEWAY_BACK_MS, () => gateway.text, areOnline);
    context.diagnostic(`gateway has both boards after ${took} ms`);
  }
  assert.ok(boards.isRunning);
});
