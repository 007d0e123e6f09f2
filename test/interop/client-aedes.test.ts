import { test } from "node:test";
import { startEmbeddedBroker } from "../../host/broker/embedded.js";
import { Log } from "../../host/log.js";
import { FEATURES } from "./client-features.js";

for (const [what, feature] of Object.entries(FEATURES)) {
  test(`embedded broker: ${what}`, async (context) => {
    const log = new Log({ sink: () => undefined, now: () => 0, debug: false });
    const broker = await startEmbeddedBroker({ host: "127.0.0.1", port: 0, log });
    context.after(() => broker.close(500));
    await feature({ context, port: broker.port, protocolVersion: 4, isAedes: true });
  });
}
