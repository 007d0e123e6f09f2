import assert from "node:assert/strict";
import { test } from "node:test";
import type { IConnackPacket, IConnectPacket, Packet } from "mqtt-packet";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { Topic } from "../../../firmware/session/topic.js";
import {
  MALFORMED,
  PROTOCOL_ERROR,
  QUOTA_EXCEEDED,
  REFUSED,
  TOO_LARGE,
  UNSUPPORTED,
} from "../../../firmware/status.js";
import { Properties } from "../../../firmware/wire/properties.js";
import {
  CONTENT_TYPE,
  CORRELATION_DATA,
  PAYLOAD_FORMAT_INDICATOR,
  REASON_STRING,
  RESPONSE_TOPIC,
  SERVER_REFERENCE,
  SUBSCRIPTION_IDENTIFIER,
  USER_PROPERTY,
} from "../../../firmware/wire/property-id.js";
import { decodeText } from "../../../firmware/wire/text.js";
import { ClientRig } from "../../sim/client-rig.js";

function rig5(options: Partial<ClientOptions> = {}): ClientRig {
  return new ClientRig({ protocolVersion: 5, receiveBuffer: new Uint8Array(128), ...options });
}

/** The CONNECT that a client writes now. */
function connectOf(rig: ClientRig): IConnectPacket {
  rig.transport.opens(rig.now);
  const connect = rig.transport.take().find((packet) => packet.cmd === "connect");
  assert.ok(connect?.cmd === "connect");
  return connect;
}

/** The text of the string that the reader stands at. */
function textHere(rig: ClientRig): string {
  const properties = rig.client.session.version5?.properties;
  assert.ok(properties);
  return decodeText(properties.bytes, properties.offset, properties.length);
}

function propertiesOf(rig: ClientRig) {
  const properties = rig.client.session.version5?.properties;
  assert.ok(properties);
  return properties;
}

test("CONNECT says in properties what the client can and wants", () => {
  const rig = rig5({
    sessionExpirySeconds: 3_600,
    topicAliasMaximum: 3,
    inboxCapacity: 7,
    properties: new Properties().pair(USER_PROPERTY, "site", "north"),
    will: {
      topic: "gone",
      payload: Buffer.from("x"),
      qos: 1,
      retain: false,
      delaySeconds: 30,
      properties: new Properties().text(CONTENT_TYPE, "text/plain"),
    },
  });
  rig.client.start(0);
  const connect = connectOf(rig);
  assert.equal(connect.properties?.sessionExpiryInterval, 3_600);
  assert.equal(connect.properties?.receiveMaximum, 7);
  assert.equal(connect.properties?.maximumPacketSize, 128);
  assert.equal(connect.properties?.topicAliasMaximum, 3);
  assert.deepEqual({ ...connect.properties?.userProperties }, { site: "north" });
  assert.equal(connect.will?.properties?.willDelayInterval, 30);
  assert.equal(connect.will?.properties?.contentType, "text/plain");
});

test("the first connection of a client begins clean, and the next ones resume", () => {
  const rig = rig5();
  rig.client.start(0);
  assert.equal(connectOf(rig).clean, true);
  rig.accept();
  rig.transport.breaks(rig.now);
  rig.pass(500);
  assert.equal(connectOf(rig).clean, false);
});

test("a publish carries the properties of its topic", () => {
  const rig = rig5();
  rig.connect();
  const properties = new Properties()
    .byte(PAYLOAD_FORMAT_INDICATOR, 1)
    .text(RESPONSE_TOPIC, "answers")
    .binary(CORRELATION_DATA, Uint8Array.of(1, 2))
    .pair(USER_PROPERTY, "k", "v");
  rig.publishTo(new Topic("t", { qos: 1, properties }), "x");
  const [publish] = rig.transport.take();
  assert.ok(publish?.cmd === "publish");
  assert.equal(publish.properties?.payloadFormatIndicator, true);
  assert.equal(publish.properties?.responseTopic, "answers");
  assert.deepEqual(publish.properties?.correlationData, Buffer.from([1, 2]));
  assert.deepEqual({ ...publish.properties?.userProperties }, { k: "v" });
});

test("an application reads the properties of a message while it has it", () => {
  const rig = rig5();
  rig.connect();
  const found: unknown[] = [];
  rig.inMessage = (message) => {
    const properties = propertiesOf(rig);
    for (let id = properties.read(); id > 0; id = properties.read()) {
      found.push(id === SUBSCRIPTION_IDENTIFIER ? properties.value : textHere(rig));
    }
    found.push(message.payloadText());
  };
  rig.says({
    cmd: "publish",
    topic: "t",
    payload: "p",
    qos: 0,
    retain: false,
    dup: false,
    properties: { contentType: "text", subscriptionIdentifier: 300 },
  });
  assert.deepEqual(found.sort(), ["p", "text", 300].sort());
});

test("an application reads why a publish was refused", () => {
  const rig = rig5();
  rig.connect();
  let why = "";
  rig.inEvent = () => {
    if (propertiesOf(rig).find(REASON_STRING)) why = textHere(rig);
  };
  const token = rig.publish("x");
  rig.says({
    cmd: "puback",
    messageId: 1,
    reasonCode: 0x97,
    properties: { reasonString: "quota" },
  });
  assert.equal(rig.told.at(-1), `acknowledged ${token} 151`);
  assert.equal(why, "quota");
});

test("an application reads where else a server wants it", () => {
  const rig = rig5();
  rig.client.start(0);
  rig.transport.opens(0);
  let where = "";
  rig.inEvent = () => {
    if (propertiesOf(rig).find(SERVER_REFERENCE)) where = textHere(rig);
  };
  rig.accept({ reasonCode: 0x9d, properties: { serverReference: "other:1883" } });
  assert.equal(rig.told.at(-1), `disconnected ${REFUSED} 157`);
  assert.equal(where, "other:1883");
});

for (const [what, connack, topic, status] of [
  ["QoS 2", { maximumQoS: 1 }, new Topic("t", { qos: 2 }), UNSUPPORTED],
  ["QoS 1", { maximumQoS: 0 }, new Topic("t", { qos: 1 }), UNSUPPORTED],
  ["a retained publish", { retainAvailable: false }, new Topic("t", { retain: true }), UNSUPPORTED],
  ["a large publish", { maximumPacketSize: 20 }, new Topic("t", {}), TOO_LARGE],
] as const) {
  const properties = connack as NonNullable<IConnackPacket["properties"]>;

  test(`${what} is refused where the broker does not take it`, () => {
    const rig = rig5();
    rig.connect({ properties });
    assert.equal(rig.publishTo(topic, "x".repeat(20)), status);
    assert.equal(rig.client.pending, 0);
    assert.deepEqual(rig.written(), []);
  });

  test(`${what} that waited is dropped and told where the broker does not take it`, () => {
    const rig = rig5();
    const token = rig.publishTo(topic, "x".repeat(20));
    const plain = new Topic("t", {});
    rig.publishTo(plain, "y");
    rig.connect({ properties });
    assert.deepEqual(rig.told, ["connected false", `dropped ${token} ${status}`]);
    assert.equal(rig.client.pending, 0);
    assert.equal(rig.client.outcomeReason(token), -status);
  });

  test(`${what} goes out again on a connection to a broker that takes it`, () => {
    const rig = rig5();
    rig.connect({ properties });
    rig.transport.breaks(rig.now);
    rig.reconnect({ sessionPresent: true });
    rig.transport.take();
    assert.ok(rig.publishTo(topic, "x".repeat(20)) >= 0);
    assert.equal(rig.written().length, 1);
  });
}

for (const [what, connack, filter, id, reason] of [
  ["wildcards", { wildcardSubscriptionAvailable: false }, "a/+", 0, 0xa2],
  ["shared subscriptions", { sharedSubscriptionAvailable: false }, "$share/g/a", 0, 0x9e],
  ["subscription identifiers", { subscriptionIdentifiersAvailable: false }, "a", 5, 0xa1],
] as const) {
  test(`a subscription is denied by the client itself where the broker has no ${what}`, () => {
    const rig = rig5();
    rig.connect({ properties: connack as NonNullable<IConnackPacket["properties"]> });
    let seen = 0;
    rig.inEvent = () => {
      seen = rig.client.reason;
    };
    rig.client.subscribe(filter, 1, rig.now, id);
    assert.equal(rig.told.at(-1), "subscribed 0 false");
    assert.equal(seen, reason);
    assert.deepEqual(rig.written(), []);
  });

  test(`a subscription that needs ${what} is sent where the broker says nothing of them`, () => {
    const rig = rig5();
    rig.connect();
    rig.client.subscribe(filter, 1, rig.now, id);
    const [subscribe] = rig.transport.take();
    assert.ok(subscribe?.cmd === "subscribe");
    assert.equal(subscribe.subscriptions[0]?.topic, filter);
    assert.equal(subscribe.properties?.subscriptionIdentifier, id === 0 ? undefined : id);
  });
}

test("no more is in flight than the broker's Receive Maximum, on each connection its own", () => {
  const rig = rig5();
  rig.connect({ properties: { receiveMaximum: 2 } });
  for (const text of ["1", "2", "3", "4", "5"]) rig.publish(text);
  assert.deepEqual(rig.written(), ["publish 1 1", "publish 2 2"]);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["publish 3 3"]);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  // The window of the client itself, which an earlier broker does not narrow for good.
  assert.deepEqual(rig.written().slice(1), [
    "publish 2 dup 2",
    "publish 3 dup 3",
    "publish 4 4",
    "publish 5 5",
  ]);
});

test("QoS 0 is not held back by the broker's Receive Maximum", () => {
  const rig = rig5();
  rig.connect({ properties: { receiveMaximum: 1 } });
  rig.publish("1");
  rig.publish("0", 0);
  assert.deepEqual(rig.written(), ["publish 1 1", "publish 0"]);
});

test("the broker's keep-alive takes the place of the client's [MQTT-3.1.2-21], on its connection alone", () => {
  const rig = rig5({ keepAliveSeconds: 60 });
  rig.connect({ properties: { serverKeepAlive: 20 } });
  rig.pass(14_999);
  assert.deepEqual(rig.written(), []);
  rig.pass(1);
  assert.deepEqual(rig.written(), ["pingreq"]);
  rig.transport.breaks(rig.now);
  rig.pass(1_000);
  rig.transport.opens(rig.now);
  rig.accept({ sessionPresent: true });
  rig.transport.take();
  rig.pass(44_999);
  assert.deepEqual(rig.written(), []);
  rig.pass(1);
  assert.deepEqual(rig.written(), ["pingreq"]);
});

test("a client that the broker named goes by that name from then on", () => {
  const rig = rig5({ clientId: "", cleanSession: false, sessionExpirySeconds: 60 });
  rig.client.start(0);
  assert.equal(connectOf(rig).clientId, "");
  rig.accept({ properties: { assignedClientIdentifier: "named-7" } });
  rig.transport.breaks(rig.now);
  rig.pass(1_000);
  const connect = connectOf(rig);
  assert.equal(connect.clientId, "named-7");
  assert.equal(connect.clean, false);
  assert.equal(connect.properties?.sessionExpiryInterval, 60);
  assert.equal(connect.will?.topic, "mote/b/status");
});

test("what a lost session had is published anew, with new identifiers and without DUP, in order", () => {
  const rig = rig5({ inFlightWindow: 2 });
  rig.connect();
  for (const text of ["1", "2", "3"]) rig.publish(text);
  rig.written();
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect", "publish 4 1", "publish 5 2"]);
  rig.says({ cmd: "puback", messageId: 4 });
  assert.deepEqual(rig.written(), ["publish 3 3"]);
});

test("a QoS 2 publish that a lost session had before PUBREC is published anew, one after it is done", () => {
  const rig = rig5();
  rig.connect();
  const released = rig.publish("released", 2);
  rig.publish("doubtful", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.written();
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect", "publish 3 doubtful"]);
  assert.ok(rig.told.includes(`acknowledged ${released}`));
});

test("a kept session is resumed with the old identifiers and DUP", () => {
  const rig = rig5();
  rig.connect();
  rig.publish("1");
  rig.written();
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1"]);
});

/** Packets that no broker may send, and what the client answers. */
const OFFENCES: readonly (readonly [string, readonly number[], number, number])[] = [
  ["QoS 3", [0x36, 6, 0, 1, 0x61, 0, 1, 0], MALFORMED, 0x81],
  ["a property of another packet", [0x30, 9, 0, 1, 0x61, 5, 17, 0, 0, 0, 1], MALFORMED, 0x81],
  ["a property twice", [0x30, 8, 0, 1, 0x61, 4, 1, 0, 1, 0], PROTOCOL_ERROR, 0x82],
  ["no topic and no alias", [0x30, 3, 0, 0, 0], PROTOCOL_ERROR, 0x82],
  ["a reason code that PUBACK has not", [0x40, 3, 0, 1, 0x7f], MALFORMED, 0x81],
  ["an AUTH that nobody asked for", [0xf0, 2, 0x18, 0], PROTOCOL_ERROR, 0x82],
  ["a second CONNACK", [0x20, 3, 0, 0, 0], PROTOCOL_ERROR, 0x82],
];

for (const [what, bytes, status, reason] of OFFENCES) {
  test(`${what} ends the connection, and the broker is told why`, () => {
    const rig = rig5();
    rig.connect();
    rig.publish("kept");
    rig.transport.take();
    rig.transport.saysBytes(Uint8Array.from(bytes), rig.now);
    assert.equal(rig.told.at(-1), `disconnected ${status} 0`);
    const [goodbye] = rig.transport.take();
    assert.ok(goodbye?.cmd === "disconnect");
    assert.equal(goodbye.reasonCode, reason);
    assert.equal(rig.client.pending, 1);
  });
}

test("no reason is written into the middle of a packet", () => {
  const rig = rig5();
  rig.connect();
  rig.transport.limit(4);
  rig.publish("half");
  rig.transport.takeBytes();
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.saysBytes(Uint8Array.of(0x20, 3, 0, 0, 0), rig.now);
  assert.equal(rig.transport.takeBytes().length, 0);
  assert.equal(rig.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
});

test("more QoS 2 messages than the client allows end the connection with their reason", () => {
  const rig = rig5({ inboxCapacity: 2 });
  rig.connect();
  for (const messageId of [1, 2, 3]) rig.says(qos2(messageId));
  assert.equal(rig.told.at(-1), `disconnected ${QUOTA_EXCEEDED} 0`);
  const goodbye = rig.transport.take().at(-1);
  assert.ok(goodbye?.cmd === "disconnect");
  assert.equal(goodbye.reasonCode, 0x93);
});

function qos2(messageId: number): Packet {
  return { cmd: "publish", topic: "t", payload: "x", qos: 2, messageId, retain: false, dup: false };
}

test("a DISCONNECT of the broker is told with its reason", () => {
  const rig = rig5();
  rig.connect();
  rig.says({ cmd: "disconnect", reasonCode: 0x8b });
  assert.equal(rig.told.at(-1), `disconnected ${REFUSED} 139`);
});
