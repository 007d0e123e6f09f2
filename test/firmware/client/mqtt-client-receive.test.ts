import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { MqttClient } from "../../../firmware/client/mqtt-client.js";
import type { ReadableOptions } from "../../../firmware/client/mqtt-options.js";
import { TOO_LARGE } from "../../../firmware/status.js";
import { MqttRig, message, textOf } from "../../sim/mqtt-rig.js";

test("a message is read by count, or into a buffer that may be larger or smaller", () => {
  const read: string[] = [];
  const rig = new MqttRig({
    onReadable(count, options) {
      assert.equal(count, 5);
      assert.deepEqual({ ...options }, readable({ byteLength: 5 }));
      const small = new Uint8Array(2);
      read.push(`${this.read(small)} ${textOf(small)}`);
      read.push(textOf(this.read(1)));
      const large = new Uint8Array(8);
      read.push(`${this.read(large.buffer)} ${textOf(large.subarray(0, 2))}`);
      assert.equal(this.read(large), 0);
    },
  }).connect();
  rig.transport.says(message("abcde"), 0);
  assert.deepEqual(read, ["2 ab", "c", "2 de"]);
});

function readable(more: Partial<ReadableOptions>): ReadableOptions {
  return {
    topic: "led",
    QoS: 0,
    retain: false,
    duplicate: false,
    byteLength: 0,
    more: false,
    ...more,
  };
}

test("an empty message is told with a count of 0, and the next one after it too", () => {
  const counts: number[] = [];
  const rig = new MqttRig({
    onReadable(count) {
      counts.push(count);
      this.read(count);
    },
  }).connect();
  rig.transport.says(message("", 1), 0);
  rig.transport.says(message("x", 1), 0);
  assert.deepEqual(counts, [0, 1]);
  assert.deepEqual(rig.written(), ["puback", "puback"]);
});

test("what onReadable leaves is kept, and nothing more is received until it is read", () => {
  let calls = 0;
  const rig = new MqttRig({ onReadable: () => calls++ }).connect();
  const one = generate(message("abcd"));
  assert.equal(rig.transport.saysBytes(Buffer.concat([one, one]), 0), one.length);
  assert.equal(textOf(rig.mqtt.read(3)), "abc");
  assert.equal(rig.transport.saysBytes(one, 0), 0);
  assert.equal(textOf(rig.mqtt.read(9)), "d");
  assert.equal(rig.transport.calls.at(-1), "resume");
  assert.equal(rig.transport.saysBytes(one, 0), one.length);
  assert.equal(calls, 2);
});

test("a message larger than the receive buffer comes in parts, and is acknowledged after the last", () => {
  const whole = "0123456789".repeat(60);
  let received = "";
  const flags: boolean[] = [];
  const rig = new MqttRig({
    session: { receiveBuffer: new Uint8Array(64) },
    onReadable(count, options) {
      assert.equal(options.byteLength, whole.length);
      flags.push(options.more);
      received += textOf(this.read(count));
    },
  }).connect();
  rig.transport.says(message(whole, 2), 0);
  assert.equal(received, whole);
  assert.ok(flags.length > 5);
  assert.deepEqual(flags.indexOf(false), flags.length - 1);
  assert.deepEqual(rig.written(), ["pubrec"]);
});

test("a message whose topic alone is too large is told as such", () => {
  const rig = new MqttRig({ session: { receiveBuffer: new Uint8Array(32) } }).connect();
  rig.transport.says(message("x", 1, "t".repeat(200)), 0);
  assert.equal(rig.told.at(-1), `control ${MqttClient.PUBLISH} -1 0 ${TOO_LARGE}`);
  assert.deepEqual(rig.written(), ["puback"]);
});

test("what was left unread when a connection was lost does not keep the client from coming back", () => {
  const rig = new MqttRig({ staysConnected: true, onReadable: () => undefined }).connect();
  rig.transport.says(message("kept"), 0);
  rig.transport.breaks(0);
  rig.pass(500);
  rig.transport.opens(rig.now);
  rig.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, rig.now);
  assert.equal(rig.told.at(-1), `control ${MqttClient.CONNACK} 0 0 0`);
  assert.equal(textOf(rig.mqtt.read(4)), "kept");
});
