import host from "host";
import { playMqtt } from "./mqtt-behaviours.js";

for (const line of playMqtt()) host.print(JSON.stringify(line));
