import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPIRED } from "../../firmware/session/event.js";
import type { Topic } from "../../firmware/session/topic.js";
import type { Version } from "../sim/broker/rules.js";
import type { CuttingLine, Direction } from "../sim/cutting-line.js";
import { type Arrival, LineRig } from "../sim/line-rig.js";
import { FLAVOURS, type Flavour } from "./cut-flavours.js";

/** Long enough for a connection after the cut, however late the client and the broker find out. */
const AFTERMATH_MS = 300_000;
/** Long enough for all that is overdue to be found. */
const QUIET_MS = 30_000;
const FILTER = "down/#";
const PIECE = 16;

/** One role of the client, played to its end over a line that may be cut. */
type Role = (rig: LineRig, flavour: Flavour) => void;

/** Publishes QoS 1 and 2 by turns: payloads q1-0, q2-0, q1-1 … */
function publishes(rig: LineRig, flavour: Flavour): void {
  const topics = [flavour.topics(1), flavour.topics(2)];
  const payloads = new Map<number, string>();
  const expected = new Map<string, string>();
  rig.client.start(rig.now);
  for (let i = 0; i < 2 * flavour.each; i++) {
    const number = i >> 1;
    const ofQos = topics[i % 2];
    const topic = ofQos[number % ofQos.length];
    const payload = payloadOf((i % 2) + 1, number, flavour);
    const token = flavour.isStreamed
      ? rig.publishFrom(topic, payload, PIECE)
      : rig.publish(topic, payload);
    assert.ok(token >= 0, `publish says ${token}`);
    payloads.set(token, payload);
    expected.set(payload, nameOf(topic));
  }
  rig.runUntil(() => rig.client.pending === 0, AFTERMATH_MS);
  rig.run(QUIET_MS);
  assert.equal(rig.client.pending, 0, "nothing is left");
  const arrived = rig.broker.received.filter(({ isWill }) => !isWill).map(toArrival);
  for (const [token, payload] of payloads) {
    const told = rig.outcomes.get(token) ?? [];
    assert.equal(told.length, 1, `${payload} has one outcome`);
    if (told[0] !== EXPIRED) continue;
    assert.ok(flavour.mayExpire);
    expected.delete(payload);
    assert.ok(!arrived.some((one) => one.payload === payload), `${payload} was sent and expired`);
  }
  assertArrived(arrived, expected);
  assertOrder(arrived, flavour);
}

/** Receives the same, once the broker knows its subscription. */
function receives(rig: LineRig, flavour: Flavour): void {
  const expected = new Map<string, string>();
  rig.afterStep = () => {
    const session = rig.broker.sessions.get("mote-b");
    if (expected.size > 0 || !session?.subscriptions.has(FILTER)) return;
    for (let i = 0; i < 2 * flavour.each; i++) {
      const payload = payloadOf((i % 2) + 1, i >> 1, flavour);
      const topic = `down/${i % 3}`;
      expected.set(payload, topic);
      rig.broker.publish(topic, payload, { qos: i % 2 === 0 ? 1 : 2 });
    }
  };
  rig.client.start(rig.now);
  rig.client.subscribe(FILTER, 2, rig.now);
  const isDone = () => rig.broker.acknowledged.length === 2 * flavour.each;
  rig.runUntil(isDone, AFTERMATH_MS);
  rig.run(QUIET_MS);
  assert.ok(isDone(), "each is acknowledged");
  assertArrived(rig.messages, expected);
  assertOrder(rig.messages, { ...flavour, priority: () => 0 });
}

function payloadOf(qos: number, number: number, flavour: Flavour): string {
  return `q${qos}-${number}`.padEnd(flavour.payloadLength, "-");
}

/** Behind the first two bytes of a packet and the length of the name. */
function nameOf(topic: Topic): string {
  return Buffer.from(topic.head.subarray(4)).toString();
}

function toArrival({ topic, payload }: { topic: string; payload: Buffer }): Arrival {
  return { topic, payload: payload.toString() };
}

/** QoS 1: none is lost. QoS 2: none is lost or doubled. */
function assertArrived(arrived: readonly Arrival[], expected: ReadonlyMap<string, string>): void {
  for (const [payload, topic] of expected) {
    const same = arrived.filter((one) => one.payload === payload);
    assert.ok(same.length > 0, `${payload} is lost`);
    if (payload.startsWith("q2")) assert.equal(same.length, 1, `${payload} comes once`);
    for (const one of same) assert.equal(one.topic, topic, `topic of ${payload}`);
  }
  const known = arrived.filter((one) => expected.has(one.payload));
  assert.equal(known.length, arrived.length, "nothing else comes");
}

/** In order of priority and publish, but for what comes again. */
function assertOrder(arrived: readonly Arrival[], flavour: Flavour): void {
  const payloads = arrived.map(({ payload }) => payload);
  const fresh = payloads.filter((one, index) => payloads.indexOf(one) === index);
  const numberOf = (payload: string) => Number.parseInt(payload.slice(3), 10);
  for (const qos of ["q1", "q2"]) {
    const ofQos = fresh.filter((one) => one.startsWith(qos)).map(numberOf);
    const sorted = [...ofQos].sort((a, b) => flavour.priority(b) - flavour.priority(a) || a - b);
    assert.deepEqual(ofQos, sorted, "in order");
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

/** One of the many ways to play. */
interface Play {
  readonly role: Role;
  readonly flavour: Flavour;
  readonly version: Version;
  readonly window: number;
  readonly manner: Manner;
  readonly direction: Direction;
}

/** @param at the byte behind which the line is cut. @returns the line, for what it measured */
function play(
  { role, flavour, version, window, manner, direction }: Play,
  at?: number,
): CuttingLine {
  // Few identifiers from the broker: they are used again while others are in flight.
  const rig = new LineRig(
    { inFlightWindow: window, inboxCapacity: 5, protocolVersion: version, ...flavour.client },
    { inFlightWindow: window, lastPacketId: window + 1, ...flavour.broker },
  );
  manner.prepare(rig.line);
  rig.line.whenCut = () => flavour.whenCut(rig);
  if (at !== undefined) rig.line.cutAfter(direction, at);
  try {
    role(rig, flavour);
    assert.deepEqual(rig.broker.violations, []);
  } catch (error) {
    const where = `window ${window}, ${manner.name} behind byte ${at} ${direction}`;
    throw new Error(`${where}: ${error}\n${rig.broker.transcript.join("\n")}`, { cause: error });
  }
  return rig.line;
}

/** Plays once for each byte that it takes in this direction, cut behind that byte. @returns runs */
function everyCut(one: Play): number {
  const whole = play(one);
  assert.equal(whole.cuts, 0);
  const bytes = whole[one.direction].arrived;
  for (let at = 0; at <= bytes; at++) assert.equal(play(one, at).cuts, 1, `cut after ${at} bytes`);
  return bytes;
}

const ROLES = { publishes, receives } as const;

/** One test for each flavour of this version and each role. */
export function testCuts(version: Version): void {
  for (const flavour of FLAVOURS) {
    if (!flavour.versions.includes(version)) continue;
    for (const [name, role] of Object.entries(ROLES)) {
      const what = `a version ${version} client that ${name}${flavour.name}`;
      test(`${what}, cut behind every byte: QoS 1 is not lost, QoS 2 comes once`, () => {
        let runs = 0;
        for (const window of flavour.windows) {
          for (const manner of MANNERS) {
            for (const direction of ["up", "down"] as const) {
              runs += everyCut({ role, flavour, version, window, manner, direction });
            }
          }
        }
        assert.ok(runs > 100, `${runs} cuts`);
      });
    }
  }
}
