import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_MOST_ONCE } from "../../../firmware/client/client.js";
import { BAD_ARGUMENT, OUTBOX_FULL, TOO_LARGE } from "../../../firmware/status.js";
import { ClientRig, TOPIC } from "../../sim/client-rig.js";

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

test("lengths and flags that are none are refused and leave the outbox as it was", () => {
  const rig = new ClientRig();
  const payload = new Uint8Array(4);
  for (const length of [-3, 1.5, Number.NaN, 5, Number.POSITIVE_INFINITY]) {
    assert.equal(rig.client.publish(TOPIC, payload, length, 0, 0), BAD_ARGUMENT, String(length));
  }
  for (const flags of [-2, 8, 1.5, Number.NaN]) {
    assert.equal(rig.client.publish(TOPIC, payload, 4, flags, 0), BAD_ARGUMENT, String(flags));
  }
  assert.equal(rig.client.pending, 0);
});

test("a publish that no state of the outbox could hold is told apart from a full outbox", () => {
  const rig = new ClientRig({ arena: new Uint8Array(64) });
  assert.equal(rig.publish("x".repeat(64)), TOO_LARGE);
});

test("QoS 0 leaves the outbox when it is written", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("0", AT_MOST_ONCE);
  assert.deepEqual(rig.written(), ["publish 0"]);
  assert.equal(rig.client.pending, 0);
});

test("packet identifiers wrap past 65535 and skip those in use", () => {
  const rig = new ClientRig({ inFlightWindow: 2 });
  rig.connect();
  rig.publish("stuck");
  for (let id = 2; id <= 65535; id++) {
    rig.publish("x");
    rig.says({ cmd: "puback", messageId: id });
  }
  rig.written();
  rig.publish("wrapped");
  assert.deepEqual(rig.written(), ["publish 2 wrapped"]);
});
