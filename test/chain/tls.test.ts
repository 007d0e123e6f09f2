import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const PATIENCE_MS = 15_000;

test("mqtts:// reaches a broker that a known authority vouches for, and no other", async (context) => {
  const broker = await Mosquitto.start(context, { tls: true });
  const observer = await Observer.start(context, broker.port);
  const link = join(temporaryFolder(context), "board");
  const board = new MoteProcess(context, ["sim", "--link", link, "--every", "200"]);
  await board.waitFor(/connect with/, PATIENCE_MS);

  const stranger = new MoteProcess(context, ["bridge", "-p", link, "-b", broker.tlsUrl]);
  await stranger.waitFor(/cannot reach broker mqtts.*self-signed certificate/, PATIENCE_MS);
  assert.equal(observer.payloads("mote/sim-1/counter").length, 0);
  await stranger.kill();

  const trust = { NODE_EXTRA_CA_CERTS: broker.authority };
  const gateway = new MoteProcess(context, ["bridge", "-p", link, "-b", broker.tlsUrl], [], trust);
  await within(
    PATIENCE_MS,
    () => gateway.text,
    () => observer.payloads("mote/sim-1/counter").length > 3,
  );
});
