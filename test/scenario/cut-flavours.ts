import type { ClientOptions } from "../../firmware/session/options.js";
import { Topic, type TopicOptions } from "../../firmware/session/topic.js";
import type { BrokerOptions } from "../sim/broker/options.js";
import type { Version } from "../sim/broker/rules.js";
import type { LineRig } from "../sim/line-rig.js";

/** What is in use while a connection is cut. */
export interface Flavour {
  readonly name: string;
  readonly versions: readonly Version[];
  readonly windows: readonly number[];
  /** Messages of each QoS. */
  readonly each: number;
  readonly client: Partial<ClientOptions>;
  readonly broker: Partial<BrokerOptions>;
  /** Characters of each payload. */
  readonly payloadLength: number;
  /** The topics to which it is published by turns, made anew for each run: an alias stays with its topic. */
  topics(qos: 0 | 1 | 2): Topic[];
  /** Publishes come from sources. */
  readonly isStreamed: boolean;
  /** Publishes may expire before they are sent. */
  readonly mayExpire: boolean;
  /** The priority of the publish with this number. */
  priority(index: number): number;
  /** Runs once the line was cut. */
  whenCut(rig: LineRig): void;
}

/** Names of `count` topics at one QoS. */
function named(count: number, options: TopicOptions): Topic[] {
  return Array.from({ length: count }, (_, i) => new Topic(`up/${i}`, options));
}

const PLAIN: Flavour = {
  name: "",
  versions: [4, 5],
  windows: [1, 5],
  each: 3,
  client: {},
  broker: {},
  payloadLength: 4,
  topics: (qos) => named(1, { qos }),
  isStreamed: false,
  mayExpire: false,
  priority: () => 0,
  whenCut: () => undefined,
};

const ALIASES: Flavour = {
  ...PLAIN,
  name: " with topic aliases",
  versions: [5],
  windows: [5],
  client: { aliasCapacity: 2, topicAliasMaximum: 1 },
  broker: { usesAliases: true, connackProperties: { topicAliasMaximum: 2 } },
  topics: (qos) => named(2, { qos }),
};

const RECEIVE_MAXIMUM: Flavour = {
  ...PLAIN,
  name: " with a Receive Maximum below the window that shrinks",
  versions: [5],
  windows: [5],
  client: { inboxCapacity: 2 },
  broker: { connackProperties: { receiveMaximum: 2 } },
  whenCut: (rig) => {
    rig.broker.options.connackProperties = { receiveMaximum: 1 };
  },
};

const EXPIRY: Flavour = {
  ...PLAIN,
  name: " of messages that may expire",
  windows: [5],
  // The wait after a cut is longer than what is left.
  client: { backoff: { baseMs: 10_000, capMs: 60_000, refusedMs: 600_000 } },
  topics: (qos) => named(1, { qos, expirySeconds: 2 }),
  mayExpire: true,
};

const PRIORITIES: Flavour = {
  ...PLAIN,
  name: " with priorities",
  windows: [5],
  topics: (qos) => [0, 2, 3].map((priority) => new Topic(`up/${priority}`, { qos, priority })),
  priority: (index) => [0, 2, 3][index % 3] as number,
};

const STREAMED: Flavour = {
  ...PLAIN,
  name: " of payloads larger than the buffers",
  windows: [5],
  each: 2,
  client: {
    streamBuffer: new Uint8Array(16),
    receiveBuffer: new Uint8Array(32),
    receivesPieces: true,
  },
  payloadLength: 50,
  isStreamed: true,
};

export const FLAVOURS = [PLAIN, ALIASES, RECEIVE_MAXIMUM, EXPIRY, PRIORITIES, STREAMED];
