import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet } from "mqtt-packet";
import { Topic } from "../../firmware/session/topic.js";
import { BAD_ARGUMENT, BAD_TOPIC, MALFORMED, PROTOCOL_ERROR } from "../../firmware/status.js";
import { ClientRig } from "../sim/client-rig.js";

function connected(): ClientRig {
  const rig = new ClientRig();
  rig.connect();
  return rig;
}

function publish(qos: 0 | 1 | 2, messageId = 7): Packet {
  const id = qos === 0 ? {} : { messageId };
  return {
    cmd: "publish",
    topic: "c",
    payload: `${messageId}`,
    qos,
    retain: false,
    dup: false,
    ...id,
  };
}

/** Says raw bytes to a connected client and expects that it ends the connection for that reason. */
function endsFor(status: number, ...bytes: number[]): void {
  const rig = connected();
  rig.transport.saysBytes(Uint8Array.from(bytes), rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${status} 0`, `for ${bytes}`);
  assert.equal(rig.transport.calls.at(-1), "close");
}

test("a topic that is no UTF-8, or holds a surrogate or U+0000, closes the connection [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-4.7.3-2]", () => {
  endsFor(MALFORMED, 0x30, 4, 0, 2, 0xc3, 0x28);
  endsFor(MALFORMED, 0x30, 5, 0, 3, 0xed, 0xa0, 0x80);
  endsFor(MALFORMED, 0x30, 3, 0, 1, 0);
});

test("reserved flags of what is sent have their values [MQTT-2.2.2-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]", () => {
  const rig = connected();
  rig.transport.takeBytes();
  rig.client.subscribe("a", 1, rig.now);
  assert.equal(rig.transport.takeBytes()[0], 0x82);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  assert.equal(rig.transport.takeBytes()[0], 0xa2);
  rig.publish("x", 2);
  rig.transport.takeBytes();
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.equal(rig.transport.takeBytes()[0], 0x62);
});

test("invalid flags of what is received close the connection [MQTT-2.2.2-2] [MQTT-3.6.1-1]", () => {
  for (const first of [0x41, 0x51, 0x60, 0x63, 0x71, 0x91, 0xb1, 0xd1])
    endsFor(MALFORMED, first, 2, 0, 1);
});

test("SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 carry an identifier that is not 0 [MQTT-2.3.1-1]", () => {
  const rig = connected();
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.client.subscribe("a", 1, rig.now);
  for (const packet of rig.transport.take()) assert.ok((packet.messageId ?? 0) > 0);
  endsFor(MALFORMED, 0x32, 5, 0, 1, 0x61, 0, 0);
});

test("each takes an identifier that is not in use [MQTT-2.3.1-2] [MQTT-4.3.2-1] [MQTT-4.3.3-1]", () => {
  const rig = connected();
  for (const qos of [1, 2] as const) rig.publish("x", qos);
  rig.client.subscribe("a", 1, rig.now);
  const packets = rig.transport.take();
  const ids = packets.map((packet) => packet.messageId);
  assert.equal(new Set(ids).size, 3);
  for (const packet of packets) assert.equal("dup" in packet && packet.dup, false);
});

test("a resend keeps its identifier, which is free again after its last acknowledgement [MQTT-2.3.1-3] [MQTT-4.4.0-1]", () => {
  const rig = connected();
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.says({ cmd: "pubrec", messageId: 2 });
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1", "pubrel 2"]);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.says({ cmd: "pubcomp", messageId: 2 });
  assert.equal(rig.client.pending, 0);
});

test("a QoS 0 PUBLISH has no identifier and DUP 0 [MQTT-2.3.1-5] [MQTT-3.3.1-2] [MQTT-4.3.1-1]", () => {
  const rig = connected();
  rig.publish("x", 0);
  const [packet] = rig.transport.take();
  assert.ok(packet?.cmd === "publish");
  assert.equal(packet.messageId, undefined);
  assert.equal(packet.dup, false);
  endsFor(MALFORMED, 0x38, 3, 0, 1, 0x61);
});

test("PUBACK, PUBREC, PUBREL and PUBCOMP carry the identifier of their PUBLISH [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2]", () => {
  const rig = connected();
  rig.says(publish(0));
  rig.says(publish(1, 0x1234));
  rig.says(publish(2, 0xfffe));
  rig.says({ cmd: "pubrel", messageId: 0xfffe });
  assert.deepEqual(rig.written(), ["puback 4660", "pubrec 65534", "pubcomp 65534"]);
});

test("DUP is set on a redelivery, whatever DUP anything received had [MQTT-3.3.1-1] [MQTT-3.3.1-3]", () => {
  const rig = connected();
  rig.inMessage = () => rig.publish("answer");
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "x",
    qos: 1,
    messageId: 1,
    retain: false,
    dup: true,
  });
  assert.deepEqual(rig.written(), ["publish 1 answer", "puback 1"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup answer"]);
});

test("QoS 3 closes the connection and is never sent [MQTT-3.3.1-4]", () => {
  endsFor(MALFORMED, 0x36, 5, 0, 1, 0x61, 0, 1);
  assert.throws(() => new Topic("a", { qos: 3 }));
});

test("the topic name comes first in a PUBLISH [MQTT-3.3.2-1]", () => {
  const rig = connected();
  rig.transport.takeBytes();
  rig.publish("x", 0);
  assert.equal(rig.transport.takeBytes().subarray(2).toString(), "\0\x08mote/b/tx");
});

test("a topic name has no wildcard, at least one character, at most 65535 bytes [MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT-4.7.3-1] [MQTT-4.7.3-3]", () => {
  for (const name of ["", "a/+", "#", "x".repeat(65_536)]) assert.throws(() => new Topic(name, {}));
  endsFor(MALFORMED, 0x30, 3, 0, 1, 0x2b);
  endsFor(MALFORMED, 0x30, 2, 0, 0);
});

test("wildcards in a filter stand where the standard lets them [MQTT-4.7.1-2] [MQTT-4.7.1-3]", () => {
  const rig = connected();
  for (const filter of ["a#", "#/a", "a/#/b", "a+", "+a", ""]) {
    assert.equal(rig.client.subscribe(filter, 1, rig.now), BAD_TOPIC, filter);
  }
  for (const filter of ["#", "a/#", "+", "a/+/b"]) {
    assert.ok(rig.client.subscribe(filter, 1, rig.now) >= 0, filter);
  }
});

test("SUBSCRIBE and UNSUBSCRIBE name at least one UTF-8 filter, SUBSCRIBE with a QoS of 0 to 2 [MQTT-3.8.3-1] [MQTT-3.8.3-3] [MQTT-3.8.3-4] [MQTT-3.10.3-1] [MQTT-3.10.3-2]", () => {
  const rig = connected();
  rig.client.subscribe("größe/+", 2, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [2] });
  rig.client.unsubscribe("größe/+", rig.now);
  const [subscribe, unsubscribe] = rig.transport.take();
  assert.ok(subscribe?.cmd === "subscribe" && unsubscribe?.cmd === "unsubscribe");
  assert.deepEqual(
    subscribe.subscriptions.map(({ topic, qos }) => [topic, qos]),
    [["größe/+", 2]],
  );
  assert.deepEqual(unsubscribe.unsubscriptions, ["größe/+"]);
  assert.equal(rig.client.subscribe("a", 3, rig.now), BAD_ARGUMENT);
});

test("a filter refused with 0x80 is told as refused and is no other code [MQTT-4.8.0-1]", () => {
  const rig = connected();
  rig.client.subscribe("a", 1, rig.now);
  rig.transport.saysBytes(Uint8Array.of(0x90, 3, 0, 1, 3), rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${MALFORMED} 0`);
});

test("a protocol violation and a transient error both close the connection [MQTT-4.8.0-1] [MQTT-4.8.0-2]", () => {
  endsFor(PROTOCOL_ERROR, 0x10, 0);
  const rig = connected();
  rig.pass(55_000);
  assert.equal(rig.transport.calls.at(-1), "close");
});

test("QoS 1 is unacknowledged until PUBACK, QoS 2 until PUBCOMP, with no PUBLISH after PUBREL [MQTT-4.3.2-1] [MQTT-4.3.3-1]", () => {
  const rig = connected();
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.says({ cmd: "pubrec", messageId: 2 });
  assert.equal(rig.client.pending, 2);
  rig.written();
  for (let i = 0; i < 3; i++) {
    rig.transport.breaks(rig.now);
    rig.reconnect({ sessionPresent: true });
    assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1", "pubrel 2"]);
  }
});

test("every message is acknowledged, wanted or not [MQTT-4.5.0-2]", () => {
  const rig = connected();
  rig.says({
    cmd: "publish",
    topic: "never/asked",
    payload: "",
    qos: 1,
    messageId: 3,
    retain: false,
    dup: false,
  });
  assert.deepEqual(rig.written(), ["puback 3"]);
});

test("resends come in the order of the first sends [MQTT-4.6.0-1]", () => {
  const rig = connected();
  const levels = [2, 1, 2, 1] as const;
  for (const [index, qos] of levels.entries()) rig.publish(`${index}`, qos);
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), [
    "connect",
    "publish 1 dup 0",
    "publish 2 dup 1",
    "publish 3 dup 2",
    "publish 4 dup 3",
  ]);
});

test("PUBACKs and PUBRECs go out in the order of their PUBLISHes [MQTT-4.6.0-2] [MQTT-4.6.0-3]", () => {
  const rig = connected();
  rig.transport.limit(0);
  for (const [qos, id] of [
    [2, 9],
    [1, 4],
    [2, 3],
    [1, 8],
  ] as const)
    rig.says(publish(qos, id));
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["pubrec 9", "puback 4", "pubrec 3", "puback 8"]);
});

test("PUBRELs go out in the order of the PUBRECs [MQTT-4.6.0-4]", () => {
  const rig = connected();
  for (const payload of ["1", "2", "3"]) rig.publish(payload, 2);
  rig.written();
  for (const messageId of [1, 2, 3]) rig.says({ cmd: "pubrec", messageId });
  assert.deepEqual(rig.written(), ["pubrel 1", "pubrel 2", "pubrel 3"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "pubrel 1", "pubrel 2", "pubrel 3"]);
});
