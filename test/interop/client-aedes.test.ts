import { test } from "node:test";
import { startEmbeddedBroker } from "../../host/broker/embedded.js";
import { Log } from "../../host/log.js";
import { exerciseClient } from "./client-exercise.js";

test("the client and the embedded broker understand each other over TCP", async () => {
  const log = new Log({ sink: () => undefined, now: () => 0, debug: false });
  const broker = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, log });
  try {
    await exerciseClient(broker.port, "mote-aedes");
  } finally {
    await broker.close(500);
  }
});
