import type { Direction } from "../sim/cutting-line.js";
import { type Deed, drawLimits, type Step } from "./random-plan.js";
import { CLIENT_ID, type RandomWorld, wrapIdentifiers } from "./random-world.js";

const FILTERS = ["down/#", "down/1", "down/+/x", "denied"];
const TOPICS = ["down/1", "down/2", "down/3/x"];
const TIMES_MS = [0, 1, 20, 400, 3_000, 15_000, 70_000, 400_000];
const ANSWERS = ["puback", "pubrec", "pubrel", "pubcomp", "suback", "pingresp"] as const;
const ANSWER_DUE_MS = 10_000;
const SERVER_BUSY = { 4: 3, 5: 0x89 } as const;
const REASONS = [0x8b, 0x89, 0x98, 0x80];

type Act = (world: RandomWorld, a: number, b: number) => void;

const ACTS: Readonly<Record<Deed, Act>> = {
  publish: (world, a, b) => {
    const { topics } = world.cast;
    world.publish(topics[a % topics.length], b % 60);
  },
  stream: (world, a, b) => {
    const { topics } = world.cast;
    world.stream(topics[a % topics.length], 8 + (b % 200), a >>> 8);
  },
  say: (world, a, b) => {
    const expiry = (a & 0x700) === 0 ? 1 + (b & 63) : 0;
    const qos = ([0, 1, 2] as const)[(a >>> 4) % 3];
    world.say(
      TOPICS[(a & 15) % TOPICS.length],
      qos,
      4 + ((b >>> 6) % ((a & 0x800) === 0 ? 30 : 200)),
      expiry,
    );
  },
  subscribe: (world, a, b) => {
    const filter = FILTERS[a % FILTERS.length];
    if (world.rig.client.subscribe(filter, b % 3, world.now) >= 0) world.wanted.add(filter);
  },
  unsubscribe: (world, a) => {
    const filter = FILTERS[a % FILTERS.length];
    world.rig.client.unsubscribe(filter, world.now);
    world.wanted.delete(filter);
  },
  pause: (world) => world.rig.client.pause(),
  resume: (world) => world.rig.client.resume(),
  run: (world, a, b) => world.rig.run(TIMES_MS[a % TIMES_MS.length] + (b & 7)),
  cut: (world, a, b) => {
    const { line } = world.rig;
    // Without keep-alive nobody finds out by himself.
    line.tells.client = (b & 7) !== 0 || world.cast.client.keepAliveSeconds === 0;
    line.tells.broker = (b & 0x38) !== 0;
    const direction: Direction = (a & 1) === 0 ? "up" : "down";
    line.cutAfter(direction, (a >>> 1) % 80);
  },
  hold: (world, a) => {
    world.rig.line[(a & 1) === 0 ? "up" : "down"].isHeld = true;
  },
  letGo: (world) => {
    world.rig.line.up.isHeld = world.rig.line.down.isHeld = false;
  },
  pace: (world, a, b) => {
    if (world.cast.leaves === 0) {
      world.rig.line.pieceLength = a & 1 ? Number.POSITIVE_INFINITY : 1 + (a % 9);
    }
    world.rig.line.capacity = b & 1 ? Number.POSITIVE_INFINITY : 1 + (b % 20);
  },
  kill: (world) => {
    world.isDown = true;
    world.rig.broker.kill(world.now);
  },
  revive: (world, a) => {
    if (world.isDown) world.rig.broker.start(a % 3 === 0 ? "nothing" : "everything");
    world.isDown = false;
  },
  loseSession: (world) => world.rig.broker.forgetSession(CLIENT_ID),
  silence: (world, a) => {
    world.rig.broker.options.isSilent = true;
    world.rig.run(TIMES_MS[a % TIMES_MS.length]);
    speakAgain(world);
  },
  delay: (world, a) => {
    // Nothing may overtake what is held.
    world.rig.broker.release();
    world.rig.broker.options.holds = new Set(ANSWERS.filter((_, index) => (a >>> index) & 1));
  },
  answer: (world, a) => world.rig.broker.release(1 + (a % 4)),
  takeOver: (world, a) => {
    world.takeOver();
    world.rig.run(TIMES_MS[a % 4]);
    world.othersLeave();
  },
  refuse: (world, a) => {
    const code = a & 1 ? SERVER_BUSY[world.cast.version] : 0;
    world.rig.broker.options.connackCode = () => code;
  },
  dismiss: (world, a) => world.rig.broker.disconnect(CLIENT_ID, REASONS[a % REASONS.length]),
  limit: (world, a) => {
    world.rig.broker.options.connackProperties = drawLimits(a);
  },
  close: (world, a) => world.rig.client.close(TIMES_MS[a % TIMES_MS.length], world.now),
  abandon: (world) => world.rig.client.abandon(world.now),
  start: (world) => world.rig.client.start(world.now),
  wrap: (world) => {
    // An identifier in doubt would be swallowed.
    if (world.cast.client.resendsDoubtful) wrapIdentifiers(world);
  },
};

export function act(world: RandomWorld, { deed, a, b }: Step): void {
  ACTS[deed](world, a, b);
}

/** What a silent broker swallowed it never says on the same connection. */
function speakAgain(world: RandomWorld): void {
  world.rig.broker.options.isSilent = false;
  if (world.isDown) return;
  world.rig.broker.kill(world.now);
  world.rig.broker.start("everything");
}

/** All that can go wrong ends: the broker is there, the line holds, and the client wants to be connected. */
export function heal(world: RandomWorld): void {
  const { broker, client, line } = world.rig;
  if (world.isDown) broker.start("everything");
  world.isDown = false;
  world.othersLeave();
  broker.options.holds = new Set();
  broker.release();
  broker.options.connackCode = () => 0;
  line.up.isHeld = line.down.isHeld = false;
  line.up.cutAt = line.down.cutAt = Number.POSITIVE_INFINITY;
  line.tells.client = line.tells.broker = true;
  for (const one of broker.connections) if (one.phase === "left") one.lost(world.now);
  client.start(world.now);
  client.resume();
  world.rig.settle();
  broker.options.answerDueMs = ANSWER_DUE_MS;
}
