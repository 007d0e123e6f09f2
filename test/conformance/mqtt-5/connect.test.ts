import assert from "node:assert/strict";
import { test } from "node:test";
import type { IConnectPacket } from "mqtt-packet";
import { optionsFault } from "../../../firmware/client/options-fault.js";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { Topic } from "../../../firmware/session/topic.js";
import { BAD_ALIAS, PROTOCOL_ERROR, TOO_LARGE } from "../../../firmware/status.js";
import { Properties } from "../../../firmware/wire/properties.js";
import { CONTENT_TYPE, TOPIC_ALIAS_MAXIMUM } from "../../../firmware/wire/property-id.js";
import { PACKET_TOO_LARGE, TOPIC_ALIAS_INVALID } from "../../../firmware/wire/reason-code.js";
import { defaultOptions } from "../../sim/client-rig.js";
import { assertEnded, connected, connecting, message, resume } from "./broker.js";

const WILL = { topic: "w", payload: Buffer.from("gone"), qos: 0, retain: false };

/** The CONNECT of a client with these options, as an independent parser reads it. */
function connectPacket(options: Partial<ClientOptions> = {}): {
  connect: IConnectPacket;
  flags: number;
  bytes: Buffer;
} {
  const rig = connecting(options);
  const bytes = rig.transport.takeBytes();
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  return { connect, flags: bytes[9] ?? 0, bytes };
}

function fault(options: Partial<ClientOptions>): string {
  return optionsFault({ ...defaultOptions(), protocolVersion: 5, ...options });
}

test("the first packet on each connection is CONNECT, and there is one only [MQTT-3.1.0-1]", () => {
  const rig = connecting({ openTimeoutMs: 0 });
  rig.publish("early");
  rig.client.subscribe("a", 1, 0);
  rig.accept();
  resume(rig);
  const calls = rig.transport.calls.join(" ");
  assert.equal(calls, "open connect subscribe publish close open connect subscribe publish");
});

test("CONNECT names the protocol MQTT, version 5, and has its reserved flag 0 [MQTT-3.1.2-1] [MQTT-3.1.2-3]", () => {
  const { connect, flags, bytes } = connectPacket({ userName: "u", password: Buffer.from("p") });
  assert.equal(connect.protocolId, "MQTT");
  assert.equal(connect.protocolVersion, 5);
  assert.equal(bytes.subarray(2, 8).toString(), "\0\x04MQTT");
  assert.equal(flags & 1, 0);
});

test("a client that has lost its state asks for a new session once, and then for its own [MQTT-3.1.2-4]", () => {
  const rig = connecting();
  const cleans: (boolean | undefined)[] = [];
  for (let i = 0; i < 3; i++) {
    const [connect] = rig.transport.take();
    assert.ok(connect?.cmd === "connect");
    cleans.push(connect.clean);
    rig.accept({ sessionPresent: i > 0 });
    rig.transport.breaks(rig.now);
    rig.pass(60_000);
    rig.transport.opens(rig.now);
  }
  assert.deepEqual(cleans, [true, false, false]);
});

test("with Clean Start 1 on each connection what was received and sent before is forgotten [MQTT-3.1.2-4]", () => {
  const rig = connected({ cleanSession: true });
  rig.says(message(2, 4));
  rig.publish("out");
  rig.transport.breaks(rig.now);
  rig.transport.take();
  rig.reconnect();
  rig.says(message(2, 4));
  assert.equal(rig.told.filter((line) => line === "message c 4").length, 2);
  assert.deepEqual(rig.written(), ["connect", "publish 2 out", "pubrec 4"]);
});

test("a client whose session is to end with each connection asks the broker to keep none [MQTT-3.1.2-4]", () => {
  const { connect } = connectPacket({ cleanSession: true });
  assert.equal(connect.properties?.sessionExpiryInterval, undefined);
  const kept = connectPacket({ cleanSession: true, sessionExpirySeconds: 60 }).connect;
  assert.equal(kept.properties?.sessionExpiryInterval, 60);
  assert.equal(connectPacket().connect.properties?.sessionExpiryInterval, 0xffffffff);
});

test("a will is in the payload with its properties, topic and message [MQTT-3.1.2-9]", () => {
  const properties = new Properties().text(CONTENT_TYPE, "text");
  const will = { ...WILL, qos: 2, retain: true, delaySeconds: 9, properties };
  const { connect } = connectPacket({ will });
  assert.equal(connect.will?.topic, "w");
  assert.equal(connect.will.payload.toString(), "gone");
  assert.equal(connect.will.qos, 2);
  assert.equal(connect.will.retain, true);
  assert.deepEqual({ ...connect.will.properties }, { willDelayInterval: 9, contentType: "text" });
});

test("without a will its QoS and retain flag are 0 [MQTT-3.1.2-11] [MQTT-3.1.2-13]", () => {
  const { connect, flags } = connectPacket({ will: undefined });
  assert.equal(connect.will, undefined);
  assert.equal(flags & 0x3c, 0);
});

test("a will with QoS 3 is refused at start [MQTT-3.1.2-12]", () => {
  assert.match(fault({ will: { ...WILL, qos: 3 } }), /^will/);
  assert.equal(fault({ will: { ...WILL, qos: 2 } }), "");
});

test("without a user name or a password there is no such field, and either may stand alone [MQTT-3.1.2-16] [MQTT-3.1.2-18]", () => {
  assert.equal(connectPacket().flags & 0xc0, 0);
  const { connect, flags } = connectPacket({ password: Buffer.from("p") });
  assert.equal(flags & 0xc0, 0x40);
  assert.equal(connect.username, undefined);
  assert.equal(connect.password?.toString(), "p");
  assert.equal(fault({ password: Buffer.from("p") }), "");
  assert.equal(connectPacket({ userName: "u" }).flags & 0xc0, 0x80);
});

test("a user name and a password are there when their flags say so [MQTT-3.1.2-17] [MQTT-3.1.2-19]", () => {
  const { connect, flags } = connectPacket({ userName: "u", password: Buffer.from("p") });
  assert.equal(flags & 0xc0, 0xc0);
  assert.equal(connect.username, "u");
  assert.equal(connect.password?.toString(), "p");
});

test("PINGREQ goes out within every keep-alive in which nothing else does [MQTT-3.1.2-20]", () => {
  const rig = connected({ answerTimeoutMs: 100_000 });
  for (let round = 0; round < 5; round++) {
    rig.pass(59_999);
    assert.deepEqual(rig.written(), ["pingreq"]);
    rig.says({ cmd: "pingresp" });
  }
});

test("the broker's keep-alive takes the place of the client's, on its connection alone [MQTT-3.1.2-21] [MQTT-3.2.2-21]", () => {
  const rig = connected({}, { serverKeepAlive: 20 });
  rig.pass(19_999);
  assert.deepEqual(rig.written(), ["pingreq"]);
  resume(rig);
  rig.transport.take();
  rig.pass(40_000);
  assert.deepEqual(rig.written(), []);
  rig.pass(19_999);
  assert.deepEqual(rig.written(), ["pingreq"]);
});

test("the session's state outlives the connection: sent, released and received [MQTT-3.1.2-23]", () => {
  const rig = connected();
  for (const [payload, qos] of [
    ["1", 1],
    ["2", 2],
    ["3", 2],
  ] as const)
    rig.publish(payload, qos);
  rig.says({ cmd: "pubrec", messageId: 2 });
  rig.says(message(2, 9));
  resume(rig);
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup 1", "pubrel 2", "publish 3 dup 3"]);
  rig.says(message(2, 9, { dup: true }));
  assert.deepEqual(rig.written(), ["pubrec 9"]);
  assert.equal(rig.told.filter((line) => line === "message c 9").length, 1);
});

test("a packet larger than was announced ends the connection with 0x95, whole or byte by byte [MQTT-3.1.2-24]", () => {
  for (const options of [{}, { maximumPacketSize: 40 }, { maximumPacketSize: 200 }]) {
    const limit = options.maximumPacketSize ?? 64;
    for (const step of [1000, 1]) {
      const room = { receiveBuffer: new Uint8Array(Math.max(limit, 64)) };
      const rig = connected({ ...options, ...room });
      const head = limit < 128 ? 6 : 7;
      say(rig, Buffer.alloc(limit - head, 0x78), step);
      assert.match(rig.told.at(-1) ?? "", /^message a xxx/, `${limit} ${step}`);
      say(rig, Buffer.alloc(limit - head + 1, 0x78), step);
      assertEnded(rig, TOO_LARGE, PACKET_TOO_LARGE, `${limit} ${step}`);
    }
  }
});

/** Says a message to topic "a", `step` bytes at a time. */
function say(rig: ReturnType<typeof connected>, payload: Buffer, step: number): void {
  const length = 4 + payload.length;
  const size = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
  const packet = Buffer.concat([Buffer.from([0x30, ...size, 0, 1, 0x61, 0]), payload]);
  for (let at = 0; at < packet.length; at += step) {
    rig.transport.saysBytes(packet.subarray(at, at + step), rig.now);
  }
}

test("an alias above the maximum that was announced ends the connection with 0x94 [MQTT-3.1.2-26]", () => {
  for (const [topicAliasMaximum, topicAlias] of [
    [0, 1],
    [3, 4],
  ] as const) {
    const rig = connected({ topicAliasMaximum });
    rig.says(message(0, 0, { properties: { topicAlias } }));
    assertEnded(rig, BAD_ALIAS, TOPIC_ALIAS_INVALID);
  }
});

test("what is announced is what the client can take: packet size, messages in flight, aliases [MQTT-3.1.2-24] [MQTT-3.1.2-26]", () => {
  const { connect } = connectPacket({ inboxCapacity: 3, topicAliasMaximum: 5 });
  assert.equal(connect.properties?.maximumPacketSize, 64);
  assert.equal(connect.properties.receiveMaximum, 3);
  assert.equal(connect.properties.topicAliasMaximum, 5);
});

test("with an Authentication Method nothing but AUTH goes out before CONNACK [MQTT-3.1.2-30]", () => {
  const rig = connecting({ authentication: { method: "M" }, answerTimeoutMs: 100_000 });
  rig.publish("early", 0);
  rig.client.subscribe("a", 1, rig.now);
  rig.pass(90_000);
  const properties = { authenticationMethod: "M" };
  rig.says({ cmd: "auth", reasonCode: 0x18, properties });
  rig.client.authenticate(Buffer.from("answer"), rig.now);
  assert.deepEqual(rig.written(), ["connect", "auth 24"]);
  rig.accept({ properties });
  assert.deepEqual(rig.written(), ["subscribe 65535", "publish early"]);
});

test("the payload's fields come in the order of the standard, the client identifier first [MQTT-3.1.3-1] [MQTT-3.1.3-3]", () => {
  const options = { userName: "user", password: Buffer.from("pass"), will: WILL };
  const { bytes } = connectPacket({ ...options, will: { ...WILL, topic: "the/will" } });
  const text = bytes.toString("latin1");
  const fields = ["mote-b", "the/will", "gone", "user", "pass"];
  const places = fields.map((field) => text.indexOf(field));
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  const propertiesLength = bytes[12] ?? 0;
  assert.equal(places[0], 13 + propertiesLength + 2);
  assert.equal(connectPacket({ clientId: "" }).connect.clientId, "");
  assert.equal(fault({ clientId: "" }), "");
});

test("one client identifier names the session, and the broker's where it gave one [MQTT-3.1.3-2]", () => {
  const rig = connecting({ clientId: "" });
  const seen: string[] = [];
  for (const properties of [{ assignedClientIdentifier: "given" }, {}, {}]) {
    const [connect] = rig.transport.take();
    assert.ok(connect?.cmd === "connect");
    seen.push(connect.clientId);
    rig.accept({ sessionPresent: seen.length > 1, properties });
    rig.transport.breaks(rig.now);
    rig.pass(60_000);
    rig.transport.opens(rig.now);
  }
  assert.deepEqual(seen, ["", "given", "given"]);
});

test("client identifier, will topic and user name are UTF-8 [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12]", () => {
  const will = { ...WILL, topic: "größe" };
  const { connect } = connectPacket({ clientId: "böard😀", will, userName: "ünal" });
  assert.equal(connect.clientId, "böard😀");
  assert.equal(connect.will?.topic, "größe");
  assert.equal(connect.username, "ünal");
  for (const topic of ["", "a/#", "+", "a\0"]) {
    assert.match(fault({ will: { ...WILL, topic } }), /^will/, topic);
  }
});

test("properties that a CONNECT may not have, or has already, are refused at start [MQTT-3.1.2-9]", () => {
  const misplaced = new Properties().text(CONTENT_TYPE, "x");
  assert.match(fault({ properties: misplaced }), /^properties/);
  const twice = new Properties().uint16(TOPIC_ALIAS_MAXIMUM, 1);
  assert.match(fault({ properties: twice, topicAliasMaximum: 2 }), /^properties/);
  const notOfAWill = new Properties().uint16(TOPIC_ALIAS_MAXIMUM, 1);
  assert.match(fault({ will: { ...WILL, properties: notOfAWill } }), /^will/);
});

test("a broker that has a session when it was asked for a new one is left, each time [MQTT-3.2.2-4]", () => {
  for (const cleanSession of [false, true]) {
    const rig = connecting({ cleanSession });
    for (let i = 0; i < 2; i++) {
      rig.accept({ sessionPresent: true });
      assert.equal(rig.told.at(-1), `disconnected ${PROTOCOL_ERROR} 0`);
      assert.equal(rig.transport.calls.at(-1), "close");
      rig.transport.take();
      rig.pass(60_000);
      rig.transport.opens(rig.now);
      const [connect] = rig.transport.take();
      assert.equal(connect?.cmd === "connect" && connect.clean, true);
    }
    assert.equal(rig.client.isConnected, false);
  }
});

test("what the broker has lost is begun anew: new identifiers, DUP 0, filters, nothing released [MQTT-3.2.2-5]", () => {
  const rig = connected({ resendsDoubtful: true });
  rig.client.subscribe("c", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  for (const [payload, qos] of [
    ["1", 1],
    ["2", 2],
    ["3", 2],
  ] as const)
    rig.publish(payload, qos);
  rig.says({ cmd: "pubrec", messageId: 2 });
  rig.says(message(2, 9));
  rig.transport.breaks(rig.now);
  rig.transport.take();
  rig.reconnect({ sessionPresent: false });
  const lines = rig.written();
  assert.deepEqual(lines, ["connect", "subscribe 65535", "publish 4 1", "publish 5 3"]);
  rig.says(message(2, 9));
  assert.equal(rig.told.filter((line) => line === "message c 9").length, 2);
});

test("a QoS 2 publish of a lost session ends in doubt where it is not to be sent again [MQTT-3.2.2-5]", () => {
  const rig = connected({ resendsDoubtful: false });
  const token = rig.publishTo(new Topic("a", { qos: 2 }), "x");
  rig.transport.breaks(rig.now);
  rig.transport.take();
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect"]);
  assert.ok(rig.told.includes(`in doubt ${token}`));
});
