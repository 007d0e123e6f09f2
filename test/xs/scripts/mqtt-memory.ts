import host from "host";
import { measure } from "./meter.js";
import { MqttPlay } from "./mqtt-behaviours.js";

// What a publish and a message cost in the words of ECMA-419: argument 0 says how many.

const runs = Number(host.argument(0));
const play = new MqttPlay();
play.opens();
play.isLogging = false;

const puback = new Uint8Array([0x40, 2, 0, 0]);
measure("write.qos1", runs, () => play.exchange(puback));
const message = new Uint8Array([0x32, 9, 0, 3, 0x6c, 0x65, 0x64, 0, 7, 0x6f, 0x6e]);
measure("read.qos1", runs, () => play.says(message));
