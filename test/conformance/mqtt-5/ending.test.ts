import assert from "node:assert/strict";
import { test } from "node:test";
import { MALFORMED, PROTOCOL_ERROR, REFUSED } from "../../../firmware/status.js";
import { PROTOCOL_ERROR_REASON } from "../../../firmware/wire/reason-code.js";
import { assertEnded, connected, endsFor, message, withProperties } from "./broker.js";

/** What a client may say in a DISCONNECT. */
const OF_A_CLIENT = [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x99];

test("each DISCONNECT of the client has a reason of the standard [MQTT-3.14.2-1]", () => {
  const faults = [
    [31, 0],
    [35, 0, 9],
    [11, 0],
    [1, 2],
  ];
  const reasons = faults.map((properties) => {
    const rig = connected();
    rig.transport.take();
    rig.transport.saysBytes(Uint8Array.from(withProperties(...properties)), rig.now);
    const [goodbye] = rig.transport.take();
    assert.ok(goodbye?.cmd === "disconnect");
    return goodbye.reasonCode ?? 0;
  });
  assert.deepEqual(reasons, [0x81, 0x94, 0x82, 0x82]);
  for (const reason of reasons) assert.ok(OF_A_CLIENT.includes(reason));
});

test("a DISCONNECT from the broker with a Session Expiry Interval is a protocol error [MQTT-3.14.2-2]", () => {
  const rig = connected();
  rig.says({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 5 } });
  assertEnded(rig, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
  const other = connected();
  other.says({ cmd: "disconnect", reasonCode: 0x9c, properties: { serverReference: "other" } });
  assert.equal(other.told.at(-1), `disconnected ${REFUSED} ${0x9c}`);
  const { properties } = other.client.session.version5!;
  assert.equal(properties.find(28), true);
  const text = Buffer.from(properties.bytes).subarray(properties.offset);
  assert.equal(text.subarray(0, properties.length).toString(), "other");
});

test("a DISCONNECT of the client has no Reason String and no User Property, nor anything that could be too large [MQTT-3.14.2-3] [MQTT-3.14.2-4]", () => {
  const faulty = connected({}, { maximumPacketSize: 3 });
  faulty.transport.takeBytes();
  faulty.transport.saysBytes(Uint8Array.of(0x20, 3, 0, 0, 0), faulty.now);
  assert.deepEqual([...faulty.transport.takeBytes()], [0xe0, 1, 0x82]);
  const closing = connected({}, { maximumPacketSize: 3 });
  closing.transport.takeBytes();
  closing.client.close(0, closing.now);
  closing.pass(0);
  assert.deepEqual([...closing.transport.takeBytes()], [0xe0, 0]);
});

test("nothing follows DISCONNECT and the connection is closed [MQTT-3.14.4-1] [MQTT-3.14.4-2]", () => {
  const rig = connected();
  rig.client.close(1_000, rig.now);
  rig.publish("late");
  rig.client.subscribe("late", 1, rig.now);
  rig.says(message(1));
  rig.pass(1_000);
  assert.deepEqual(rig.transport.calls.slice(-2), ["disconnect", "close"]);
});

test("nothing follows a DISCONNECT for a fault either, whatever waits [MQTT-3.14.4-1] [MQTT-3.14.4-2]", () => {
  const rig = connected({}, { receiveMaximum: 1 });
  rig.publish("1");
  rig.publish("2");
  rig.accept();
  rig.client.subscribe("late", 1, rig.now);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.transport.calls.slice(-2), ["disconnect", "close"]);
});

test("after the broker's DISCONNECT nothing is sent and the connection is closed [MQTT-4.13.2-1]", () => {
  for (const reasonCode of [0, 0x8b, 0x8e]) {
    const rig = connected();
    rig.says({ cmd: "disconnect", reasonCode });
    rig.publish("late");
    assert.deepEqual(rig.transport.calls, ["open", "connect", "close"]);
    assert.equal(rig.told.at(-1), `disconnected ${REFUSED} ${reasonCode}`);
  }
});

test("a client identifier taken over waits as long as credentials that are refused, and is counted [MQTT-4.13.2-1]", () => {
  const rig = connected();
  rig.says({ cmd: "disconnect", reasonCode: 0x8e });
  assert.equal(rig.client.statistics.takenOver, 1);
  assert.equal(rig.client.pollTimeout(rig.now), 300_000);
  endsFor(MALFORMED, 0x81, [0xe0, 1, 0x04]);
});
