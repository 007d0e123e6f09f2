import assert from "node:assert/strict";
import { test } from "node:test";
import type { IConnectPacket } from "mqtt-packet";
import { optionsFault } from "../../firmware/client/options-fault.js";
import type { ClientOptions } from "../../firmware/session/options.js";
import { ClientRig, defaultOptions } from "../sim/client-rig.js";

/** The second CONNECT after boot, as an independent parser reads it, and its connect flags. */
function connectPacket(options: Partial<ClientOptions> = {}): {
  connect: IConnectPacket;
  flags: number;
  bytes: Buffer;
} {
  const rig = new ClientRig(options);
  rig.client.start(0);
  rig.transport.opens(0);
  rig.accept();
  rig.pass(0);
  rig.transport.take();
  rig.transport.takeBytes();
  rig.transport.opens(0);
  const bytes = rig.transport.takeBytes();
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  return { connect, flags: bytes[9] ?? 0, bytes };
}

const noWill = { will: undefined };

test("the first packet on a connection is CONNECT, and there is one only [MQTT-3.1.0-1]", () => {
  const rig = new ClientRig();
  rig.publish("early");
  rig.client.subscribe("a", 1, 0);
  rig.connect();
  const packets = rig.transport.calls.filter((call) => call !== "open" && call !== "close");
  assert.equal(packets[0], "connect");
  assert.equal(
    packets.slice(packets.indexOf("disconnect") + 1).filter((call) => call === "connect").length,
    1,
  );
});

test("CleanSession 0 keeps the session on this side: what is unacknowledged is sent again [MQTT-3.1.2-4] [MQTT-4.1.0-1]", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("kept");
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 1 dup kept"]);
});

test("the session's state lives on while the connection does, and after it [MQTT-4.1.0-2]", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("1");
  assert.equal(rig.client.pending, 1);
  rig.transport.breaks(rig.now);
  assert.equal(rig.client.pending, 1);
});

test("with CleanSession 1 received identifiers die with their connection [MQTT-3.1.2-6]", () => {
  const rig = new ClientRig({ cleanSession: true });
  rig.client.start(0);
  rig.transport.opens(0);
  rig.accept();
  const message = {
    cmd: "publish",
    topic: "c",
    payload: "x",
    qos: 2,
    messageId: 4,
    retain: false,
    dup: false,
  } as const;
  rig.says(message);
  rig.transport.breaks(rig.now);
  rig.reconnect();
  rig.says(message);
  assert.equal(rig.told.filter((line) => line === "message c x").length, 2);
});

test("a will is in the payload with its topic, message, QoS and retain flag [MQTT-3.1.2-9]", () => {
  const { connect } = connectPacket();
  assert.equal(connect.will?.topic, "mote/b/status");
  assert.equal(connect.will?.payload.toString(), "offline");
});

test("without a will its QoS and retain flag are 0 and its fields absent [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]", () => {
  const { connect, flags } = connectPacket(noWill);
  assert.equal(connect.will, undefined);
  assert.equal(flags & 0x3c, 0);
});

test("a will with QoS 3 is refused at start [MQTT-3.1.2-14]", () => {
  const will = { topic: "w", payload: Buffer.from(""), qos: 3, retain: false };
  assert.match(optionsFault({ ...defaultOptions(), will }), /^will/);
});

test("without a user name there is neither its field nor a password [MQTT-3.1.2-18] [MQTT-3.1.2-20] [MQTT-3.1.2-22]", () => {
  const { connect, flags } = connectPacket();
  assert.equal(connect.username, undefined);
  assert.equal(connect.password, undefined);
  assert.equal(flags & 0xc0, 0);
  assert.match(optionsFault({ ...defaultOptions(), password: Buffer.from("p") }), /^password/);
});

test("a user name and a password are there when their flags say so [MQTT-3.1.2-19] [MQTT-3.1.2-21]", () => {
  const { connect, flags } = connectPacket({ userName: "u", password: Buffer.from("p") });
  assert.equal(flags & 0xc0, 0xc0);
  assert.equal(connect.username, "u");
  assert.equal(connect.password?.toString(), "p");
});

test("the payload's fields come in the order of the standard, the client identifier first [MQTT-3.1.3-1] [MQTT-3.1.3-3]", () => {
  const { bytes } = connectPacket({ userName: "user", password: Buffer.from("pass") });
  const text = bytes.toString("latin1");
  const places = ["mote-b", "mote/b/status", "offline", "user", "pass"].map((field) =>
    text.indexOf(field),
  );
  assert.deepEqual(
    places,
    [...places].sort((a, b) => a - b),
  );
  assert.equal(places[0], 14);
});

test("one client identifier names the session on every connection [MQTT-3.1.3-2]", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  const seen: string[] = [];
  for (let i = 0; i < 3; i++) {
    rig.transport.opens(rig.now);
    const [packet] = rig.transport.take();
    if (packet?.cmd === "connect") seen.push(packet.clientId);
    rig.transport.breaks(rig.now);
    rig.pass(60_000);
  }
  assert.deepEqual(seen, ["mote-b", "mote-b", "mote-b"]);
});

test("client identifier, will topic and user name are UTF-8 [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11]", () => {
  const will = { topic: "größe", payload: Buffer.from("x"), qos: 0, retain: false };
  const { connect } = connectPacket({ clientId: "böard", will, userName: "ünal" });
  assert.equal(connect.clientId, "böard");
  assert.equal(connect.will?.topic, "größe");
  assert.equal(connect.username, "ünal");
});

test("U+FEFF in a string is kept as it is [MQTT-1.5.3-3]", () => {
  assert.equal(
    connectPacket({ clientId: "\ufeffboard" }).bytes.includes(Buffer.from("\ufeffboard")),
    true,
  );
});

test("an empty client identifier is refused with a session that is to be kept [MQTT-3.1.3-7]", () => {
  const anonymous = { ...defaultOptions(), clientId: "" };
  assert.match(optionsFault(anonymous), /^client identifier/);
  assert.equal(optionsFault({ ...anonymous, cleanSession: true }), "");
});

test("nothing follows DISCONNECT and the connection is closed [MQTT-3.14.4-1] [MQTT-3.14.4-2]", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.close(1_000, rig.now);
  rig.publish("late");
  rig.client.subscribe("late", 1, rig.now);
  rig.says({
    cmd: "publish",
    topic: "c",
    payload: "x",
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
  });
  rig.pass(1_000);
  assert.deepEqual(rig.transport.calls.slice(-2), ["disconnect", "close"]);
});

test("some packet goes out within every keep-alive [MQTT-3.1.2-23]", () => {
  const rig = new ClientRig();
  rig.connect();
  for (let round = 0; round < 5; round++) {
    rig.pass(46_000);
    assert.deepEqual(rig.written(), ["pingreq"]);
    rig.says({ cmd: "pingresp" });
  }
});
