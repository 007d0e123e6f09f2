import assert from "node:assert/strict";
import { test } from "node:test";
import { AT_MOST_ONCE, STOPPED } from "../../../firmware/client/client.js";
import {
  BAD_TOPIC,
  CLOSING,
  MALFORMED,
  OUTBOX_FULL,
  PROTOCOL_ERROR,
  REFUSED,
  TIMED_OUT,
  TOO_LARGE,
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

test("a subscription is sent, granted, and sent again when the broker lost the session", () => {
  const rig = new ClientRig();
  rig.client.subscribe("mote/b/command/+", 1, 0);
  rig.connect();
  rig.says({ cmd: "suback", messageId: 1, granted: [1] });
  assert.equal(rig.told.at(-1), "subscribed 0 true");
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect", "subscribe 2"]);
});

test("a refused subscription is told as refused", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.subscribe("a/#", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 1, granted: [0x80] });
  assert.equal(rig.told.at(-1), "subscribed 0 false");
});

test("an unsubscribe frees its row once the broker answered", () => {
  const rig = new ClientRig({ subscriptionCapacity: 1 });
  rig.connect();
  rig.client.subscribe("a", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 1, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  assert.deepEqual(rig.written(), ["subscribe 1", "unsubscribe 2"]);
  rig.says({ cmd: "unsuback", messageId: 2, granted: [] });
  assert.equal(rig.client.subscribe("b", 1, rig.now), 0);
});

test("a filter that breaks the rules is refused", () => {
  const rig = new ClientRig();
  assert.equal(rig.client.subscribe("a/#/b", 1, 0), BAD_TOPIC);
});

test("a QoS 1 message is acknowledged after the application had it", () => {
  const rig = new ClientRig();
  rig.connect();
  let before: string[] = [];
  rig.inMessage = () => {
    before = rig.written();
  };
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "on",
    qos: 1,
    messageId: 9,
    retain: false,
    dup: false,
  });
  assert.deepEqual(before, []);
  assert.deepEqual(rig.written(), ["puback 9"]);
  assert.equal(rig.told.at(-1), "message c on");
});

test("publishing from within onMessage is legal", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.inMessage = () => rig.publish("reply");
  rig.says({ cmd: "publish", topic: "c", payload: "", qos: 0, retain: false, dup: false });
  assert.deepEqual(rig.written(), ["publish 1 reply"]);
});

test("a message with an empty payload is delivered and the next one after it too", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "",
    qos: 1,
    messageId: 1,
    retain: true,
    dup: false,
  });
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "x",
    qos: 1,
    messageId: 2,
    retain: false,
    dup: false,
  });
  assert.deepEqual(rig.told.slice(-2), ["message c ", "message c x"]);
});

test("an oversize message is acknowledged, counted and shown as its beginning", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "y".repeat(500),
    qos: 1,
    messageId: 3,
    retain: false,
    dup: false,
  });
  assert.deepEqual(rig.written(), ["puback 3"]);
  assert.equal(rig.client.statistics.oversize, 1);
  rig.says({ cmd: "publish", topic: "c", payload: "z", qos: 0, retain: false, dup: false });
  assert.equal(rig.told.at(-1), "message c z");
});

test("while acknowledgements cannot be written no more is received than they have room for", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.limit(0);
  const packet = {
    cmd: "publish",
    topic: "c",
    payload: "x",
    qos: 1,
    messageId: 7,
    retain: false,
    dup: false,
  } as const;
  let delivered = 0;
  while (rig.says(packet) > 0) delivered++;
  assert.equal(delivered, 8);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.equal(rig.written().length, 8);
  assert.ok(rig.says(packet) > 0);
});

test("PINGREQ goes out when the line is idle and a missing PINGRESP ends the connection", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.pass(45_000);
  assert.deepEqual(rig.written(), ["pingreq"]);
  rig.pass(9_999);
  assert.equal(rig.told.at(-1), "connected false");
  rig.pass(1);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
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
    rig.publish("x", AT_MOST_ONCE);
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

test("a half packet is forgotten with the connection it came on", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.saysBytes(Uint8Array.of(0x30, 20, 0, 1), rig.now);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.equal(rig.told.at(-1), "connected true");
});

for (const [what, bytes, status] of [
  ["a packet before CONNACK", [0x40, 2, 0, 1], PROTOCOL_ERROR],
  ["a CONNACK with reserved flags", [0x21, 2, 0, 0], MALFORMED],
  ["a CONNACK of three bytes", [0x20, 3, 0, 0, 0], MALFORMED],
] as const) {
  test(`${what} ends the connection`, () => {
    const rig = new ClientRig();
    rig.client.start(0);
    rig.transport.opens(0);
    rig.transport.saysBytes(Uint8Array.from(bytes), 0);
    assert.equal(rig.told.at(-1), `disconnected ${status} 0`);
  });
}

for (const [what, bytes, status] of [
  ["QoS 3", [0x36, 5, 0, 1, 0x61, 0, 1], MALFORMED],
  ["identifier 0", [0x32, 5, 0, 1, 0x61, 0, 0], MALFORMED],
  ["a topic that runs past the packet", [0x30, 3, 0, 9, 0x61], MALFORMED],
  ["a topic with a wildcard", [0x30, 3, 0, 1, 0x23], MALFORMED],
  ["a topic that is no UTF-8", [0x30, 3, 0, 1, 0xff], MALFORMED],
  ["a topic with U+0000", [0x30, 3, 0, 1, 0], MALFORMED],
  ["a second CONNACK", [0x20, 2, 0, 0], PROTOCOL_ERROR],
  ["a PUBACK with flags", [0x41, 2, 0, 1], MALFORMED],
  ["a PUBACK without identifier", [0x40, 0], MALFORMED],
  ["a CONNECT", [0x10, 0], PROTOCOL_ERROR],
  ["packet type 0", [0x00, 0], PROTOCOL_ERROR],
  ["a Remaining Length of five bytes", [0x30, 0x80, 0x80, 0x80, 0x80, 1], MALFORMED],
] as const) {
  test(`${what} ends the connection and loses no publish`, () => {
    const rig = new ClientRig();
    rig.connect();
    rig.publish("kept");
    rig.transport.saysBytes(Uint8Array.from(bytes), rig.now);
    assert.equal(rig.told.at(-1), `disconnected ${status} 0`);
    assert.equal(rig.client.pending, 1);
  });
}

test("an acknowledgement of nothing is counted and does no harm", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.says({ cmd: "puback", messageId: 77 });
  rig.says({ cmd: "suback", messageId: 78, granted: [0] });
  rig.says({ cmd: "unsuback", messageId: 79, granted: [] });
  assert.equal(rig.client.statistics.strayAcknowledgements, 3);
  assert.equal(rig.told.at(-1), "connected false");
});

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
  assert.equal(rig.client.state, STOPPED);
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

test("a lost connection is told with its reason", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.breaks(rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${TRANSPORT_CLOSED} 0`);
});
