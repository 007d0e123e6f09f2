import assert from "node:assert/strict";
import { test } from "node:test";
import { DROP_OLDEST, KEEP_LATEST, Topic, URGENT } from "../../../firmware/session/topic.js";
import { CLOSING, OUTBOX_FULL, REPLACED, TOO_LARGE } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const plain = new Topic("t", { qos: 1 });
const low = plain;
const high = new Topic("t", { qos: 1, priority: 1 });
const urgent = new Topic("t", { qos: 1, priority: URGENT });
const dropping = new Topic("t", { qos: 1, whenFull: DROP_OLDEST });
const latest = new Topic("a/latest", { qos: 1, whenFull: KEEP_LATEST });
const otherLatest = new Topic("b/latest", { qos: 1, whenFull: KEEP_LATEST });

/** What the broker gets of all that waits, once it acknowledges each. */
function drain(rig: ClientRig): string[] {
  const payloads: string[] = [];
  for (let packets = rig.transport.take(); packets.length > 0; packets = rig.transport.take()) {
    for (const packet of packets) {
      if (packet.cmd !== "publish") continue;
      payloads.push(packet.payload.toString());
      rig.says({ cmd: "puback", messageId: packet.messageId ?? 0 });
    }
  }
  return payloads;
}

/** What the broker gets after a connection is made at last. */
function sentAtLast(rig: ClientRig): string[] {
  rig.client.start(rig.now);
  rig.transport.opens(rig.now);
  rig.accept();
  rig.pass(0);
  rig.transport.opens(rig.now);
  rig.accept();
  return drain(rig);
}

test("the outbox takes no more messages than the application allows, however much room there is", () => {
  const rig = new ClientRig({ maximumMessages: 2 });
  assert.ok(rig.publishTo(plain, "1") >= 0);
  assert.ok(rig.publishTo(plain, "2") >= 0);
  assert.equal(rig.publishTo(plain, "3"), OUTBOX_FULL);
  assert.deepEqual(sentAtLast(rig), ["1", "2"]);
});

test("a message that is acknowledged makes room within the limit of messages", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  rig.connect();
  rig.publishTo(plain, "1");
  assert.equal(rig.publishTo(plain, "2"), OUTBOX_FULL);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.ok(rig.publishTo(plain, "3") >= 0);
});

test("the limit of messages holds for the policy that drops the oldest", () => {
  const rig = new ClientRig({ maximumMessages: 2 });
  const first = rig.publishTo(dropping, "1");
  rig.publishTo(dropping, "2");
  rig.publishTo(dropping, "3");
  assert.deepEqual(rig.told, [`dropped ${first} ${OUTBOX_FULL}`]);
  assert.deepEqual(sentAtLast(rig), ["2", "3"]);
});

test("a full outbox refuses a publish whose topic drops none, and counts it", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  rig.publishTo(plain, "x".repeat(20));
  assert.equal(rig.publishTo(plain, "y".repeat(20)), OUTBOX_FULL);
  assert.equal(rig.client.statistics.refused, 1);
  assert.deepEqual(sentAtLast(rig), ["x".repeat(20)]);
});

test("the oldest publishes give way to a newer one, as many as its bytes need", () => {
  const rig = new ClientRig({ arena: new Uint8Array(140) });
  const tokens = ["1", "2", "3"].map((text) => rig.publishTo(dropping, text.repeat(20)));
  assert.ok(rig.publishTo(dropping, "4".repeat(60)) >= 0);
  assert.deepEqual(
    rig.told,
    tokens.slice(0, 2).map((token) => `dropped ${token} ${OUTBOX_FULL}`),
  );
  assert.deepEqual(sentAtLast(rig), ["3".repeat(20), "4".repeat(60)]);
});

test("what is in flight is never dropped for a newer publish", () => {
  const rig = new ClientRig({ maximumMessages: 2, inFlightWindow: 1 });
  rig.connect();
  rig.publishTo(dropping, "sent");
  const waiting = rig.publishTo(dropping, "waiting");
  rig.publishTo(dropping, "newest");
  assert.equal(rig.told.at(-1), `dropped ${waiting} ${OUTBOX_FULL}`);
  assert.deepEqual(drain(rig), ["sent", "newest"]);
});

test("a publish of which the transport has a part is never dropped for a newer one", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  rig.connect();
  rig.transport.limit(5);
  rig.publishTo(dropping, "half written");
  assert.equal(rig.publishTo(dropping, "new"), OUTBOX_FULL);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(drain(rig), ["half written"]);
});

test("a publish drops none of a higher priority than its own", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  rig.publishTo(high, "high");
  assert.equal(rig.publishTo(dropping, "low"), OUTBOX_FULL);
  assert.deepEqual(sentAtLast(rig), ["high"]);
});

test("of several priorities the lowest gives way first", () => {
  const rig = new ClientRig({ maximumMessages: 2 });
  rig.publishTo(high, "high");
  const victim = rig.publishTo(low, "low");
  rig.publishTo(new Topic("t", { qos: 1, priority: 2, whenFull: DROP_OLDEST }), "new");
  assert.deepEqual(rig.told, [`dropped ${victim} ${OUTBOX_FULL}`]);
  assert.deepEqual(sentAtLast(rig), ["new", "high"]);
});

test("a newer publish takes the place of an older one of its own topic alone", () => {
  const rig = new ClientRig({ maximumMessages: 2 });
  rig.publishTo(otherLatest, "other");
  const victim = rig.publishTo(latest, "old");
  rig.publishTo(latest, "new");
  assert.deepEqual(rig.told, [`dropped ${victim} ${REPLACED}`]);
  assert.deepEqual(sentAtLast(rig), ["other", "new"]);
});

test("a publish whose topic keeps the latest is refused where none of that topic waits", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  rig.publishTo(otherLatest, "other");
  assert.equal(rig.publishTo(latest, "new"), OUTBOX_FULL);
  assert.deepEqual(sentAtLast(rig), ["other"]);
});

test("a topic that another one only begins with is not taken for it", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  rig.publishTo(new Topic("a/latest/more", { qos: 1 }), "longer");
  assert.equal(rig.publishTo(latest, "new"), OUTBOX_FULL);
});

test("a publish that is refused in the end has cost no other its place", () => {
  const rig = new ClientRig({ arena: new Uint8Array(110), inFlightWindow: 1 });
  rig.connect();
  rig.publishTo(dropping, "x".repeat(40));
  rig.publishTo(dropping, "small");
  assert.equal(rig.publishTo(dropping, "y".repeat(60)), OUTBOX_FULL);
  assert.deepEqual(rig.told, ["connected false"]);
  assert.deepEqual(drain(rig), ["x".repeat(40), "small"]);
});

test("a newest value that has no room even in the old one's place leaves the old one", () => {
  const rig = new ClientRig({ arena: new Uint8Array(110) });
  rig.publishTo(otherLatest, "x".repeat(40));
  rig.publishTo(latest, "old");
  assert.equal(rig.publishTo(latest, "y".repeat(60)), OUTBOX_FULL);
  assert.deepEqual(sentAtLast(rig), ["x".repeat(40), "old"]);
});

test("a publish larger than the whole outbox drops nothing", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  rig.publishTo(dropping, "kept");
  assert.equal(rig.publishTo(dropping, "x".repeat(64)), TOO_LARGE);
  assert.deepEqual(sentAtLast(rig), ["kept"]);
});

test("a client that is told to close while it drops the oldest drops no more", () => {
  const rig = new ClientRig({ maximumMessages: 2 });
  rig.client.start(0);
  rig.publishTo(dropping, "1");
  rig.publishTo(dropping, "2");
  rig.inEvent = () => rig.client.close(1_000, rig.now);
  assert.equal(rig.publishTo(dropping, "3"), CLOSING);
  assert.equal(rig.client.statistics.dropped, 1);
  assert.equal(rig.client.pending, 1);
});

test("a publish overtakes those of a lower priority that were not sent yet", () => {
  const rig = new ClientRig();
  for (const text of ["l1", "l2"]) rig.publishTo(low, text);
  for (const text of ["h1", "h2"]) rig.publishTo(high, text);
  rig.publishTo(urgent, "u");
  rig.publishTo(low, "l3");
  assert.deepEqual(sentAtLast(rig), ["u", "h1", "h2", "l1", "l2", "l3"]);
});

test("nothing overtakes what is in flight, and a resend keeps the order of the first send [MQTT-4.6.0-1]", () => {
  const rig = new ClientRig({ inFlightWindow: 2 });
  rig.connect();
  for (const text of ["1", "2", "3"]) rig.publishTo(low, text);
  rig.publishTo(urgent, "u");
  rig.transport.breaks(rig.now);
  rig.publishTo(urgent, "v");
  rig.transport.take();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(drain(rig), ["1", "2", "u", "v", "3"]);
});

test("an urgent publish waits for the packet of which the transport has a part", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.limit(4);
  rig.publishTo(low, "half");
  rig.publishTo(low, "later");
  rig.publishTo(urgent, "u");
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(drain(rig), ["half", "u", "later"]);
});

test("priorities hold when the outbox is compacted between two publishes", () => {
  const rig = new ClientRig({ arena: new Uint8Array(150), inFlightWindow: 1 });
  rig.connect();
  for (const text of ["1", "2", "3"]) rig.publishTo(low, text.repeat(15));
  rig.says({ cmd: "puback", messageId: 1 });
  assert.ok(rig.publishTo(high, "h".repeat(20)) >= 0);
  const order = drain(rig).map((text) => text[0]);
  assert.deepEqual(order, ["1", "2", "h", "3"]);
});
