import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BAD_ARGUMENT,
  MALFORMED,
  PROTOCOL_ERROR,
  REFUSED,
  TOO_LARGE,
} from "../../../firmware/status.js";
import { PROTOCOL_ERROR_REASON } from "../../../firmware/wire/reason-code.js";
import { assertEnded, codesThat, connected, connecting } from "./broker.js";

const authentication = { method: "M", data: Buffer.from("first") };
const properties = { authenticationMethod: "M" };

function authenticated(): ReturnType<typeof connected> {
  return connected({ authentication }, properties);
}

test("CONNECT names the method and says what the method wants to say first [MQTT-4.12.0-5]", () => {
  const [connect] = connecting({ authentication }).transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.properties?.authenticationMethod, "M");
  assert.equal(connect.properties.authenticationData?.toString(), "first");
});

test("an AUTH that asks for more is answered with AUTH 0x18 and the same method [MQTT-4.12.0-3] [MQTT-4.12.0-5] [MQTT-3.15.2-1]", () => {
  const rig = connecting({ authentication });
  rig.transport.take();
  for (const question of ["one", "two"]) {
    const data = { ...properties, authenticationData: Buffer.from(question) };
    rig.says({ cmd: "auth", reasonCode: 0x18, properties: data });
    assert.equal(rig.told.at(-1), "authentication 24");
    assert.equal(rig.client.authenticate(Buffer.from(`re ${question}`), rig.now), 0);
    const [auth] = rig.transport.take();
    assert.ok(auth?.cmd === "auth");
    assert.equal(auth.reasonCode, 0x18);
    assert.equal(auth.properties?.authenticationMethod, "M");
    assert.equal(auth.properties.authenticationData?.toString(), `re ${question}`);
  }
  rig.accept({ properties });
  assert.equal(rig.client.isConnected, true);
});

test("a broker that names another method, or none, is left [MQTT-4.12.0-5]", () => {
  for (const method of ["N", "MM", "", undefined]) {
    const other = method === undefined ? {} : { authenticationMethod: method };
    const asked = connecting({ authentication });
    asked.says({ cmd: "auth", reasonCode: 0x18, properties: other });
    const accepted = connecting({ authentication });
    accepted.accept({ properties: other });
    for (const rig of [asked, accepted]) {
      assert.deepEqual(rig.told, [`disconnected ${PROTOCOL_ERROR} 0`], method);
    }
  }
  const plain = connecting();
  plain.accept({ properties });
  assert.deepEqual(plain.told, [`disconnected ${PROTOCOL_ERROR} 0`]);
});

test("an AUTH that was not asked for ends the connection with 0x82 [MQTT-4.12.0-6]", () => {
  const plain = connected();
  plain.says({ cmd: "auth", reasonCode: 0x18, properties });
  assertEnded(plain, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
  const early = connecting();
  early.says({ cmd: "auth", reasonCode: 0x18, properties });
  assert.deepEqual(early.told, [`disconnected ${PROTOCOL_ERROR} 0`]);
  const done = authenticated();
  done.says({ cmd: "auth", reasonCode: 0x18, properties });
  assertEnded(done, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
});

test("a client whose CONNECT had no method sends no AUTH [MQTT-4.12.0-7]", () => {
  for (const rig of [connecting(), connected()]) {
    rig.transport.take();
    assert.equal(rig.client.authenticate(Buffer.from("x"), rig.now), BAD_ARGUMENT);
    assert.deepEqual(rig.written(), []);
  }
});

test("to authenticate again is to send AUTH 0x19 with the same method, then 0x18 [MQTT-4.12.1-1] [MQTT-3.15.2-1]", () => {
  const rig = authenticated();
  rig.client.authenticate(Buffer.from("again"), rig.now);
  rig.says({ cmd: "auth", reasonCode: 0x18, properties });
  rig.client.authenticate(Buffer.from("answer"), rig.now);
  rig.says({ cmd: "auth", reasonCode: 0, properties });
  rig.client.authenticate(Buffer.from("and again"), rig.now);
  const sent = rig.transport.take().map((packet) => {
    assert.ok(packet.cmd === "auth");
    assert.equal(packet.properties?.authenticationMethod, "M");
    return [packet.reasonCode, packet.properties.authenticationData?.toString()];
  });
  assert.deepEqual(sent, [
    [0x19, "again"],
    [0x18, "answer"],
    [0x19, "and again"],
  ]);
  assert.equal(rig.client.isConnected, true);
});

test("publishes go on while the client authenticates again [MQTT-4.12.1-1]", () => {
  const rig = authenticated();
  rig.client.authenticate(Buffer.from("again"), rig.now);
  rig.publish("x");
  assert.deepEqual(rig.written(), ["auth 25", "publish 1 x"]);
});

test("a second authentication that fails ends the connection, and the next one waits long [MQTT-4.12.1-2]", () => {
  const rig = authenticated();
  rig.client.authenticate(Buffer.from("again"), rig.now);
  rig.says({ cmd: "disconnect", reasonCode: 0x87 });
  assert.equal(rig.told.at(-1), `disconnected ${REFUSED} ${0x87}`);
  assert.equal(rig.transport.calls.at(-1), "close");
  assert.equal(rig.client.pollTimeout(rig.now), 300_000);
  const other = authenticated();
  other.client.authenticate(Buffer.from("again"), other.now);
  other.says({ cmd: "auth", reasonCode: 0x18, properties: { authenticationMethod: "N" } });
  assertEnded(other, PROTOCOL_ERROR, PROTOCOL_ERROR_REASON);
});

test("of AUTH exactly the reason codes that a broker may say are taken, and success only from CONNACK at first [MQTT-3.15.2-1]", () => {
  const taken = codesThat((code) => {
    const rig = authenticated();
    rig.client.authenticate(Buffer.from("again"), rig.now);
    rig.transport.saysBytes(Uint8Array.of(0xf0, 6, code, 4, 21, 0, 1, 0x4d), rig.now);
    return rig.told.at(-1) !== `disconnected ${MALFORMED} 0`;
  });
  assert.deepEqual(taken, [0, 0x18]);
  const early = connecting({ authentication });
  early.says({ cmd: "auth", reasonCode: 0, properties });
  assert.deepEqual(early.told, [`disconnected ${PROTOCOL_ERROR} 0`]);
});

test("an AUTH has a method and data alone, and is not larger than the broker takes [MQTT-3.15.2-2] [MQTT-3.15.2-3] [MQTT-3.15.1-1]", () => {
  const rig = connected({ authentication }, { ...properties, maximumPacketSize: 20 });
  rig.transport.takeBytes();
  assert.equal(rig.client.authenticate(Buffer.alloc(10), rig.now), TOO_LARGE);
  assert.equal(rig.client.authenticate(Buffer.alloc(9, 0x78), rig.now), 0);
  const bytes = rig.transport.takeBytes();
  const expected = [0xf0, 18, 0x19, 16, 21, 0, 1, 0x4d, 22, 0, 9];
  assert.deepEqual([...bytes], [...expected, ...Buffer.alloc(9, 0x78)]);
});
