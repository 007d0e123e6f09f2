import assert from "node:assert/strict";
import { test } from "node:test";
import { STOPPED } from "../../../firmware/session/session.js";
import { CLOSING } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

test("close waits for acknowledgements, says goodbye and reports that nothing is left", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("last");
  rig.client.close(5_000, rig.now);
  assert.equal(rig.publish("too late"), CLOSING);
  assert.deepEqual(rig.written(), ["publish 1 last"]);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["disconnect"]);
  rig.pass(0);
  assert.equal(rig.told.at(-1), "closed 0");
  assert.equal(rig.client.session.phase, STOPPED);
  assert.equal(rig.client.pollTimeout(rig.now), 0x7fffffff);
});

test("close at its deadline says goodbye and reports what is left", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("unheard");
  rig.client.close(5_000, rig.now);
  rig.written();
  rig.pass(4_999);
  assert.deepEqual(rig.written(), []);
  rig.pass(1);
  assert.deepEqual(rig.written(), ["disconnect"]);
  assert.equal(rig.told.at(-1), "closed 1");
});

test("close without a connection and with an empty outbox ends at once", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.client.close(5_000, 0);
  rig.pass(0);
  assert.equal(rig.told.at(-1), "closed 0");
});

test("close while offline still delivers what it can before its deadline", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.breaks(rig.now);
  rig.publish("owed");
  rig.client.close(60_000, rig.now);
  rig.pass(500);
  rig.transport.opens(rig.now);
  rig.accept({ sessionPresent: true });
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["connect", "publish 1 owed", "disconnect"]);
  rig.pass(0);
  assert.equal(rig.told.at(-1), "closed 0");
});

test("spurious calls do nothing", () => {
  const rig = new ClientRig();
  rig.client.handleTimeout(0);
  rig.transport.opens(0);
  rig.transport.breaks(0);
  rig.transport.writable(0);
  assert.equal(rig.transport.saysBytes(Uint8Array.of(0x20, 2, 0, 0), 0), 4);
  assert.deepEqual(rig.told, []);
  assert.deepEqual(rig.transport.calls, []);
});

test("a goodbye that cannot be written does not hold the client for ever when close is taken back", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("x");
  rig.transport.limit(0);
  rig.client.close(60_000, rig.now);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.client.start(rig.now);
  rig.pass(10_000);
  assert.equal(rig.told.at(-1), "disconnected -23 0");
  rig.transport.limit(1_000);
  rig.reconnect({ sessionPresent: true });
  assert.ok(rig.client.isConnected);
});

test("the goodbye of the first connection that cannot be written does not hold the client for ever", () => {
  const rig = new ClientRig();
  rig.client.start(rig.now);
  rig.transport.opens(rig.now);
  rig.transport.limit(0);
  rig.accept();
  rig.pass(10_000);
  assert.equal(rig.told.at(-1), "disconnected -23 0");
});
