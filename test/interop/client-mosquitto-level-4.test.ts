import { test } from "node:test";
import { FEATURES } from "./client-features.js";
import { Mosquitto } from "./mosquitto.js";

for (const [what, feature] of Object.entries(FEATURES)) {
  test(`mosquitto, protocol level 4: ${what}`, async (context) => {
    const { port } = await Mosquitto.start(context);
    await feature({ context, port, protocolVersion: 4 });
  });
}
