import type { ClientOptions } from "../../firmware/session/options.js";
import { DROP_OLDEST, KEEP_LATEST, REFUSE, Topic } from "../../firmware/session/topic.js";
import type { BrokerOptions } from "../sim/broker/options.js";
import type { Version } from "../sim/broker/rules.js";
import type { Random } from "../sim/random.js";

/** How often each thing happens, among all that do. */
const WEIGHTS = {
  publish: 30,
  stream: 5,
  say: 16,
  subscribe: 8,
  unsubscribe: 3,
  pause: 2,
  resume: 3,
  run: 22,
  cut: 10,
  hold: 2,
  letGo: 3,
  pace: 3,
  kill: 2,
  revive: 4,
  loseSession: 1,
  silence: 1,
  delay: 3,
  answer: 3,
  takeOver: 2,
  refuse: 1,
  dismiss: 2,
  limit: 2,
  close: 2,
  abandon: 1,
  start: 4,
  wrap: 2,
} as const;

export type Deed = keyof typeof WEIGHTS;

const DEEDS = Object.entries(WEIGHTS).flatMap(([deed, weight]) =>
  new Array<Deed>(weight).fill(deed as Deed),
);

/** Something that happens, with two numbers, 0 to 2^32 - 1, that say how. */
export interface Step {
  readonly deed: Deed;
  readonly a: number;
  readonly b: number;
}

/** Who takes part in a scenario. */
export interface Cast {
  readonly version: Version;
  readonly client: Partial<ClientOptions>;
  readonly broker: Partial<BrokerOptions>;
  readonly topics: readonly Topic[];
  /** The client answers each message, as long as there are so many left. */
  readonly echoes: number;
  /** The client pauses at each message with a number that this divides; 0: never. */
  readonly pausesAt: number;
  /** How often the client leaves in the middle of a message, to come back at once. */
  readonly leaves: number;
  /** The line takes head and payload of a packet in one call. */
  readonly joinsPairs: boolean;
  readonly seed: number;
}

/** The topic whose publishes a version 5 broker refuses. */
const REFUSED_TOPIC = "up/refused";
const TOPIC_COUNT = 8;

export function drawSteps(random: Random): Step[] {
  const count = 8 + random.below(40);
  return Array.from({ length: count }, () => {
    const deed = DEEDS[random.below(DEEDS.length)];
    return { deed, a: random.next(), b: random.next() };
  });
}

export function drawCast(random: Random): Cast {
  const version = random.below(2) === 0 ? 4 : 5;
  const inboxCapacity = 1 + random.below(5);
  return {
    version,
    client: drawClient(random, version, inboxCapacity),
    broker: drawBroker(random, inboxCapacity),
    topics: Array.from({ length: TOPIC_COUNT }, (_, index) => drawTopic(random, index)),
    echoes: random.below(3) === 0 ? 10 : 0,
    pausesAt: random.below(4) === 0 ? 3 : 0,
    leaves: random.below(6) === 0 ? 3 : 0,
    joinsPairs: random.below(2) === 0,
    seed: random.next(),
  };
}

function drawClient(
  random: Random,
  version: Version,
  inboxCapacity: number,
): Partial<ClientOptions> {
  return {
    protocolVersion: version,
    cleanSession: random.below(8) === 0,
    keepAliveSeconds: 30 * random.below(4),
    arena: new Uint8Array(128 + random.below(1024)),
    receiveBuffer: new Uint8Array(48 + random.below(64)),
    streamBuffer: new Uint8Array(16 + random.below(16)),
    receivesPieces: random.below(2) === 0,
    inFlightWindow: 1 + random.below(5),
    inboxCapacity,
    subscriptionCapacity: 2 + random.below(3),
    resendsDoubtful: random.below(3) > 0,
    maximumMessages: random.below(3) === 0 ? 2 + random.below(6) : 0,
    outcomeCapacity: 256,
    aliasCapacity: random.below(4),
    topicAliasMaximum: random.below(3),
    sessionExpirySeconds: random.below(4) === 0 ? 300 : undefined,
  };
}

function drawBroker(random: Random, inboxCapacity: number): Partial<BrokerOptions> {
  // In 3.1.1 nothing tells the broker how many messages the client keeps apart.
  const inFlightWindow = 1 + random.below(inboxCapacity);
  return {
    inFlightWindow,
    lastPacketId: inFlightWindow + 1 + random.below(4),
    // A line that holds bytes back is no fault of the client's.
    answerDueMs: Number.POSITIVE_INFINITY,
    usesAliases: random.below(2) === 0,
    deliversQos2: random.below(2) === 0 ? "at PUBLISH" : "at PUBREL",
    countsEarlier: random.below(2) === 0,
    connackProperties: drawLimits(random.next()),
    publishCode: (topic) => (topic === REFUSED_TOPIC ? 0x97 : 0),
    subackCode: (filter) => (filter === "denied" ? 0x80 : undefined),
  };
}

/** What the broker offers, as a number has it. */
export function drawLimits(number: number): BrokerOptions["connackProperties"] {
  const limits: BrokerOptions["connackProperties"] = { topicAliasMaximum: number & 3 };
  if (number & 4) limits.receiveMaximum = 1 + ((number >>> 3) & 3);
  if ((number & 0x60) === 0x60) limits.maximumPacketSize = 60 + ((number >>> 7) & 63);
  if ((number & 0x6000) === 0x6000) limits.maximumQoS = 1;
  if ((number & 0x18000) === 0x18000) limits.serverKeepAlive = 20;
  return limits;
}

/** All publishes to one topic are of one QoS and priority, so that their order can be seen. */
function drawTopic(random: Random, index: number): Topic {
  return new Topic(index === 0 ? REFUSED_TOPIC : `up/${index}`, {
    qos: random.below(3),
    priority: random.below(4),
    whenFull: [REFUSE, DROP_OLDEST, KEEP_LATEST][random.below(3)],
    expirySeconds: random.below(4) === 0 ? 1 + random.below(60) : 0,
  });
}
