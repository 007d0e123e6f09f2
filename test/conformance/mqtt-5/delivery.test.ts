import assert from "node:assert/strict";
import { test } from "node:test";
import { LAST_PACKET_ID } from "../../../firmware/session/outbox.js";
import { Topic } from "../../../firmware/session/topic.js";
import { connected, message, resume } from "./broker.js";

test("the session's state lives while the connection does [MQTT-4.1.0-1]", () => {
  const rig = connected({ sessionExpirySeconds: 0 });
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.says(message(2, 5));
  rig.pass(30_000);
  assert.equal(rig.client.pending, 2);
  rig.says(message(2, 5, { dup: true }));
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 1);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.says({ cmd: "pubrec", messageId: 2 });
  rig.says({ cmd: "pubcomp", messageId: 2 });
  assert.equal(rig.client.pending, 0);
});

test("the first send has DUP 0, also after waiting offline and after being written in part [MQTT-4.3.2-2] [MQTT-4.3.3-2]", () => {
  const rig = connected();
  rig.transport.breaks(rig.now);
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 1", "publish 2 2"]);
  rig.transport.limit(5);
  rig.publish("3", 2);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  resume(rig);
  assert.equal(rig.written().at(-1), "publish 3 3");
});

test("QoS 1 is unacknowledged until its PUBACK, and no other packet ends it [MQTT-4.3.2-3]", () => {
  const rig = connected({ stableMs: 0 });
  rig.publish("1", 1);
  for (const cmd of ["pubrec", "pubcomp"] as const) rig.says({ cmd, messageId: 1 });
  rig.says({ cmd: "puback", messageId: 2 });
  for (let i = 0; i < 3; i++) {
    resume(rig);
    assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1"]);
  }
  rig.says({ cmd: "puback", messageId: 1 });
  resume(rig);
  assert.deepEqual(rig.written(), ["connect"]);
});

test("QoS 2 is unacknowledged until its PUBREC, and no other packet ends it [MQTT-4.3.3-3]", () => {
  const rig = connected();
  rig.publish("1", 2);
  for (const cmd of ["puback", "pubcomp"] as const) rig.says({ cmd, messageId: 1 });
  for (let i = 0; i < 3; i++) {
    resume(rig);
    assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1"]);
  }
});

test("a PUBREC below 0x80 is answered with PUBREL of the same identifier [MQTT-4.3.3-4]", () => {
  for (const reasonCode of [0, 0x10]) {
    const rig = connected();
    rig.publish("1", 2);
    rig.transport.take();
    rig.says({ cmd: "pubrec", messageId: 1, reasonCode });
    assert.deepEqual(rig.written(), ["pubrel 1"]);
  }
});

test("a PUBREC of 0x80 or above ends the publish with its code: no PUBREL, nothing sent again [MQTT-4.3.3-4] [MQTT-4.4.0-2]", () => {
  for (const reasonCode of [0x80, 0x97]) {
    const rig = connected();
    const token = rig.publish("1", 2);
    rig.transport.take();
    rig.says({ cmd: "pubrec", messageId: 1, reasonCode });
    assert.equal(rig.told.at(-1), `acknowledged ${token} ${reasonCode}`);
    resume(rig);
    assert.deepEqual(rig.written(), ["connect"]);
  }
});

test("a PUBACK of 0x80 or above ends the publish with its code: nothing is sent again [MQTT-4.4.0-2]", () => {
  const rig = connected();
  const token = rig.publish("1", 1);
  rig.says({ cmd: "puback", messageId: 1, reasonCode: 0x87 });
  assert.equal(rig.told.at(-1), `acknowledged ${token} ${0x87}`);
  resume(rig);
  assert.deepEqual(rig.written(), ["connect"]);
});

test("PUBREL is unacknowledged until PUBCOMP, and its PUBLISH is not sent again [MQTT-4.3.3-5] [MQTT-4.3.3-6]", () => {
  const rig = connected({ stableMs: 0 });
  const token = rig.publish("1", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "puback", messageId: 1 });
  for (let i = 0; i < 3; i++) {
    resume(rig);
    assert.deepEqual(rig.written(), ["connect", "pubrel 1"]);
  }
  rig.says({ cmd: "pubcomp", messageId: 1, reasonCode: 0x92 });
  assert.equal(rig.told.at(-1), `acknowledged ${token} 146`);
  resume(rig);
  assert.deepEqual(rig.written(), ["connect"]);
});

test("what was sent does not expire: it goes out again long after its time, and is released [MQTT-4.3.3-7] [MQTT-4.3.3-13]", () => {
  const topic = new Topic("a", { qos: 2, expirySeconds: 2 });
  const rig = connected();
  const token = rig.publishTo(topic, "sent");
  rig.transport.breaks(rig.now);
  const unsent = rig.publishTo(topic, "unsent");
  rig.pass(30_000);
  resume(rig);
  assert.ok(rig.told.includes(`expired ${unsent}`));
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup sent"]);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "pubcomp", messageId: 1 });
  assert.deepEqual(rig.written(), ["pubrel 1"]);
  assert.equal(rig.told.at(-1), `acknowledged ${token}`);
});

test("a received handshake is finished however late [MQTT-4.3.3-13]", () => {
  const rig = connected();
  rig.transport.take();
  rig.says(message(2, 5, { properties: { messageExpiryInterval: 1 } }));
  rig.pass(20_000);
  rig.says({ cmd: "pubrel", messageId: 5 });
  assert.deepEqual(rig.written(), ["pubrec 5", "pubcomp 5"]);
});

test("a QoS 1 message is answered with PUBACK, and its identifier then is a new message's [MQTT-4.3.2-4] [MQTT-4.3.2-5]", () => {
  const rig = connected();
  rig.says(message(1, 5));
  rig.says(message(1, 5, { payload: "other", dup: true }));
  assert.deepEqual(rig.written(), ["puback 5", "puback 5"]);
  assert.deepEqual(rig.told.slice(-2), ["message c 5", "message c other"]);
});

test("a QoS 2 message is answered with PUBREC, each time it comes, and delivered once [MQTT-4.3.3-8] [MQTT-4.3.3-10]", () => {
  const rig = connected();
  rig.says(message(2, 5));
  rig.says(message(2, 5, { dup: true }));
  assert.deepEqual(rig.written(), ["pubrec 5", "pubrec 5"]);
  resume(rig);
  rig.says(message(2, 5, { dup: true }));
  assert.deepEqual(rig.written(), ["connect", "pubrec 5"]);
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 1);
});

test("a PUBREC of 0x80 or above frees its identifier for another publish [MQTT-4.3.3-9]", () => {
  const rig = connected({ inFlightWindow: 1 });
  rig.publish("refused", 2);
  rig.publish("next", 2);
  rig.transport.take();
  rig.says({ cmd: "pubrec", messageId: 1, reasonCode: 0x99 });
  assert.deepEqual(rig.written(), ["publish 2 next"]);
  rig.says({ cmd: "pubrec", messageId: 2, reasonCode: 0x99 });
  rig.client.session.outbox.packetId = LAST_PACKET_ID - 1;
  rig.client.session.outbox.freeIds = 0;
  rig.publish("last", 2);
  rig.transport.take();
  rig.says({ cmd: "pubrec", messageId: LAST_PACKET_ID, reasonCode: 0x99 });
  rig.publish("round", 2);
  assert.deepEqual(rig.written(), ["publish 1 round"]);
});

test("PUBREL is answered with PUBCOMP, after which the identifier is a new message's [MQTT-4.3.3-11] [MQTT-4.3.3-12]", () => {
  const rig = connected();
  for (const payload of ["one", "two"]) {
    rig.transport.take();
    rig.says(message(2, 5, { payload }));
    rig.says({ cmd: "pubrel", messageId: 5 });
    assert.deepEqual(rig.written(), ["pubrec 5", "pubcomp 5"]);
    assert.equal(rig.told.at(-1), `message c ${payload}`);
  }
});

test("nothing is sent again but on a new connection that has the session, with its identifiers [MQTT-4.4.0-1]", () => {
  const rig = connected();
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.publish("3", 2);
  rig.says({ cmd: "pubrec", messageId: 3 });
  rig.transport.take();
  for (let i = 0; i < 10; i++) {
    rig.pass(46_000);
    assert.deepEqual(rig.written(), ["pingreq"]);
    rig.says({ cmd: "pingresp" });
  }
  rig.transport.breaks(rig.now);
  rig.pass(20_000);
  rig.transport.opens(rig.now);
  const [connect] = rig.transport.take();
  assert.equal(connect?.cmd === "connect" && connect.clean, false);
  rig.accept({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["publish 1 dup 1", "publish 2 dup 2", "pubrel 3"]);
});

test("every message is acknowledged, wanted or not [MQTT-4.5.0-2]", () => {
  const rig = connected();
  rig.says(message(1, 3, { topic: "never/asked", payload: "" }));
  rig.says(message(2, 4, { topic: "never/asked" }));
  assert.deepEqual(rig.written(), ["puback 3", "pubrec 4"]);
});

test("resends come in the order of the first sends, whatever was published since [MQTT-4.6.0-1]", () => {
  const rig = connected();
  for (const [index, qos] of ([2, 1, 2, 1] as const).entries()) rig.publish(`${index}`, qos);
  rig.transport.breaks(rig.now);
  rig.publishTo(new Topic("a", { qos: 1, priority: 3 }), "urgent");
  rig.transport.take();
  rig.reconnect({ sessionPresent: true });
  const expected = ["connect", "publish 1 dup 0", "publish 2 dup 1", "publish 3 dup 2"];
  assert.deepEqual(rig.written(), [...expected, "publish 4 dup 3"]);
});

test("PUBACKs and PUBRECs go out in the order of their PUBLISHes [MQTT-4.6.0-2] [MQTT-4.6.0-3]", () => {
  const rig = connected();
  rig.transport.limit(0);
  const order = [
    [2, 9],
    [1, 4],
    [2, 3],
    [1, 8],
  ] as const;
  for (const [qos, id] of order) rig.says(message(qos, id));
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["pubrec 9", "puback 4", "pubrec 3", "puback 8"]);
});

test("PUBRELs go out in the order of the PUBRECs [MQTT-4.6.0-4]", () => {
  const rig = connected();
  for (const payload of ["1", "2", "3"]) rig.publish(payload, 2);
  rig.transport.take();
  for (const messageId of [1, 2, 3]) rig.says({ cmd: "pubrec", messageId });
  assert.deepEqual(rig.written(), ["pubrel 1", "pubrel 2", "pubrel 3"]);
  resume(rig);
  assert.deepEqual(rig.written(), ["connect", "pubrel 1", "pubrel 2", "pubrel 3"]);
});
