import { testPowerCuts } from "./power-play.js";
import { PUBLISHES } from "./power-roles.js";

testPowerCuts(PUBLISHES);
