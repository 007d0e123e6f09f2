import { contest, messages } from "./contest.js";
import { OurContestant } from "./our-contestant.js";

/** The peer has no window: ours is to be no narrower than a burst. */
const WIDE = { arenaBytes: 4096, inFlightWindow: 64 };
const USUAL = { arenaBytes: 1024, inFlightWindow: 16 };

contest((address, port) => new OurContestant(address, port, messages > 0 ? WIDE : USUAL));
