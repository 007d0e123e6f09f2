import { test } from "node:test";
import { exerciseClient } from "./client-exercise.js";
import { Mosquitto } from "./mosquitto.js";

test("the client and mosquitto understand each other over TCP", async (context) => {
  const broker = await Mosquitto.start(context);
  await exerciseClient(broker.port, "mote-mosquitto");
});
