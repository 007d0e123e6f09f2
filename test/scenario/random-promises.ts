import assert from "node:assert/strict";
import {
  ACKNOWLEDGED,
  DROPPED,
  EXPIRED,
  IN_DOUBT,
  PENDING,
  SENT_OUT,
} from "../../firmware/session/event.js";
import {
  OUTBOX_FULL,
  REPLACED,
  SOURCE_FAILED,
  TOO_LARGE,
  UNSUPPORTED,
} from "../../firmware/status.js";
import { QOS_1, QOS_MASK } from "../../firmware/wire/packet-type.js";
import { CLIENT_ID, type Entry, nameOf, type RandomWorld } from "./random-world.js";

/** What is overdue, as seen by a broker that cannot know that the line is broken. */
const OVERDUE = /not closed|silent for longer|no PUBACK|no PUBREC|no PUBREL|no PUBCOMP|no resend/;
const RESENDS = /no resend|before the resends|resends out of order|identifier that is in use/;
const GIVEN_UP = new RegExp(`in doubt|dropped .* (${UNSUPPORTED}|${TOO_LARGE}|${SOURCE_FAILED})`);
const REFUSED = 0x80;

/** Breaches of the standard, all or those that no broken line explains. */
export function breaches(world: RandomWorld, isLineSound: boolean): string[] {
  // What is in doubt is not resent, as the application wants it; nor what the broker takes no more. The
  // broker may keep its identifier for ever.
  const isGivenUp = world.rig.told.some((line) => GIVEN_UP.test(line));
  return world.rig.broker.violations.filter((one) => {
    if (!isLineSound && OVERDUE.test(one)) return false;
    return !(isGivenUp && RESENDS.test(one));
  });
}

/** What holds at any time. */
export function checkAlways(world: RandomWorld): void {
  const { client, outcomes } = world.rig;
  assert.deepEqual(breaches(world, false), [], "breaches of the standard");
  const inFlight = world.rig.broker.viewOf(CLIENT_ID).outstanding(false, 0);
  assert.ok(inFlight <= client.session.settings.window, `${inFlight} in flight`);
  const pending = world.entries.filter(({ token }) => client.outcome(token) === PENDING);
  assert.equal(client.pending, pending.length, "pending publishes");
  for (const { token, name, topic } of world.entries) {
    const told = outcomes.get(token) ?? [];
    assert.ok(told.length <= 1, `${name} has two outcomes`);
    const kind = client.outcome(token);
    if (told.length === 1) assert.equal(kind, told[0], `outcome of ${name}`);
    else if (kind !== PENDING) assert.ok(kind === SENT_OUT && qosOf(topic.flags) === 0, name);
  }
  checkCounters(world);
}

function checkCounters(world: RandomWorld): void {
  const { client, outcomes } = world.rig;
  const { statistics } = client;
  const kinds = [...outcomes.values()].flat();
  const count = (kind: number) => kinds.filter((one) => one === kind).length;
  assert.equal(client.published, world.entries.length, "published");
  assert.equal(statistics.refused, world.refused, "refused");
  assert.equal(statistics.acknowledged, count(ACKNOWLEDGED), "acknowledged");
  assert.equal(statistics.dropped, count(DROPPED), "dropped");
  assert.equal(statistics.expired, count(EXPIRED), "expired");
  assert.equal(statistics.inDoubt, count(IN_DOUBT), "in doubt");
}

/** What holds when all has come to rest. */
export function checkAtRest(world: RandomWorld): void {
  const { client } = world.rig;
  checkAlways(world);
  assert.ok(client.isConnected, "connected");
  assert.equal(client.pending, 0, "publishes are stuck");
  assert.deepEqual(granted(world), wanted(world), "subscriptions");
  checkUplink(world);
  checkDownlink(world);
}

/** Whether all that a client can bring to its end has come to it. */
export function isAtRest(world: RandomWorld): boolean {
  const session = world.rig.broker.sessions.get(CLIENT_ID);
  const { client } = world.rig;
  if (session === undefined || !client.isConnected || client.pending > 0) return false;
  if (granted(world).join() !== wanted(world).join()) return false;
  return session.inFlight.length === 0 && session.queue.length === 0;
}

function granted(world: RandomWorld): string[] {
  return [...(world.rig.broker.sessions.get(CLIENT_ID)?.subscriptions.keys() ?? [])].sort();
}

function wanted(world: RandomWorld): string[] {
  return [...world.wanted].filter((filter) => filter !== "denied").sort();
}

function checkUplink(world: RandomWorld): void {
  const { broker } = world.rig;
  const arrivals = new Map<string, number>();
  const firsts = new Map<string, number[]>();
  const tokens = new Map(world.entries.map(({ name, token }) => [name, token]));
  for (const { topic, payload, isWill } of broker.received) {
    if (isWill) continue;
    const name = nameOf(payload.toString());
    const before = arrivals.get(name) ?? 0;
    arrivals.set(name, before + 1);
    const token = tokens.get(name);
    assert.ok(token !== undefined, `${name} came, and was never taken`);
    if (before === 0) push(firsts, topic, token);
  }
  for (const entry of world.entries) checkEntry(world, entry, arrivals.get(entry.name) ?? 0);
  for (const [topic, numbers] of firsts) assertSorted(numbers, topic);
}

function checkEntry(world: RandomWorld, entry: Entry, arrivals: number): void {
  const { client } = world.rig;
  const { token, name, topic } = entry;
  const qos = qosOf(topic.flags);
  const kind = client.outcome(token);
  const reason = client.outcomeReason(token);
  const losses = entry.endedIn - entry.bornIn;
  if (qos === 0) assert.ok(arrivals <= 1, `${name} at QoS 0 came ${arrivals} times`);
  if (qos === 2) assert.ok(arrivals <= 1 + losses, `${name} at QoS 2 came ${arrivals} times`);
  const isSwallowed = losses > 0 && qos === 2 && world.cast.broker.deliversQos2 === "at PUBREL";
  if (kind === ACKNOWLEDGED && reason < REFUSED && !isSwallowed) {
    assert.ok(arrivals > 0, `${name} was acknowledged and never came`);
  }
  const isUnsent = kind === EXPIRED || (kind === DROPPED && isForRoom(-reason));
  if (isUnsent && losses === 0) assert.equal(arrivals, 0, `${name} came, and was never sent`);
  if (kind === IN_DOUBT) assert.ok(qos === 2 && world.cast.client.resendsDoubtful === false, name);
}

function isForRoom(status: number): boolean {
  return status === OUTBOX_FULL || status === REPLACED;
}

function checkDownlink(world: RandomWorld): void {
  const arrivals = new Map<string, number>();
  const order = new Map<string, number[]>();
  const delivered = new Map(world.parcels.map(({ name, delivery }) => [name, delivery]));
  for (const { topic, payload } of world.rig.messages) {
    const name = nameOf(payload);
    const before = arrivals.get(name) ?? 0;
    arrivals.set(name, before + 1);
    const delivery = delivered.get(name);
    assert.equal(topic, delivery?.topic, `topic of ${name}`);
    const number = Number.parseInt(name.slice(1), 10);
    if (before === 0) push(order, `${topic} ${delivery?.qos}`, number);
  }
  for (const { name, delivery } of world.parcels) {
    const count = arrivals.get(name) ?? 0;
    const { qos, state } = delivery;
    assert.ok(!["queued", "sent", "received"].includes(state), `${name} is stuck: ${state}`);
    if (qos !== 1) assert.ok(count <= 1, `${name} at QoS ${qos} came ${count} times`);
    if (qos > 0 && state === "acknowledged") assert.ok(count > 0, `${name} is lost`);
  }
  for (const [where, numbers] of order) assertSorted(numbers, where);
}

function push(lists: Map<string, number[]>, key: string, number: number): void {
  const list = lists.get(key) ?? [];
  list.push(number);
  lists.set(key, list);
}

function assertSorted(numbers: readonly number[], where: string): void {
  const sorted = [...numbers].sort((a, b) => a - b);
  assert.deepEqual(numbers, sorted, `order on ${where}`);
}

function qosOf(flags: number): number {
  return (flags & QOS_MASK) / QOS_1;
}
