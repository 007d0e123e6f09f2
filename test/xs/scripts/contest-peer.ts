import { contest } from "./contest.js";
import { PeerContestant } from "./peer-contestant.js";

contest((address, port) => new PeerContestant(address, port));
