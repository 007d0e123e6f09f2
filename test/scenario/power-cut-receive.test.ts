import { testPowerCuts } from "./power-play.js";
import { RECEIVES } from "./power-roles.js";

testPowerCuts(RECEIVES);
