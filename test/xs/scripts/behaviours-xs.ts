import host from "host";
import { playBehaviours } from "./behaviours.js";

for (const line of playBehaviours()) host.print(JSON.stringify(line));
