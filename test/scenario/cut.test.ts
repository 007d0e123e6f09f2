import assert from "node:assert/strict";
import { test } from "node:test";
import { TOPICS } from "../sim/client-rig.js";
import type { CuttingLine, Direction } from "../sim/cutting-line.js";
import { LineRig } from "../sim/line-rig.js";

/** Long enough for a connection after the cut, however late the client and the broker find out. */
const AFTERMATH_MS = 300_000;
/** Messages of each QoS. */
const EACH = 3;
const FILTER = "down/#";

/** One role of the client, played to its end over a line that may be cut. */
type Role = (rig: LineRig) => void;

/** Publishes QoS 1 and 2 by turns: payloads q1-0, q2-0, q1-1 … */
function publishes(rig: LineRig): void {
  rig.client.start(rig.now);
  for (let i = 0; i < EACH; i++) {
    rig.publish(TOPICS[1], `q1-${i}`);
    rig.publish(TOPICS[2], `q2-${i}`);
  }
  rig.run(AFTERMATH_MS);
  const arrived = rig.broker.received.map(({ payload }) => payload.toString());
  assert.equal(rig.client.pending, 0, "nothing is left");
  assert.equal(rig.outcomes.size, 2 * EACH, "each is acknowledged once");
  assertCounts(arrived);
}

/** Receives the same, once the broker knows its subscription. */
function receives(rig: LineRig): void {
  let isPublished = false;
  rig.afterStep = () => {
    const session = rig.broker.sessions.get("mote-b");
    if (isPublished || !session?.subscriptions.has(FILTER)) return;
    isPublished = true;
    for (let i = 0; i < EACH; i++) {
      rig.broker.publish("down/x", `q1-${i}`, { qos: 1 });
      rig.broker.publish("down/x", `q2-${i}`, { qos: 2 });
    }
  };
  rig.client.start(rig.now);
  rig.client.subscribe(FILTER, 2, rig.now);
  rig.run(AFTERMATH_MS);
  assert.equal(rig.broker.acknowledged.length, 2 * EACH, "each is acknowledged");
  assertCounts(rig.messages);
}

/** QoS 1: none is lost. QoS 2: none is lost or doubled. Both in order, but for what comes again. */
function assertCounts(payloads: string[]): void {
  for (let i = 0; i < EACH; i++) {
    assert.ok(payloads.includes(`q1-${i}`), `q1-${i} is lost`);
    assert.equal(payloads.filter((one) => one === `q2-${i}`).length, 1, `q2-${i} comes once`);
  }
  const fresh = payloads.filter((one, index) => payloads.indexOf(one) === index);
  for (const qos of ["q1", "q2"]) {
    const ofQos = fresh.filter((one) => one.startsWith(qos));
    assert.deepEqual(ofQos, [...ofQos].sort(), "in order");
  }
}

/** What the line is like, besides that it is cut. */
interface Manner {
  readonly name: string;
  readonly prepare: (line: CuttingLine) => void;
}

const MANNERS: readonly Manner[] = [
  { name: "cut", prepare: () => undefined },
  {
    name: "byte by byte, cut",
    prepare: (line) => {
      line.pieceLength = 1;
      line.capacity = 3;
    },
  },
  {
    name: "cut, unknown to the broker,",
    prepare: (line) => {
      line.tells.broker = false;
    },
  },
  {
    name: "cut, unknown to the client,",
    prepare: (line) => {
      line.tells.client = false;
    },
  },
];

/** A run with the line as `prepare` makes it. @returns the line, for what it measured */
function play(role: Role, window: number, prepare: (line: CuttingLine) => void): CuttingLine {
  // Few identifiers: they are used again while others are in flight.
  const rig = new LineRig(
    { inFlightWindow: window },
    { inFlightWindow: window, lastPacketId: window + 1 },
  );
  prepare(rig.line);
  try {
    role(rig);
    assert.deepEqual(rig.broker.violations, []);
  } catch (error) {
    throw new Error(`${error}\n${rig.broker.transcript.join("\n")}`, { cause: error });
  }
  return rig.line;
}

/** Runs the role once for each byte that it needs in this direction, cut behind that byte. */
function everyCut(role: Role, window: number, manner: Manner, direction: Direction): void {
  const whole = play(role, window, manner.prepare);
  assert.equal(whole.cuts, 0);
  for (let at = 0; at <= whole[direction].arrived; at++) {
    const line = play(role, window, (one) => {
      manner.prepare(one);
      one.cutAfter(direction, at);
    });
    assert.equal(line.cuts, 1, `cut after ${at} bytes`);
  }
}

const ROLES = { publishes, receives } as const;

for (const manner of MANNERS) {
  for (const [name, role] of Object.entries(ROLES)) {
    for (const window of [1, 5]) {
      for (const direction of ["up", "down"] as const) {
        const what = `${manner.name} behind every byte ${direction}`;
        test(`a client that ${name}, window ${window}, ${what}: QoS 1 is not lost, QoS 2 comes once`, () => {
          everyCut(role, window, manner, direction);
        });
      }
    }
  }
}
