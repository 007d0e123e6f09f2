import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { BAD_TOPIC, MALFORMED, PROTOCOL_ERROR, TIMED_OUT } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

test("a subscription is sent, granted, and sent again when the broker lost the session", () => {
  const rig = new ClientRig();
  rig.client.subscribe("mote/b/command/+", 1, 0);
  rig.connect();
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  assert.equal(rig.told.at(-1), "subscribed 0 true");
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect", "subscribe 65535"]);
});

test("a refused subscription is told as refused", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.subscribe("a/#", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [0x80] });
  assert.equal(rig.told.at(-1), "subscribed 0 false");
});

test("an unsubscribe frees its row once the broker answered", () => {
  const rig = new ClientRig({ subscriptionCapacity: 1 });
  rig.connect();
  rig.client.subscribe("a", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  assert.deepEqual(rig.written(), ["subscribe 65535", "unsubscribe 65535"]);
  rig.says({ cmd: "unsuback", messageId: 65535, granted: [] });
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

test("a message whose topic alone is larger than the buffer is counted and acknowledged, in any pieces", () => {
  for (const [qos, answer] of [
    [0, []],
    [1, ["puback 9"]],
    [2, ["pubrec 9"]],
  ] as const) {
    const id = qos === 0 ? {} : { messageId: 9 };
    const topic = "t".repeat(200);
    const bytes = generate({
      cmd: "publish",
      topic,
      payload: "p",
      qos,
      retain: false,
      dup: false,
      ...id,
    });
    for (let at = 0; at <= bytes.length; at += 7) {
      const rig = new ClientRig();
      rig.connect();
      rig.transport.saysBytes(bytes.subarray(0, at), rig.now);
      rig.transport.saysBytes(bytes.subarray(at), rig.now);
      assert.deepEqual(rig.written(), answer, `QoS ${qos}, split at ${at}`);
      assert.equal(rig.client.statistics.oversize, 1);
      assert.equal(rig.told.at(-1), `oversize ${qos}`);
    }
  }
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
