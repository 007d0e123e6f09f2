import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { findProgram, Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const PATIENCE_MS = 10_000;
const TOPIC = "mote/sim-1/command/print";
const READINGS = "mote/sim-1/counter";

for (const flags of [
  ["-q", "1"],
  ["-q", "2"],
  ["-q", "1", "-r"],
]) {
  test(`a command of 70,000 bytes (${flags.join(" ")}) is dropped; readings go on and the next command arrives`, async (context) => {
    const broker = await Mosquitto.start(context);
    const observer = await Observer.start(context, broker.port);
    const link = join(temporaryFolder(context), "board");
    new MoteProcess(context, ["sim", "--link", link, "--every", "300"]);
    const gateway = new MoteProcess(context, ["bridge", "-p", link, "-b", broker.url]);
    const readings = () => observer.payloads(READINGS).length;
    const readingsAbove = (count: number) =>
      within(
        PATIENCE_MS,
        () => gateway.text,
        () => readings() > count,
      );
    await readingsAbove(1);
    publish(broker.port, flags, "7".repeat(70_000));
    await gateway.waitFor(/message of 700\d\d bytes on "mote\/sim-1\/command\/print"/, PATIENCE_MS);
    publish(broker.port, ["-q", "1"], "still there");
    await gateway.waitFor(/console: still there/, PATIENCE_MS);
    await readingsAbove(readings() + 5);
    assert.doesNotMatch(gateway.text, /above the limit.*stream closed/s);
    assert.deepEqual(observer.payloads("mote/sim-1/status"), ["online"]);
  });
}

function publish(port: number, flags: readonly string[], payload: string): void {
  const program = findProgram("mosquitto_pub", "mosquitto-clients");
  const args = ["-p", String(port), "-t", TOPIC, ...flags, "-s"];
  const { status, stderr } = spawnSync(program, args, { input: payload });
  assert.equal(status, 0, String(stderr));
}
