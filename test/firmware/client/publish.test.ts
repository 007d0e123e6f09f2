import assert from "node:assert/strict";
import { test } from "node:test";
import { SENT_OUT } from "../../../firmware/session/event.js";
import { LAST_PACKET_ID } from "../../../firmware/session/outbox.js";
import { Topic } from "../../../firmware/session/topic.js";
import { BAD_ARGUMENT, OUTBOX_FULL, TOO_LARGE } from "../../../firmware/status.js";
import { ClientRig, TOPICS } from "../../sim/client-rig.js";

test("publishes made offline are sent in order once the broker accepts", () => {
  const rig = new ClientRig();
  for (const payload of ["1", "2", "3"]) rig.publish(payload);
  rig.connect();
  rig.publish("4");
  assert.deepEqual(
    rig.transport.calls.filter((call) => call === "publish"),
    ["publish", "publish", "publish", "publish"],
  );
});

test("no more QoS 1 publishes are in flight than the window allows", () => {
  const rig = new ClientRig({ inFlightWindow: 2 });
  rig.connect();
  for (const payload of ["1", "2", "3"]) rig.publish(payload);
  assert.deepEqual(rig.written(), ["publish 1 1", "publish 2 2"]);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["publish 3 3"]);
});

test("a QoS 1 publish is resent with DUP and its identifier, in order, after the connection is lost", () => {
  const rig = new ClientRig({ inFlightWindow: 2 });
  rig.connect();
  for (const payload of ["1", "2", "3"]) rig.publish(payload);
  rig.written();
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1", "publish 2 dup 2"]);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["publish 3 3"]);
  assert.equal(rig.client.statistics.resent, 2);
});

test("a publish that was written only in part is sent again without DUP", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.limit(5);
  rig.publish("cut");
  rig.transport.breaks(rig.now);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 cut"]);
});

test("a packet that is half written survives publishes that compact the arena under it", () => {
  const rig = new ClientRig({ arena: new Uint8Array(120) });
  rig.connect();
  for (const payload of ["aaaaaaaaaa", "bbbbbbbbbb"]) rig.publish(payload);
  rig.written();
  rig.transport.limit(7);
  rig.publish("cccccccccc");
  rig.says({ cmd: "puback", messageId: 1 });
  assert.ok(rig.publish("dddddddddd") >= 0);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["publish 3 cccccccccc", "publish 4 dddddddddd"]);
});

test("PUBACK names the token that publish returned and makes room", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  rig.connect();
  const first = rig.publish("x".repeat(20));
  assert.equal(rig.publish("x".repeat(20)), OUTBOX_FULL);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.equal(rig.told.at(-1), `acknowledged ${first}`);
  assert.ok(rig.publish("x".repeat(20)) >= 0);
  assert.equal(rig.client.statistics.refused, 1);
});

test("a publish that is refused uses up no packet identifier", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  rig.connect();
  rig.publish("x".repeat(20));
  for (let i = 0; i < 10; i++) assert.equal(rig.publish("x".repeat(20)), OUTBOX_FULL);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.publish("y");
  assert.deepEqual(rig.written(), [`publish 1 ${"x".repeat(20)}`, "publish 2 y"]);
});

test("a length that is none is refused and leaves the outbox as it was", () => {
  const rig = new ClientRig();
  const payload = new Uint8Array(4);
  for (const length of [-3, 1.5, Number.NaN, 5, Number.POSITIVE_INFINITY]) {
    const status = rig.client.publish(TOPICS[0] as Topic, payload, length, 0);
    assert.equal(status, BAD_ARGUMENT, String(length));
  }
  assert.equal(rig.client.pending, 0);
});

test("options of a topic that are none are refused when it is made", () => {
  for (const qos of [-1, 3, 1.5, Number.NaN]) assert.throws(() => new Topic("a", { qos }));
  for (const priority of [-1, 4, Number.NaN]) assert.throws(() => new Topic("a", { priority }));
  for (const expirySeconds of [-1, 1e9, Number.NaN]) {
    assert.throws(() => new Topic("a", { expirySeconds }));
  }
});

test("a publish that no state of the outbox could hold is told apart from a full outbox", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  assert.equal(rig.publish("x".repeat(64)), TOO_LARGE);
});

test("QoS 0 leaves the outbox when it is written", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("0", 0);
  assert.deepEqual(rig.written(), ["publish 0"]);
  assert.equal(rig.client.pending, 0);
});

test("packet identifiers come round and skip those in use", () => {
  const rig = new ClientRig({ inFlightWindow: 2 });
  rig.connect();
  rig.publish("stuck");
  for (let id = 2; id <= LAST_PACKET_ID; id++) {
    rig.publish("x");
    rig.says({ cmd: "puback", messageId: id });
  }
  rig.written();
  rig.publish("wrapped");
  assert.deepEqual(rig.written(), ["publish 2 wrapped"]);
});

test("the very first publish at QoS 0, sent as it is made, has been sent", () => {
  const rig = new ClientRig();
  rig.connect();
  const token = rig.publish("x", 0);
  assert.equal(rig.client.outcome(token), SENT_OUT);
});
