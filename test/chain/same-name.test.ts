import { join } from "node:path";
import { test } from "node:test";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const PATIENCE_MS = 10_000;
const TAKEN_OVER_MS = 4_000;

test("a board refused for its name goes on as soon as the one that had it is gone", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const folder = temporaryFolder(context);
  const [first, second] = [join(folder, "first"), join(folder, "second")];
  const simulate = (link: string) =>
    new MoteProcess(context, ["sim", "--link", link, "--every", "100"]);
  const gateway = new MoteProcess(context, ["bridge", "-p", first, second, "-b", broker.url]);
  const readings = () => observer.payloads("mote/sim-1/counter").length;
  const readingsAbove = (count: number, limitMs: number) =>
    within(
      limitMs,
      () => gateway.text,
      () => readings() > count,
    );
  const rival = simulate(first);
  await readingsAbove(3, PATIENCE_MS);
  simulate(second);
  await gateway.waitFor(/"sim-1" is refused: .*first has a live board/, PATIENCE_MS);
  await readingsAbove(readings() + 5, PATIENCE_MS);
  await rival.kill();
  const tookMs = await readingsAbove(readings() + 5, TAKEN_OVER_MS);
  context.diagnostic(`readings again after ${tookMs} ms`);
});
