import assert from "node:assert/strict";
import { test } from "node:test";
import { EXPIRED } from "../../../firmware/session/event.js";
import { Topic } from "../../../firmware/session/topic.js";
import { NEVER } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const tenSeconds = new Topic("t", { qos: 1, expirySeconds: 10 });
const twentySeconds = new Topic("t", { qos: 1, expirySeconds: 20 });
const hurried = new Topic("t", { qos: 0, expirySeconds: 10 });
const lasting = new Topic("t", { qos: 1 });

/** Started, with a transport that opens only when the test says so. */
function offline(now = 0): ClientRig {
  const rig = new ClientRig({ openTimeoutMs: 0 });
  rig.now = now;
  rig.client.start(now | 0);
  return rig;
}

/** The Message Expiry Interval of each PUBLISH that was written. */
function intervals(rig: ClientRig): (number | undefined)[] {
  return rig.transport
    .take()
    .flatMap((packet) =>
      packet.cmd === "publish" ? [packet.properties?.messageExpiryInterval] : [],
    );
}

test("a publish that was not sent in its time expires to the millisecond", () => {
  const rig = offline();
  const token = rig.publishTo(tenSeconds, "x");
  rig.pass(9_999);
  assert.deepEqual(rig.told, []);
  rig.pass(1);
  assert.deepEqual(rig.told, [`expired ${token}`]);
  assert.equal(rig.client.pending, 0);
  assert.equal(rig.client.statistics.expired, 1);
});

test("nothing but an expiry wakes a client that waits for its transport, and nothing after it", () => {
  const rig = offline();
  assert.equal(rig.client.pollTimeout(0), NEVER);
  rig.publishTo(tenSeconds, "x");
  assert.equal(rig.client.pollTimeout(0), 10_000);
  rig.pass(10_000);
  assert.equal(rig.client.pollTimeout(rig.now), NEVER);
});

test("several publishes expire each in its own time, whatever their order", () => {
  const rig = offline();
  const later = rig.publishTo(twentySeconds, "x");
  const kept = rig.publishTo(lasting, "x");
  const sooner = rig.publishTo(tenSeconds, "x");
  rig.pass(10_000);
  assert.deepEqual(rig.told, [`expired ${sooner}`]);
  rig.pass(10_000);
  assert.deepEqual(rig.told.slice(1), [`expired ${later}`]);
  assert.equal(rig.client.pending, 1);
  assert.ok(kept >= 0);
});

test("an expiry holds across the wrap of the clock", () => {
  const rig = offline(0x7fffffff - 4_000);
  const token = rig.publishTo(tenSeconds, "x");
  rig.pass(9_999);
  assert.deepEqual(rig.told, []);
  rig.pass(1);
  assert.deepEqual(rig.told, [`expired ${token}`]);
});

test("the longest expiry that a topic can have does not come at once", () => {
  const rig = offline();
  rig.publishTo(new Topic("t", { qos: 1, expirySeconds: 2_000_000 }), "x");
  rig.pass(1_999_999_999);
  assert.deepEqual(rig.told, []);
  rig.pass(1);
  assert.equal(rig.told.length, 1);
});

test("what was sent does not expire while its acknowledgement is awaited", () => {
  const rig = new ClientRig({ keepAliveSeconds: 0 });
  rig.connect();
  rig.publishTo(tenSeconds, "x");
  rig.pass(60_000);
  assert.equal(rig.client.pending, 1);
  assert.deepEqual(rig.told, ["connected false"]);
});

test("a publish of which the transport has a part does not expire under it", () => {
  const rig = new ClientRig({ keepAliveSeconds: 0 });
  rig.connect();
  rig.transport.limit(4);
  rig.publishTo(tenSeconds, "half");
  rig.pass(15_000);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["publish 1 half"]);
});

test("a publish that was half written when its connection was lost expires after all", () => {
  const rig = new ClientRig({ keepAliveSeconds: 0, openTimeoutMs: 0 });
  rig.connect();
  rig.transport.limit(4);
  const token = rig.publishTo(tenSeconds, "half");
  rig.pass(15_000);
  rig.transport.breaks(rig.now);
  rig.pass(1_000);
  assert.equal(rig.told.at(-1), `expired ${token}`);
});

test("a publish that expired before the broker accepted is not sent", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.accept();
  rig.pass(0);
  rig.transport.opens(rig.now);
  const token = rig.publishTo(tenSeconds, "late");
  rig.publishTo(lasting, "kept");
  // The broker's answer comes first, the timer that is due too would come after it.
  rig.now += 10_000;
  rig.accept();
  assert.deepEqual(rig.told, ["connected false", `expired ${token}`]);
  assert.deepEqual(rig.written().at(-1), "publish 2 kept");
});

test("an expired QoS 0 publish ends as expired too", () => {
  const rig = offline();
  const token = rig.publishTo(hurried, "x");
  rig.pass(10_000);
  assert.equal(rig.client.outcome(token), EXPIRED);
});

test("publishing anew from within the event of an expiry is legal", () => {
  const rig = offline();
  rig.publishTo(tenSeconds, "first");
  rig.inEvent = (kind) => {
    if (kind === EXPIRED && rig.told.length === 1) rig.publishTo(tenSeconds, "again");
  };
  rig.pass(19_999);
  assert.equal(rig.told.length, 1);
  rig.pass(1);
  assert.equal(rig.told.length, 2);
});

test("in MQTT 5 the broker is told what is left when a publish is sent, rounded up", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.client.start(0);
  rig.publishTo(tenSeconds, "x");
  rig.pass(3_500);
  rig.transport.opens(rig.now);
  rig.accept();
  assert.deepEqual(intervals(rig), [7]);
});

test("in MQTT 5 a resend tells the broker what is left by then, and no less than 0", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.connect();
  rig.publishTo(tenSeconds, "x");
  assert.deepEqual(intervals(rig), [10]);
  rig.transport.breaks(rig.now);
  rig.pass(4_000);
  rig.transport.opens(rig.now);
  rig.accept({ sessionPresent: true });
  assert.deepEqual(intervals(rig), [6]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(intervals(rig), [0]);
});

test("in 3.1.1 no word of an expiry goes to the broker", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publishTo(tenSeconds, "x");
  assert.equal(
    rig.transport.takeBytes().subarray(-8).toString("hex"),
    "32060001740001".concat("78"),
  );
});

test("in MQTT 5 what is published anew after a lost session still expires in its time", () => {
  const rig = new ClientRig({ protocolVersion: 5, inFlightWindow: 2, keepAliveSeconds: 0 });
  rig.connect();
  rig.publishTo(lasting, "first");
  const token = rig.publishTo(tenSeconds, "x");
  rig.transport.breaks(rig.now);
  rig.pass(500);
  rig.transport.opens(rig.now);
  rig.publishTo(twentySeconds, "last");
  rig.accept({ properties: { receiveMaximum: 1 } });
  rig.pass(9_499);
  assert.equal(rig.told.at(-1), "connected false");
  rig.pass(1);
  assert.equal(rig.told.at(-1), `expired ${token}`);
});
