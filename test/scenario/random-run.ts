import { Random } from "../sim/random.js";
import { act, heal } from "./random-deeds.js";
import { type Cast, drawCast, drawSteps, type Step } from "./random-plan.js";
import { breaches, checkAlways, checkAtRest, isAtRest } from "./random-promises.js";
import { RandomWorld } from "./random-world.js";

/** Within this, everything must have been delivered or reported. */
const HOUR_MS = 3_600_000;
const QUIET_MS = 60_000;

/** Plays the scenario that a seed stands for. Throws with the shortest one that fails likewise. */
export function playSeed(seed: number): void {
  const random = new Random(seed);
  const castSeed = random.next();
  const steps = drawSteps(random);
  const newCast = () => drawCast(new Random(castSeed));
  const failure = play(newCast(), steps);
  if (failure === undefined) return;
  const fewest = shorten(newCast, steps);
  const shortest = play(newCast(), fewest) ?? failure;
  const list = fewest.map(({ deed, a, b }) => `${deed}(${a}, ${b})`).join(" ");
  throw new Error(`seed ${seed}: ${list}\n${describe(newCast())}\n${shortest}`);
}

/** @returns what went wrong, or undefined */
function play(cast: Cast, steps: readonly Step[]): string | undefined {
  const world = new RandomWorld(cast);
  try {
    world.rig.client.start(world.now);
    for (const step of steps) {
      world.rig.broker.transcript.push(`${world.rig.now} ms: ${step.deed}`);
      act(world, step);
      world.rig.settle();
      checkAlways(world);
    }
    comeToRest(world);
    return undefined;
  } catch (error) {
    const lines = [...world.rig.broker.transcript, ...world.rig.told].join("\n");
    return `${error instanceof Error ? error.stack : error}\n${lines}`;
  }
}

function comeToRest(world: RandomWorld): void {
  world.rig.broker.transcript.push(`${world.rig.now} ms: healed`);
  heal(world);
  // A client that was paused by a message stays so until someone looks.
  const isDone = () => {
    if (world.rig.client.session.inbound.isPaused) world.rig.client.resume();
    return isAtRest(world);
  };
  const end = world.rig.now + HOUR_MS;
  let before = 0;
  do {
    world.rig.runUntil(isDone, end - world.rig.now);
    before = breaches(world, true).length;
    world.rig.run(QUIET_MS);
  } while (!isDone() && world.rig.now < end);
  checkAtRest(world);
  const after = breaches(world, true).slice(before);
  if (after.length > 0) throw new Error(`breaches on a sound line: ${after.join(", ")}`);
}

function describe(cast: Cast): string {
  const sizes = (_: string, value: unknown) => (value instanceof Uint8Array ? value.length : value);
  const { client, broker, topics, echoes, pausesAt, leaves } = cast;
  const kinds = topics.map(({ flags, priority, whenFull, expirySeconds }) =>
    [flags, priority, whenFull, expirySeconds].join("/"),
  );
  return JSON.stringify({ client, broker, kinds, echoes, pausesAt, leaves }, sizes);
}

/** Leaves out what is not needed for a failure. */
function shorten(newCast: () => Cast, steps: readonly Step[]): readonly Step[] {
  let fewest = steps;
  for (let size = steps.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < fewest.length; ) {
      const fewer = [...fewest.slice(0, at), ...fewest.slice(at + size)];
      if (play(newCast(), fewer) === undefined) at += size;
      else fewest = fewer;
    }
  }
  return fewest;
}
