import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { TABLE_FULL } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const message = (messageId: number, dup = false) =>
  ({
    cmd: "publish",
    topic: "c",
    payload: `${messageId}`,
    qos: 2,
    messageId,
    retain: false,
    dup,
  }) as const;

test("a QoS 2 publish goes through PUBREC, PUBREL and PUBCOMP, and then its token is acknowledged", () => {
  const rig = new ClientRig();
  rig.connect();
  const token = rig.publish("x", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.equal(rig.client.pending, 1);
  rig.says({ cmd: "pubcomp", messageId: 1 });
  assert.deepEqual(rig.written(), ["publish 1 x", "pubrel 1"]);
  assert.equal(rig.told.at(-1), `acknowledged ${token}`);
  assert.equal(rig.client.pending, 0);
});

test("after PUBREC a resumed session sends PUBREL, never the PUBLISH again [MQTT-4.3.3-1]", () => {
  const rig = new ClientRig();
  rig.connect();
  for (const payload of ["1", "2", "3"]) rig.publish(payload, 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "pubrec", messageId: 2 });
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "pubrel 1", "pubrel 2", "publish 3 dup 3"]);
});

test("a publish that was released leaves the outbox room for others", () => {
  const rig = new ClientRig({ arena: new Uint8Array(72) });
  rig.connect();
  rig.publish("x".repeat(30), 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.ok(rig.publish("y".repeat(20)) >= 0);
});

test("a PUBREC that comes again, or of a publish that is not known, is answered with PUBREL", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("x", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "pubrec", messageId: 9 });
  assert.deepEqual(rig.written(), ["publish 1 x", "pubrel 1", "pubrel 1", "pubrel 9"]);
  assert.equal(rig.client.statistics.strayAcknowledgements, 1);
});

test("PUBACK for a QoS 2 publish, or PUBCOMP before PUBREC, acknowledges nothing", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("x", 2);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.says({ cmd: "pubcomp", messageId: 1 });
  assert.equal(rig.client.pending, 1);
  assert.equal(rig.client.statistics.strayAcknowledgements, 2);
});

test("when the broker lost the session, what it had taken counts as acknowledged and the rest is resent", () => {
  const rig = new ClientRig();
  rig.connect();
  const taken = rig.publish("1", 2);
  rig.publish("2", 2);
  rig.publish("3");
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.told.slice(-2), [`acknowledged ${taken}`, "connected false"]);
  assert.deepEqual(rig.written(), ["connect", "publish 2 dup 2", "publish 3 dup 3"]);
});

test("when the broker lost the session and doubtful publishes are not to be resent, they end in doubt", () => {
  const rig = new ClientRig({ resendsDoubtful: false });
  rig.connect();
  const doubtful = rig.publish("1", 2);
  rig.publish("2");
  rig.transport.breaks(rig.now);
  rig.publish("3", 2);
  rig.written();
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.told.slice(-2), [`in doubt ${doubtful}`, "connected false"]);
  assert.deepEqual(rig.written(), ["connect", "publish 2 dup 2", "publish 3 3"]);
  assert.equal(rig.client.statistics.inDoubt, 1);
});

test("a QoS 2 message is delivered once, however often it comes before its PUBREL", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says(message(5));
  rig.says(message(5, true));
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  rig.says(message(5, true));
  rig.says({ cmd: "pubrel", messageId: 5 });
  assert.deepEqual(rig.written(), ["pubrec 5", "pubrec 5", "connect", "pubrec 5", "pubcomp 5"]);
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 1);
  assert.equal(rig.client.statistics.repeated, 2);
});

test("after PUBREL the identifier is new again", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says(message(5));
  rig.says({ cmd: "pubrel", messageId: 5 });
  rig.says(message(5));
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 2);
});

test("a PUBREL of an identifier that is not known is answered with PUBCOMP", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says({ cmd: "pubrel", messageId: 77 });
  assert.deepEqual(rig.written(), ["pubcomp 77"]);
});

test("a new session of the broker knows no earlier identifiers", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says(message(5));
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  rig.says(message(5));
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 2);
});

test("more unreleased messages than the table holds are left to the broker and delivered when there is room", () => {
  const rig = new ClientRig({ inboxCapacity: 2 });
  rig.connect();
  for (const id of [1, 2, 3]) rig.says(message(id));
  assert.deepEqual(rig.written(), ["pubrec 1", "pubrec 2"]);
  assert.equal(rig.client.statistics.postponed, 1);
  rig.says({ cmd: "pubrel", messageId: 1 });
  assert.equal(rig.client.isConnected, true, "one is still unreleased");
  rig.says({ cmd: "pubrel", messageId: 2 });
  assert.equal(rig.told.at(-1), `disconnected ${TABLE_FULL} 0`);
  rig.reconnect({ sessionPresent: true });
  rig.says(message(3, true));
  assert.equal(rig.told.at(-1), "message c 3");
  assert.deepEqual(rig.written(), ["pubcomp 1", "pubcomp 2", "connect", "pubrec 3"]);
  rig.says({ cmd: "pubrel", messageId: 3 });
  assert.equal(rig.client.isConnected, true, "nothing is left to the broker any more");
});

test("a QoS 2 message of which only pieces came before the connection broke comes again whole, and then once", () => {
  const rig = new ClientRig({ receivesPieces: true, receiveBuffer: new Uint8Array(32) });
  rig.connect();
  const bytes = generate({ ...message(7), payload: "x".repeat(40) });
  rig.transport.saysBytes(bytes.subarray(0, 40), rig.now);
  rig.transport.breaks(rig.now);
  for (const before of [1, 2]) {
    rig.reconnect({ sessionPresent: true });
    rig.written();
    const told = rig.told.length;
    rig.transport.saysBytes(bytes, rig.now);
    const whole = rig.told.slice(told).filter((line) => line === `message c ${"x".repeat(40)}`);
    assert.equal(whole.length, before === 1 ? 1 : 0, "only the first time");
    assert.deepEqual(rig.written(), ["pubrec 7"]);
    rig.transport.breaks(rig.now);
  }
  assert.equal(rig.client.statistics.repeated, 1);
});
