import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic } from "../../../firmware/session/topic.js";
import { BAD_ALIAS, MALFORMED, PROTOCOL_ERROR, QUOTA_EXCEEDED } from "../../../firmware/status.js";
import { Properties } from "../../../firmware/wire/properties.js";
import {
  CONTENT_TYPE,
  CORRELATION_DATA,
  PAYLOAD_FORMAT_INDICATOR,
  RESPONSE_TOPIC,
  SUBSCRIPTION_IDENTIFIER,
  TOPIC_ALIAS,
  USER_PROPERTY,
} from "../../../firmware/wire/property-id.js";
import {
  MALFORMED_PACKET,
  PROTOCOL_ERROR_REASON,
  RECEIVE_MAXIMUM_EXCEEDED,
  TOPIC_ALIAS_INVALID,
} from "../../../firmware/wire/reason-code.js";
import { assertEnded, connected, endsFor, message, resume, withProperties } from "./broker.js";

test("DUP is set on a redelivery, whatever DUP anything received had, and never before [MQTT-3.3.1-1] [MQTT-3.3.1-3]", () => {
  const rig = connected();
  rig.inMessage = () => rig.publish("answer");
  rig.says(message(1, 1, { dup: true }));
  assert.deepEqual(rig.written(), ["publish 1 answer", "puback 1"]);
  resume(rig);
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup answer"]);
});

test("at QoS 0 DUP is 0, also on the connection after a lost one [MQTT-3.3.1-2]", () => {
  const rig = connected();
  rig.transport.limit(3);
  rig.publish("x", 0);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  resume(rig);
  assert.deepEqual(rig.written(), ["connect", "publish x"]);
  endsFor(MALFORMED, MALFORMED_PACKET, [0x38, 4, 0, 1, 0x61, 0]);
});

test("QoS 3 ends the connection and is never sent [MQTT-3.3.1-4]", () => {
  endsFor(MALFORMED, MALFORMED_PACKET, [0x36, 6, 0, 1, 0x61, 0, 1, 0]);
  assert.throws(() => new Topic("a", { qos: 3 }));
});

test("the topic name comes first in a PUBLISH, in UTF-8 [MQTT-3.3.2-1]", () => {
  const rig = connected();
  rig.transport.takeBytes();
  rig.publishTo(new Topic("größe", {}), "x");
  assert.equal(rig.transport.takeBytes().subarray(2).toString(), "\0\x07größe\0x");
});

test("a topic name has no wildcard, at least one character, at most 65535 bytes [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-4.7.3-1] [MQTT-4.7.3-3]", () => {
  for (const name of ["", "a/+", "#", "x".repeat(65_536)]) assert.throws(() => new Topic(name, {}));
  assert.equal(new Topic("x".repeat(65_535), {}).flags, 0);
  endsFor(MALFORMED, MALFORMED_PACKET, [0x30, 4, 0, 1, 0x2b, 0]);
  endsFor(MALFORMED, MALFORMED_PACKET, [0x30, 6, 0, 3, 0x61, 0x2f, 0x23, 0]);
  endsFor(PROTOCOL_ERROR, PROTOCOL_ERROR_REASON, [0x30, 3, 0, 0, 0]);
});

test("aliases that the client gave are given anew on each connection, with their topic [MQTT-3.3.2-7]", () => {
  const limits = { topicAliasMaximum: 9 };
  const rig = connected({ aliasCapacity: 4 }, limits);
  const topic = new Topic("a", { qos: 1 });
  rig.publishTo(topic, "1");
  rig.publishTo(topic, "2");
  const topics = () =>
    rig.transport.take().flatMap((one) => (one.cmd === "publish" ? [one.topic] : []));
  assert.deepEqual(topics(), ["a", ""]);
  resume(rig, limits);
  assert.deepEqual(topics(), ["a", ""]);
  rig.publishTo(topic, "3");
  assert.deepEqual(topics(), [""]);
});

test("an alias that the broker gave on an earlier connection means nothing [MQTT-3.3.2-7]", () => {
  const rig = connected({ topicAliasMaximum: 4 });
  rig.says(message(0, 0, { properties: { topicAlias: 1 } }));
  resume(rig);
  rig.says(message(0, 0, { topic: "", properties: { topicAlias: 1 } }));
  assertEnded(rig, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
});

test("an alias of 0 ends the connection, and an application cannot send one [MQTT-3.3.2-8]", () => {
  const rig = connected({ topicAliasMaximum: 4 });
  rig.transport.saysBytes(Uint8Array.from(withProperties(TOPIC_ALIAS, 0, 0)), rig.now);
  assertEnded(rig, BAD_ALIAS, TOPIC_ALIAS_INVALID);
  const properties = new Properties().uint16(TOPIC_ALIAS, 0);
  assert.throws(() => new Topic("a", { properties }));
});

test("every alias from 1 to the client's own maximum is taken, and may change its topic [MQTT-3.3.2-10]", () => {
  const rig = connected({ topicAliasMaximum: 3 });
  for (let topicAlias = 1; topicAlias <= 3; topicAlias++) {
    rig.says(message(0, 0, { topic: `t${topicAlias}`, properties: { topicAlias } }));
  }
  rig.says(message(0, 0, { topic: "new", properties: { topicAlias: 2 } }));
  rig.told.length = 0;
  for (const topicAlias of [3, 1, 2]) {
    rig.says(message(0, topicAlias, { topic: "", properties: { topicAlias } }));
  }
  assert.deepEqual(rig.told, ["message t3 3", "message t1 1", "message new 2"]);
});

test("messages of an alias whose topic is too long to be kept are counted and acknowledged, and nothing ends [MQTT-3.3.2-10]", () => {
  const rig = connected({ topicAliasMaximum: 2, aliasTopicBytes: 4 });
  const properties = { topicAlias: 1 };
  rig.says(message(1, 1, { topic: "longer", properties }));
  assert.equal(rig.told.at(-1), "message longer 1");
  for (const step of [100, 1]) {
    rig.transport.saysIn(step, message(1, 2, { topic: "", properties }), rig.now);
    assert.equal(rig.told.at(-1), "oversize 1");
    rig.transport.saysIn(step, message(2, 3, { topic: "", properties }), rig.now);
    rig.says({ cmd: "pubrel", messageId: 3 });
    rig.transport.saysIn(step, message(0, 0, { topic: "", properties }), rig.now);
    assert.equal(rig.told.at(-1), "oversize 0");
  }
  const round = ["puback 2", "pubrec 3", "pubcomp 3"];
  assert.deepEqual(rig.written().slice(-7), ["puback 1", ...round, ...round]);
  rig.says(message(0, 5, { topic: "s", properties }));
  rig.says(message(0, 6, { topic: "", properties }));
  assert.deepEqual(rig.told.slice(-2), ["message s 5", "message s 6"]);
});

test("properties of a message are sent as an independent parser reads them [MQTT-3.3.2-13] [MQTT-3.3.2-19]", () => {
  const properties = new Properties()
    .byte(PAYLOAD_FORMAT_INDICATOR, 1)
    .text(CONTENT_TYPE, "größe/µ")
    .text(RESPONSE_TOPIC, "antwört")
    .binary(CORRELATION_DATA, Uint8Array.of(0, 255))
    .pair(USER_PROPERTY, "a", "b");
  const rig = connected();
  rig.publishTo(new Topic("a", { properties, expirySeconds: 7 }), "x");
  const [packet] = rig.transport.take();
  assert.ok(packet?.cmd === "publish");
  const { userProperties, ...others } = packet.properties ?? {};
  assert.deepEqual({ ...userProperties }, { a: "b" });
  assert.deepEqual(others, {
    payloadFormatIndicator: true,
    messageExpiryInterval: 7,
    contentType: "größe/µ",
    responseTopic: "antwört",
    correlationData: Buffer.from([0, 255]),
  });
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(RESPONSE_TOPIC, 0, 1, 0xff));
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(CONTENT_TYPE, 0, 1, 0xff));
});

test("a response topic with a wildcard, or none, is refused when its topic is made [MQTT-3.3.2-14]", () => {
  for (const response of ["a/#", "+", ""]) {
    const properties = new Properties().text(RESPONSE_TOPIC, response);
    assert.throws(() => new Topic("a", { properties }), response);
  }
});

test("each QoS is answered as it asks: nothing, PUBACK, PUBREC [MQTT-3.3.4-1] [MQTT-2.2.1-5]", () => {
  const rig = connected();
  rig.says(message(0));
  rig.says(message(1, 0x1234));
  rig.says(message(2, 0xfffe));
  rig.says({ cmd: "pubrel", messageId: 0xfffe });
  assert.deepEqual(rig.written(), ["puback 4660", "pubrec 65534", "pubcomp 65534"]);
});

test("an application cannot publish with a Subscription Identifier, or what else no PUBLISH may have [MQTT-3.3.4-6]", () => {
  for (const properties of [
    new Properties().varint(SUBSCRIPTION_IDENTIFIER, 1),
    new Properties().text(31, "reason"),
    new Properties().text(CONTENT_TYPE, "a").text(CONTENT_TYPE, "b"),
    new Properties().byte(PAYLOAD_FORMAT_INDICATOR, 2),
  ]) {
    assert.throws(() => new Topic("a", { properties }));
  }
});

test("no more messages above QoS 0 await their answer than the broker's Receive Maximum [MQTT-3.3.4-7] [MQTT-4.9.0-1] [MQTT-4.9.0-2]", () => {
  const rig = connected({ inFlightWindow: 4 }, { receiveMaximum: 2 });
  for (const payload of ["1", "2", "3", "4"]) rig.publish(payload, payload === "2" ? 2 : 1);
  assert.deepEqual(rig.written(), ["publish 1 1", "publish 2 2"]);
  rig.says({ cmd: "pubrec", messageId: 2 });
  assert.deepEqual(rig.written(), ["pubrel 2"]);
  rig.says({ cmd: "pubcomp", messageId: 2 });
  assert.deepEqual(rig.written(), ["publish 3 3"]);
  rig.says({ cmd: "puback", messageId: 1, reasonCode: 0x97 });
  assert.deepEqual(rig.written(), ["publish 4 4"]);
});

test("the quota is set anew by each connection, and a PUBREC that refuses frees one [MQTT-4.9.0-1]", () => {
  const rig = connected({ inFlightWindow: 4 });
  for (const payload of ["1", "2", "3", "4", "5"]) rig.publish(payload, 2);
  assert.equal(rig.written().length, 4);
  resume(rig, { receiveMaximum: 1 });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1"]);
  rig.says({ cmd: "pubrec", messageId: 1, reasonCode: 0x80 });
  assert.deepEqual(rig.written(), ["publish 2 dup 2"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.equal(rig.written().length, 1 + 4);
});

test("a Receive Maximum of 0 is a fault of the broker [MQTT-4.9.0-1]", () => {
  const rig = connected();
  rig.transport.breaks(rig.now);
  rig.pass(20_000);
  rig.transport.opens(rig.now);
  rig.transport.saysBytes(Uint8Array.of(0x20, 6, 1, 0, 3, 33, 0, 0), rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
});

test("at a quota of 0 every other packet goes out: acknowledgements, SUBSCRIBE, PINGREQ, DISCONNECT [MQTT-3.3.4-8] [MQTT-4.9.0-3]", () => {
  const rig = connected({ answerTimeoutMs: 100_000 }, { receiveMaximum: 1 });
  rig.publish("1", 2);
  rig.publish("2", 2);
  rig.transport.take();
  rig.says(message(1, 1));
  rig.says(message(2, 2));
  rig.says({ cmd: "pubrel", messageId: 2 });
  rig.client.subscribe("a", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.pass(50_000);
  rig.client.close(0, rig.now);
  rig.pass(0);
  assert.deepEqual(rig.written(), [
    "puback 1",
    "pubrec 2",
    "pubcomp 2",
    "subscribe 65535",
    "unsubscribe 65535",
    "pubrel 1",
    "pingreq",
    "disconnect",
  ]);
});

test("a broker that takes fewer messages than before gets every PUBREL at once all the same [MQTT-3.3.4-8] [MQTT-4.9.0-3]", () => {
  const rig = connected({ inFlightWindow: 4 });
  for (const payload of ["one", "2", "three", "4"]) rig.publish(payload, 2);
  for (const messageId of [2, 4]) rig.says({ cmd: "pubrec", messageId });
  resume(rig, { receiveMaximum: 1 });
  assert.deepEqual(rig.written(), ["connect", "pubrel 2", "pubrel 4"]);
  rig.says({ cmd: "pubcomp", messageId: 2 });
  rig.says({ cmd: "pubcomp", messageId: 4 });
  assert.deepEqual(rig.written(), ["publish 1 dup one"]);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says({ cmd: "pubcomp", messageId: 1 });
  assert.deepEqual(rig.written(), ["pubrel 1", "publish 3 dup three"]);
});

test("more messages than the client's Receive Maximum end the connection with 0x93, and the next is not put off [MQTT-3.3.4-7]", () => {
  const rig = connected({
    inboxCapacity: 1,
    backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
  });
  for (let id = 1; id < 20; id++) {
    rig.says(message(2, id));
    rig.says(message(2, id + 1));
    assert.equal(rig.written().at(-1), `disconnect ${RECEIVE_MAXIMUM_EXCEEDED}`);
    assert.equal(rig.told.at(-1), `disconnected ${QUOTA_EXCEEDED} 0`);
    assert.ok(rig.client.pollTimeout(rig.now) <= 1_000);
    rig.reconnect({ sessionPresent: true });
    rig.says({ cmd: "pubrel", messageId: id });
  }
  assert.equal(rig.told.filter((line) => line.startsWith("message")).length, 19);
});
