import { testPowerCuts } from "./power-play.js";
import { PUBLISHES_IN_DOUBT } from "./power-roles.js";

testPowerCuts(PUBLISHES_IN_DOUBT);
