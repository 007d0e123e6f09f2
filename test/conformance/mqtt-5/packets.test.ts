import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import { LAST_PACKET_ID } from "../../../firmware/session/outbox.js";
import { Topic } from "../../../firmware/session/topic.js";
import { MALFORMED } from "../../../firmware/status.js";
import { MALFORMED_PACKET } from "../../../firmware/wire/reason-code.js";
import { codesThat, connected, endsFor, message } from "./broker.js";

const VERSION_5 = { protocolVersion: 5 };
/** Of PUBACK and PUBREC, and of PUBREL and PUBCOMP. */
const RECEIPTS = [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const RELEASES = [0, 0x92];

/** Codes that the client takes in a packet which begins with these bytes. */
function takenCodes(...head: readonly number[]): number[] {
  return codesThat((code) => {
    const rig = connected();
    rig.transport.saysBytes(Uint8Array.of(...head, code), rig.now);
    return rig.told.at(-1) !== `disconnected ${MALFORMED} 0`;
  });
}

test("reserved flags of what is sent have their values [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1]", () => {
  const rig = connected({ authentication: { method: "M" } }, { authenticationMethod: "M" });
  const first = () => rig.transport.takeBytes()[0];
  assert.equal(first(), 0x10);
  rig.client.subscribe("a", 1, rig.now);
  assert.equal(first(), 0x82);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  assert.equal(first(), 0xa2);
  rig.publish("x", 2);
  assert.equal(first(), 0x34);
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.equal(first(), 0x62);
  rig.says(message(1));
  assert.equal(first(), 0x40);
  rig.says(message(2));
  assert.equal(first(), 0x50);
  rig.says({ cmd: "pubrel", messageId: 7 });
  assert.equal(first(), 0x70);
  rig.client.authenticate(Buffer.from(""), rig.now);
  assert.equal(first(), 0xf0);
  rig.client.close(0, rig.now);
  rig.pass(0);
  assert.equal(first(), 0xe0);
});

test("invalid flags of what is received end the connection [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.15.1-1]", () => {
  for (const first of [0x41, 0x51, 0x60, 0x63, 0x71, 0x91, 0xb1, 0xd1, 0xf1, 0xf8]) {
    endsFor(MALFORMED, MALFORMED_PACKET, [first, 2, 0, 1]);
  }
});

test("a DISCONNECT with reserved flags is answered with 0x81 [MQTT-3.14.1-1]", () => {
  for (const first of [0xe1, 0xe2, 0xe4, 0xe8]) endsFor(MALFORMED, MALFORMED_PACKET, [first, 0]);
});

test("a QoS 0 PUBLISH has no identifier and DUP 0 [MQTT-2.2.1-2] [MQTT-4.3.1-1]", () => {
  const rig = connected();
  rig.transport.take();
  rig.publish("x", 0);
  const [packet] = rig.transport.take();
  assert.ok(packet?.cmd === "publish");
  assert.equal(packet.messageId, undefined);
  assert.equal(packet.dup, false);
});

test("SUBSCRIBE, UNSUBSCRIBE and PUBLISH above QoS 0 take an identifier that is not 0 and not in use [MQTT-2.2.1-3] [MQTT-4.3.2-1] [MQTT-4.3.3-1]", () => {
  const rig = connected({ inFlightWindow: 9 });
  rig.transport.take();
  rig.client.subscribe("gone", 1, rig.now);
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.publish("1", 1);
  rig.publish("2", 2);
  rig.transport.take();
  rig.client.subscribe("a", 1, rig.now);
  rig.client.unsubscribe("gone", rig.now);
  rig.publish("3", 2);
  const ids = [1, 2, ...rig.transport.take().map((packet) => packet.messageId ?? 0)];
  assert.equal(ids.length, 5);
  assert.equal(new Set(ids).size, 5);
  assert.equal(Math.min(...ids) > 0, true);
  endsFor(MALFORMED, MALFORMED_PACKET, [0x32, 6, 0, 1, 0x61, 0, 0, 0]);
});

test("identifiers that come round skip those in use [MQTT-2.2.1-3]", () => {
  const rig = connected({ inFlightWindow: 9 });
  rig.publish("stays", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.publish("stays too", 1);
  rig.client.session.outbox.packetId = LAST_PACKET_ID - 2;
  rig.client.session.outbox.freeIds = 0;
  rig.transport.take();
  for (let i = 0; i < 4; i++) rig.publish("x", 1);
  const ids = rig.transport.take().map(({ messageId }) => messageId);
  assert.deepEqual(ids, [LAST_PACKET_ID - 1, LAST_PACKET_ID, 3, 4]);
});

test("PUBACK, PUBREC, PUBREL and PUBCOMP carry the identifier of their PUBLISH [MQTT-2.2.1-5]", () => {
  const rig = connected();
  rig.says(message(1, 0x1234));
  rig.says(message(2, 0xfffe));
  rig.says({ cmd: "pubrel", messageId: 0xfffe });
  rig.publish("x", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.deepEqual(rig.written(), [
    "puback 4660",
    "pubrec 65534",
    "pubcomp 65534",
    "publish 1 x",
    "pubrel 1",
  ]);
});

test("a packet without properties says that it has none [MQTT-2.2.2-1]", () => {
  const rig = connected();
  const flags = { retain: false, dup: false };
  rig.transport.takeBytes();
  const written = (packet: Packet) =>
    assert.deepEqual(rig.transport.takeBytes(), generate(packet, VERSION_5), packet.cmd);
  rig.publishTo(new Topic("a", { qos: 1 }), "x");
  written({ cmd: "publish", topic: "a", payload: "x", qos: 1, messageId: 1, ...flags });
  rig.client.subscribe("a", 1, rig.now);
  written({
    cmd: "subscribe",
    messageId: 65535,
    subscriptions: [{ topic: "a", qos: 1, nl: false, rap: false, rh: 0 }],
  });
  rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
  rig.client.unsubscribe("a", rig.now);
  written({ cmd: "unsubscribe", messageId: 65535, unsubscriptions: ["a"] });
});

test("of PUBACK and PUBREC exactly the reason codes of the standard are taken [MQTT-3.4.2-1] [MQTT-3.5.2-1]", () => {
  assert.deepEqual(takenCodes(0x40, 3, 0, 1), RECEIPTS);
  assert.deepEqual(takenCodes(0x50, 3, 0, 1), RECEIPTS);
});

test("of PUBREL and PUBCOMP exactly the reason codes of the standard are taken [MQTT-3.6.2-1] [MQTT-3.7.2-1]", () => {
  assert.deepEqual(takenCodes(0x62, 3, 0, 1), RELEASES);
  assert.deepEqual(takenCodes(0x70, 3, 0, 1), RELEASES);
});

test("of SUBACK, UNSUBACK and DISCONNECT exactly the reason codes of the standard are taken [MQTT-3.14.2-1]", () => {
  assert.deepEqual(
    takenCodes(0x90, 4, 0, 1, 0),
    [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  );
  assert.deepEqual(takenCodes(0xb0, 4, 0, 1, 0), [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]);
  assert.deepEqual(
    takenCodes(0xe0, 1),
    [
      0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
      0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ],
  );
});

test("what the client acknowledges has reason 0, no Reason String and no User Property: four bytes [MQTT-3.4.2-1] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-1] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-1] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-1] [MQTT-3.7.2-2] [MQTT-3.7.2-3]", () => {
  const rig = connected({}, { maximumPacketSize: 11 });
  rig.publishTo(new Topic("a", { qos: 2 }), "x");
  rig.transport.takeBytes();
  const written = (...bytes: number[]) =>
    assert.deepEqual([...rig.transport.takeBytes()], bytes, `${bytes}`);
  rig.says(message(1, 1));
  written(0x40, 2, 0, 1);
  rig.says(message(2, 2));
  written(0x50, 2, 0, 2);
  rig.says({ cmd: "pubrel", messageId: 2 });
  written(0x70, 2, 0, 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  written(0x62, 2, 0, 1);
});
