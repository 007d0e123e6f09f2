import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import { Inspector } from "../../../host/relay/inspector.js";
import { Traffic } from "../../../host/relay/traffic.js";

const CONNECT = generate({ cmd: "connect", clientId: "board", protocolVersion: 4, clean: true });

function publish(
  topic: string,
  payload: string,
  options: { qos?: 0 | 1; dup?: boolean } = {},
): Packet {
  const { qos = 0, dup = false } = options;
  return { cmd: "publish", topic, payload, qos, dup, retain: false, messageId: 7 };
}

function inspected() {
  const traffic = new Traffic();
  const inspector = new Inspector((direction, packet) => traffic.handlePacket(direction, packet));
  const up = (packet: Packet) => inspector.inspect("up", generate(packet), true);
  const down = (packet: Packet) => inspector.inspect("down", generate(packet), true);
  return { traffic, inspector, up, down };
}

test("readings, counts and the client identifier come from the packets", () => {
  const { traffic, inspector, up, down } = inspected();
  inspector.inspect("up", CONNECT, true);
  assert.equal(up(publish("mote/b/temperature", "21.5")), null);
  assert.equal(up(publish("mote/b/temperature", "21.6", { qos: 1, dup: true })), null);
  assert.equal(down(publish("mote/b/command/led", "1")), null);
  assert.equal(traffic.clientId, "board");
  assert.deepEqual([...traffic.readings], [["temperature", "21.6"]]);
  assert.deepEqual(traffic.published, [1, 1, 0]);
  assert.equal(traffic.repeated, 1);
  assert.equal(traffic.received, 1);
  assert.equal(traffic.messages, 3);
});

test("status, diagnostics and long payloads are no readings", () => {
  const { traffic, inspector, up } = inspected();
  inspector.inspect("up", CONNECT, true);
  up(publish("mote/b/status", "online"));
  up(publish("mote/b/diagnostics/dropped", "3"));
  up(publish("mote/b/long", "1".repeat(100)));
  assert.equal(traffic.readings.size, 0);
});

test("a board with endless topics keeps a bounded number of readings", () => {
  const { traffic, inspector, up } = inspected();
  inspector.inspect("up", CONNECT, true);
  for (let index = 0; index < 1000; index++) up(publish(`mote/b/t${index}`, "1"));
  assert.ok(traffic.readings.size <= 16);
});

test("a packet in pieces is judged at its end", () => {
  const { inspector } = inspected();
  for (let at = 1; at < CONNECT.length; at++) {
    const fresh = new Inspector(() => undefined);
    assert.equal(fresh.inspect("up", CONNECT.subarray(0, at), false), null);
    assert.equal(fresh.inspect("up", CONNECT.subarray(at), true), null, `split at ${at}`);
  }
  assert.equal(inspector.inspect("up", CONNECT, true), null);
});

test("a stream that does not begin with CONNECT is refused", () => {
  const { up } = inspected();
  assert.notEqual(up({ cmd: "pingreq" }), null);
});

test("a second CONNECT is refused", () => {
  const { inspector } = inspected();
  inspector.inspect("up", CONNECT, true);
  assert.notEqual(inspector.inspect("up", CONNECT, true), null);
});

test("a packet that only a server sends is refused from a board", () => {
  const { inspector, up } = inspected();
  inspector.inspect("up", CONNECT, true);
  assert.notEqual(up({ cmd: "pingresp" }), null);
});

test("fields that run past their packet are refused", () => {
  const { inspector } = inspected();
  inspector.inspect("up", CONNECT, true);
  const overlong = Buffer.from([0x30, 0x04, 0x00, 0x20, 0x61, 0x62]);
  assert.notEqual(inspector.inspect("up", overlong, true), null);
});

test("QoS 3 is refused", () => {
  const { inspector } = inspected();
  inspector.inspect("up", CONNECT, true);
  assert.notEqual(inspector.inspect("up", Buffer.from([0x36, 0x03, 0, 1, 0x61]), true), null);
});

test("answers to a version 5 board are read as version 5", () => {
  const { inspector } = inspected();
  const connect = generate({ cmd: "connect", clientId: "b", protocolVersion: 5, clean: true });
  assert.equal(inspector.inspect("up", connect, true), null);
  const connack = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);
  assert.equal(inspector.inspect("down", connack, true), null);
});
