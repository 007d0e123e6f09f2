import { testPowerCuts } from "./power-play.js";
import { ANSWERS } from "./power-roles.js";

testPowerCuts(ANSWERS);
