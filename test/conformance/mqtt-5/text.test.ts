import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { optionsFault } from "../../../firmware/client/options-fault.js";
import { Topic } from "../../../firmware/session/topic.js";
import { BAD_TOPIC, MALFORMED } from "../../../firmware/status.js";
import { Properties } from "../../../firmware/wire/properties.js";
import { CONTENT_TYPE, RESPONSE_TOPIC, USER_PROPERTY } from "../../../firmware/wire/property-id.js";
import { MALFORMED_PACKET } from "../../../firmware/wire/reason-code.js";
import { defaultOptions } from "../../sim/client-rig.js";
import { connected, connecting, endsFor, message, withProperties } from "./broker.js";

const VERSION_5 = { protocolVersion: 5 };

test("a topic, a string or a reason that is no UTF-8, or holds a surrogate, ends the connection [MQTT-1.5.4-1] [MQTT-4.7.3-2]", () => {
  for (const bad of [
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xc0, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
  ]) {
    const field = [0, bad.length, ...bad];
    endsFor(MALFORMED, MALFORMED_PACKET, [0x30, field.length + 1, ...field, 0]);
    endsFor(MALFORMED, MALFORMED_PACKET, withProperties(CONTENT_TYPE, ...field));
    const puback = [0, 1, 0, field.length + 1, 31, ...field];
    endsFor(MALFORMED, MALFORMED_PACKET, [0x40, puback.length, ...puback]);
  }
});

test("half a surrogate pair is never sent: it becomes U+FFFD [MQTT-1.5.4-1]", () => {
  const rig = connecting({ clientId: "a\ud800b" });
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.clientId, "a\ufffdb");
});

test("U+0000 in a received string ends the connection [MQTT-1.5.4-2]", () => {
  endsFor(MALFORMED, MALFORMED_PACKET, [0x30, 4, 0, 1, 0, 0]);
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(CONTENT_TYPE, 0, 1, 0));
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(USER_PROPERTY, 0, 1, 0, 0, 1, 0x61));
});

test("U+0000 in anything that would be sent is refused when it is made [MQTT-1.5.4-2] [MQTT-4.7.3-2]", () => {
  assert.throws(() => new Topic("a\0", {}));
  for (const id of [CONTENT_TYPE, RESPONSE_TOPIC]) {
    const properties = new Properties().text(id, "a\0");
    assert.throws(() => new Topic("a", { properties }));
  }
  assert.equal(connected().client.subscribe("a\0", 1, 0), BAD_TOPIC);
  const will = { topic: "a\0", payload: Buffer.from(""), qos: 0, retain: false };
  for (const bad of [{ clientId: "a\0" }, { userName: "a\0" }, { will }]) {
    assert.notEqual(optionsFault({ ...defaultOptions(), ...VERSION_5, ...bad }), "");
  }
});

test("U+FEFF is kept, sent and received [MQTT-1.5.4-3]", () => {
  const rig = connected({ clientId: "\ufeffboard" });
  assert.equal(rig.transport.takeBytes().includes(Buffer.from("\ufeffboard")), true);
  rig.says(message(0, 0, { topic: "\ufeffa", payload: "x" }));
  assert.equal(rig.told.at(-1), "message \ufeffa x");
});

test("a variable byte integer is sent in the fewest bytes [MQTT-1.5.5-1]", () => {
  const rig = connected({ arena: new Uint8Array(40_000) });
  const topic = new Topic("a", {});
  rig.transport.takeBytes();
  for (const length of [123, 124, 16_379, 16_380]) {
    const payload = Buffer.alloc(length, 0x78);
    rig.client.publish(topic, payload, length, rig.now);
    const packet = message(0, 0, { topic: "a", payload });
    assert.deepEqual(rig.transport.takeBytes(), generate(packet, VERSION_5));
  }
});

test("one that is received in more bytes than it needs ends the connection [MQTT-1.5.5-1]", () => {
  endsFor(MALFORMED, MALFORMED_PACKET, [0x30, 0x84, 0, 0, 1, 0x61, 0]);
  endsFor(MALFORMED, MALFORMED_PACKET, [0x30, 5, 0, 1, 0x61, 0x80, 0]);
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(11, 0x81, 0));
});

test("both strings of a User Property are UTF-8, sent and received [MQTT-1.5.7-1]", () => {
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(USER_PROPERTY, 0, 1, 0xff, 0, 1, 0x61));
  endsFor(MALFORMED, MALFORMED_PACKET, withProperties(USER_PROPERTY, 0, 1, 0x61, 0, 1, 0xff));
  for (const [name, value] of [
    ["a\0", "b"],
    ["a", "b\0"],
  ] as const) {
    const properties = new Properties().pair(USER_PROPERTY, name, value);
    assert.throws(() => new Topic("a", { properties }));
  }
  const rig = connected();
  const properties = new Properties().pair(USER_PROPERTY, "größe", "µm");
  rig.publishTo(new Topic("a", { properties }), "x");
  const [packet] = rig.transport.take();
  assert.ok(packet?.cmd === "publish");
  assert.deepEqual({ ...packet.properties?.userProperties }, { größe: "µm" });
});
