import assert from "node:assert/strict";
import { test } from "node:test";
import {
  REFUSED,
  TIMED_OUT,
  TRANSPORT_CLOSED,
  TRANSPORT_FAILED,
} from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

test("after boot the client makes the broker forget its earlier life before it resumes", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.publish("early");
  rig.transport.opens(0);
  const [purge] = rig.transport.take();
  assert.equal(purge?.cmd === "connect" && purge.clean, true);
  rig.accept();
  rig.pass(0);
  assert.deepEqual(rig.transport.calls, ["open", "connect", "disconnect", "close", "open"]);
  rig.transport.opens(0);
  rig.accept();
  const [, connect, publish] = rig.transport.take();
  assert.equal(connect?.cmd === "connect" && connect.clean, false);
  assert.equal(publish?.cmd, "publish");
});

test("a CONNECT carries the will, the keep-alive and the credentials", () => {
  const rig = new ClientRig({ userName: "ada", password: Buffer.from("secret") });
  rig.client.start(0);
  rig.transport.opens(0);
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.clientId, "mote-b");
  assert.equal(connect.keepalive, 60);
  assert.equal(connect.username, "ada");
  assert.equal(connect.password?.toString(), "secret");
  assert.equal(connect.will?.topic, "mote/b/status");
  assert.equal(connect.will?.payload.toString(), "offline");
  assert.equal(connect.will?.retain, true);
  assert.equal(connect.will?.qos, 1);
});

test("any byte from the broker proves that it is there", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.pass(45_000);
  rig.says({ cmd: "pingresp" });
  rig.pass(44_999);
  assert.deepEqual(rig.written(), ["pingreq"]);
  rig.pass(1);
  assert.deepEqual(rig.written(), ["pingreq"]);
});

test("a board that only publishes QoS 0 finds a half-open connection all the same", () => {
  const rig = new ClientRig();
  rig.connect();
  for (let second = 0; second < 56; second++) {
    rig.pass(1_000);
    rig.publish("x", 0);
  }
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("a keep-alive of zero sends no PINGREQ", () => {
  const rig = new ClientRig({ keepAliveSeconds: 0 });
  rig.connect();
  rig.pass(10_000_000);
  assert.deepEqual(rig.written(), []);
});

test("keep-alive works across the wrap of the clock", () => {
  const rig = new ClientRig();
  rig.now = 0x7fffffff - 20_000;
  rig.connect();
  rig.pass(45_000);
  assert.deepEqual(rig.written(), ["pingreq"]);
  rig.pass(10_000);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("a broker that does not answer CONNECT is given up", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.pass(10_000);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("a transport that does not open is given up", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.pass(30_000);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("a transport that fails to open is tried again with growing waits", () => {
  const rig = new ClientRig();
  const waits: number[] = [];
  rig.client.start(0);
  for (let i = 0; i < 8; i++) {
    rig.transport.breaks(rig.now);
    waits.push(rig.client.pollTimeout(rig.now));
    rig.pass(waits.at(-1) ?? 0);
  }
  assert.equal(rig.told.at(-1), `disconnected ${TRANSPORT_FAILED} 0`);
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("the wait is drawn from zero to its bound", () => {
  const low = new ClientRig({}, () => 0);
  low.client.start(0);
  low.transport.breaks(0);
  assert.equal(low.client.pollTimeout(0), 0);
  const high = new ClientRig({}, () => 0xffffffff);
  high.client.start(0);
  high.transport.breaks(0);
  assert.equal(high.client.pollTimeout(0), 999);
});

test("the wait grows on until a connection proved stable", () => {
  const rig = new ClientRig();
  rig.connect();
  for (const wait of [500, 1_000, 2_000]) {
    rig.transport.breaks(rig.now);
    assert.equal(rig.client.pollTimeout(rig.now), wait);
    rig.pass(wait);
    rig.transport.opens(rig.now);
    rig.accept();
    rig.pass(9_000);
  }
  rig.pass(1_000);
  rig.transport.breaks(rig.now);
  assert.equal(rig.client.pollTimeout(rig.now), 500);
});

test("refused credentials are told with their code and tried again slowly", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  rig.transport.opens(0);
  rig.accept({ returnCode: 5 });
  assert.equal(rig.told.at(-1), `disconnected ${REFUSED} 5`);
  assert.equal(rig.client.pollTimeout(0), 300_000);
});

/** The broker restarts with nothing: its answer to one CONNECT is lost, its next one comes. */
function loseConnack(rig: ClientRig): void {
  rig.transport.breaks(rig.now);
  rig.pass(60_000);
  rig.transport.opens(rig.now);
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
}

test("after a lost CONNACK, Session Present may be of a new session: filters are asked for again", () => {
  const rig = new ClientRig();
  rig.client.subscribe("a", 1, 0);
  rig.connect();
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.publish("1");
  rig.publish("2", 2);
  rig.publish("3", 2);
  rig.says({ cmd: "pubrec", messageId: 2 });
  loseConnack(rig);
  assert.deepEqual(rig.written(), [
    "connect",
    "subscribe 65535",
    "publish 1 dup 1",
    "pubrel 2",
    "publish 3 dup 3",
  ]);
});

test("after a lost CONNACK, what is in doubt ends so where the application wants that", () => {
  const rig = new ClientRig({ resendsDoubtful: false });
  rig.connect();
  const doubtful = rig.publish("1", 2);
  loseConnack(rig);
  assert.deepEqual(rig.told.slice(-2), [`in doubt ${doubtful}`, "connected true"]);
  assert.deepEqual(rig.written(), ["connect"]);
});

test("a lost connection is told with its reason", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.breaks(rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${TRANSPORT_CLOSED} 0`);
});

test("an application that takes nothing keeps its connection: the broker still hears of it", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.pause();
  assert.equal(rig.says({ cmd: "pingresp" }), 0);
  rig.transport.calls.length = 0;
  rig.pass(300_000);
  assert.ok(rig.client.isConnected);
  assert.ok(!rig.transport.calls.includes("close"));
  assert.ok(rig.transport.calls.filter((call) => call === "pingreq").length > 300 / 60);
  rig.client.resume();
  rig.says({ cmd: "pingresp" });
  rig.pass(50_000);
  rig.pass(10_000);
  assert.equal(rig.told.at(-1), "disconnected -23 0", "and finds out again whether it is alive");
});

test("an application that takes nothing is connected all the same after a loss", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.pause();
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.ok(rig.client.isConnected);
  assert.equal(rig.says({ cmd: "pingresp" }), 0);
});
