import assert from "node:assert/strict";
import { test } from "node:test";
import type { Packet } from "mqtt-packet";
import { Topic } from "../../../firmware/session/topic.js";
import {
  MALFORMED,
  PROTOCOL_ERROR,
  REFUSED,
  TOO_LARGE,
  UNSUPPORTED,
} from "../../../firmware/status.js";
import { PACKET_TOO_LARGE, PROTOCOL_ERROR_REASON } from "../../../firmware/wire/reason-code.js";
import { TOPICS } from "../../sim/client-rig.js";
import { assertEnded, codesThat, connected, connecting, message, resume } from "./broker.js";

test("nothing but AUTH may come before CONNACK: the client leaves and delivers nothing [MQTT-3.2.0-1]", () => {
  const early: Packet[] = [
    message(0),
    message(1),
    { cmd: "puback", messageId: 1 },
    { cmd: "pubrel", messageId: 1 },
    { cmd: "suback", messageId: 65535, granted: [0] },
    { cmd: "pingresp" },
    { cmd: "disconnect", reasonCode: 0 },
  ];
  for (const packet of early) {
    const rig = connecting();
    rig.says(packet);
    assert.equal(rig.told.length, 1);
    assert.match(rig.told[0] ?? "", /^disconnected -2[01] 0$/, packet.cmd);
    assert.equal(rig.transport.calls.at(-1), "close");
  }
});

test("a second CONNACK ends the connection with 0x82 [MQTT-3.2.0-2]", () => {
  const rig = connected();
  rig.accept();
  assertEnded(rig, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
});

test("a CONNACK with a reserved flag is malformed [MQTT-3.2.2-1]", () => {
  for (const flags of [2, 3, 0x40, 0x80, 0xff]) {
    const rig = connecting();
    rig.transport.saysBytes(Uint8Array.of(0x20, 3, flags, 0, 0), rig.now);
    assert.deepEqual(rig.told, [`disconnected ${MALFORMED} 0`]);
    assert.equal(rig.transport.calls.at(-1), "close");
  }
});

test("no publish goes above the broker's Maximum QoS, made before or after its CONNACK [MQTT-3.2.2-11]", () => {
  for (const maximumQoS of [0, 1]) {
    const rig = connecting();
    const early = [0, 1, 2].map((qos) => rig.publishTo(TOPICS[qos]!, `early${qos}`));
    rig.accept({ properties: { maximumQoS } });
    const late = [0, 1, 2].map((qos) => rig.publishTo(TOPICS[qos]!, `late${qos}`));
    const sent = rig.transport.take().flatMap((one) => (one.cmd === "publish" ? [one.qos] : []));
    assert.equal(Math.max(...sent), maximumQoS);
    assert.equal(sent.length, 2 * (maximumQoS + 1));
    for (let qos = maximumQoS + 1; qos <= 2; qos++) {
      assert.equal(late[qos], UNSUPPORTED);
      assert.ok(rig.told.includes(`dropped ${early[qos]} ${UNSUPPORTED}`));
    }
  }
});

test("no retained publish goes to a broker that keeps none, made before or after its CONNACK [MQTT-3.2.2-14]", () => {
  const kept = new Topic("a", { retain: true });
  const rig = connecting();
  const early = rig.publishTo(kept, "early");
  rig.publish("plain", 0);
  rig.accept({ properties: { retainAvailable: false } });
  assert.equal(rig.publishTo(kept, "late"), UNSUPPORTED);
  assert.deepEqual(rig.written(), ["connect", "publish plain"]);
  assert.ok(rig.told.includes(`dropped ${early} ${UNSUPPORTED}`));
  resume(rig);
  rig.publishTo(kept, "later");
  assert.deepEqual(rig.written(), ["connect", "publish later"]);
});

test("no publish is larger than the broker takes, made before or after its CONNACK, alias or not [MQTT-3.2.2-15]", () => {
  for (const topicAliasMaximum of [0, 9]) {
    const topic = new Topic("topic", {});
    const rig = connecting({ aliasCapacity: 9 });
    const early = rig.publishTo(topic, "x".repeat(31));
    rig.accept({ properties: { maximumPacketSize: 40, topicAliasMaximum } });
    assert.ok(rig.told.includes(`dropped ${early} ${TOO_LARGE}`));
    rig.transport.takeBytes();
    for (let length = 20; length <= 31; length++) {
      const token = rig.publishTo(topic, "x".repeat(length));
      assert.equal(token < 0, length > 30, `${length}`);
      const size = rig.transport.takeBytes().length;
      assert.ok(size <= 40, `${size} bytes`);
      assert.equal(size > 0, length <= 30);
    }
  }
});

test("no SUBSCRIBE, UNSUBSCRIBE or AUTH is larger than the broker takes either [MQTT-3.2.2-15]", () => {
  const properties = { authenticationMethod: "M" };
  const rig = connected({ authentication: { method: "M" } }, properties);
  const filter = "f".repeat(40);
  rig.client.subscribe(filter, 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  resume(rig, { ...properties, maximumPacketSize: 40 });
  rig.transport.take();
  rig.client.unsubscribe(filter, rig.now);
  assert.equal(rig.told.at(-1), "subscribed 0 false");
  assert.equal(rig.client.reason, PACKET_TOO_LARGE);
  rig.client.subscribe("f".repeat(41), 1, rig.now);
  assert.equal(rig.told.at(-1), "subscribed 1 false");
  assert.equal(rig.client.authenticate(Buffer.alloc(40), rig.now), TOO_LARGE);
  assert.deepEqual(rig.written(), []);
  rig.client.subscribe("small", 1, rig.now);
  assert.equal(rig.client.authenticate(Buffer.alloc(4), rig.now), 0);
  assert.deepEqual(rig.written(), ["subscribe 65533", "auth 25"]);
});

test("aliases run from 1 to the broker's maximum or the client's own, whichever is less [MQTT-3.2.2-17] [MQTT-3.3.2-8] [MQTT-3.3.2-9]", () => {
  for (const [aliasCapacity, topicAliasMaximum] of [
    [4, 2],
    [2, 4],
  ] as const) {
    const rig = connected({ aliasCapacity }, { topicAliasMaximum });
    const topics = ["a", "b", "c", "d"].map((name) => new Topic(name, {}));
    rig.transport.take();
    for (let round = 0; round < 2; round++) for (const topic of topics) rig.publishTo(topic, "x");
    const seen = rig.transport.take().map((packet) => {
      assert.ok(packet.cmd === "publish");
      return [packet.topic, packet.properties?.topicAlias];
    });
    assert.deepEqual(seen, [
      ["a", 1],
      ["b", 2],
      ["c", undefined],
      ["d", undefined],
      ["", 1],
      ["", 2],
      ["c", undefined],
      ["d", undefined],
    ]);
  }
});

test("without a Topic Alias Maximum, or with 0, no alias is sent [MQTT-3.2.2-18]", () => {
  for (const properties of [{}, { topicAliasMaximum: 0 }]) {
    const rig = connected({ aliasCapacity: 4 }, { topicAliasMaximum: 4 });
    const topic = new Topic("a", {});
    rig.publishTo(topic, "x");
    resume(rig, properties);
    rig.transport.take();
    rig.publishTo(topic, "y");
    const [packet] = rig.transport.take();
    assert.ok(packet?.cmd === "publish");
    assert.equal(packet.topic, "a");
    assert.equal(packet.properties?.topicAlias, undefined);
  }
});

test("a CONNACK or DISCONNECT of 0x80 or above ends the connection, and is told [MQTT-4.13.2-1]", () => {
  for (const reasonCode of [0x80, 0x87, 0x97]) {
    const refused = connecting();
    refused.accept({ reasonCode });
    const left = connected();
    left.says({ cmd: "disconnect", reasonCode });
    for (const rig of [refused, left]) {
      assert.equal(rig.told.at(-1), `disconnected ${REFUSED} ${reasonCode}`);
      assert.equal(rig.transport.calls.at(-1), "close");
      assert.notEqual(rig.transport.calls.at(-2), "disconnect");
    }
  }
});

test("only the reason codes of CONNACK are taken [MQTT-3.2.2-1]", () => {
  const taken = codesThat((code) => {
    const rig = connecting();
    rig.transport.saysBytes(Uint8Array.of(0x20, 3, 0, code, 0), rig.now);
    return rig.told.at(-1) !== `disconnected ${MALFORMED} 0`;
  });
  assert.deepEqual(
    taken,
    [
      0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97,
      0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
    ],
  );
});
