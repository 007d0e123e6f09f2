import assert from "node:assert/strict";
import { test } from "node:test";
import { build } from "esbuild";
import { generate } from "mqtt-packet";
import { MqttClient } from "../../../firmware/client/mqtt-client.js";
import {
  BAD_ARGUMENT,
  BAD_TOPIC,
  CLOSING,
  OUTBOX_FULL,
  REFUSED,
  SOURCE_FAILED,
  TABLE_FULL,
  TIMED_OUT,
  TOO_LARGE,
  TRANSPORT_CLOSED,
} from "../../../firmware/status.js";
import { bytesOf, MqttRig, message } from "../../sim/mqtt-rig.js";

test("CONNECT says what the options say, and clean is the default", () => {
  const rig = new MqttRig({
    keepalive: 1_500,
    user: "ada",
    password: "secret",
    will: { topic: "gone", message: "bye", QoS: 1, retain: true },
  });
  rig.transport.opens(0);
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.clientId, "board-7");
  assert.equal(connect.clean, true);
  assert.equal(connect.keepalive, 2);
  assert.equal(connect.username, "ada");
  assert.equal(connect.password?.toString(), "secret");
  assert.deepEqual(
    [
      connect.will?.topic,
      connect.will?.payload.toString(),
      connect.will?.qos,
      connect.will?.retain,
    ],
    ["gone", "bye", 1, true],
  );
});

test("options that cannot be are refused when the client is made", () => {
  assert.throws(() => new MqttRig({ id: "", clean: false }), /client identifier/);
});

test("CONNACK is told as control, and then that there is room", () => {
  const rooms: number[] = [];
  const rig = new MqttRig({ onWritable: (count) => rooms.push(count) }).connect();
  assert.deepEqual(rig.told, [`control ${MqttClient.CONNACK} 0 0 0`]);
  assert.equal(rooms.length, 1);
  assert.ok((rooms[0] ?? 0) > 0);
});

test("a write publishes, and its acknowledgement is told by its id", () => {
  const rig = new MqttRig().connect();
  for (const [QoS, opcode] of [
    [1, MqttClient.PUBACK],
    [2, MqttClient.PUBCOMP],
  ] as const) {
    assert.ok(rig.mqtt.write(bytesOf("21"), { topic: "t", QoS, retain: true }) >= 0);
    const id = rig.mqtt.id;
    const [packet] = rig.transport.take();
    assert.ok(packet?.cmd === "publish");
    assert.deepEqual([packet.qos, packet.retain, packet.dup], [QoS, true, false]);
    const messageId = packet.messageId ?? 0;
    if (QoS === 1) rig.transport.says({ cmd: "puback", messageId }, 0);
    else rig.transport.says({ cmd: "pubrec", messageId }, 0);
    if (QoS === 2) rig.transport.says({ cmd: "pubcomp", messageId }, 0);
    assert.equal(rig.told.at(-1), `control ${opcode} ${id} 0 0`);
  }
});

test("a write takes an ArrayBuffer, and null for no payload", () => {
  const rig = new MqttRig().connect();
  rig.mqtt.write(bytesOf("x").buffer, { topic: "t" });
  rig.mqtt.write(null, { topic: "t" });
  assert.deepEqual(rig.written(), ["publish t x", "publish t "]);
});

test("a write before CONNACK is sent after it", () => {
  const rig = new MqttRig();
  rig.mqtt.write(bytesOf("early"), { topic: "t" });
  rig.transport.opens(0);
  rig.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, 0);
  assert.deepEqual(rig.written(), ["connect", "publish t early"]);
});

test("SUBSCRIBE and UNSUBSCRIBE are sent for each item, and answered by codes", () => {
  const rig = new MqttRig().connect();
  const items = [{ topic: "a/+", QoS: 2 }, { topic: "b" }];
  assert.ok(rig.mqtt.write(null, { operation: MqttClient.SUBSCRIBE, items }) >= 0);
  assert.deepEqual(rig.written(), ["subscribe a/+ 2", "subscribe b 0"]);
  rig.transport.says({ cmd: "suback", messageId: 65535, granted: [1] }, 0);
  rig.transport.says({ cmd: "suback", messageId: 65534, granted: [0x80] }, 0);
  assert.deepEqual(rig.told.slice(-2), [
    `control ${MqttClient.SUBACK} 0 1 0 [1]`,
    `control ${MqttClient.SUBACK} 1 128 0 [128]`,
  ]);
  rig.mqtt.write(null, { operation: MqttClient.UNSUBSCRIBE, items: [{ topic: "a/+" }] });
  assert.deepEqual(rig.written(), ["unsubscribe a/+"]);
  rig.transport.says({ cmd: "unsuback", messageId: 65535, granted: [] }, 0);
  assert.equal(rig.told.at(-1), `control ${MqttClient.UNSUBACK} 0 0 0`);
});

test("what is wrong with a write is returned, not thrown, and nothing is sent", () => {
  const rig = new MqttRig({ session: { arena: new Uint8Array(128) } }).connect();
  const { mqtt } = rig;
  assert.equal(mqtt.write(bytesOf("x"), { topic: "a/#" }), BAD_TOPIC);
  assert.equal(mqtt.write(bytesOf("x"), { topic: "t", QoS: 3 }), BAD_ARGUMENT);
  assert.equal(mqtt.write(bytesOf("xyz"), { topic: "t", byteLength: 2 }), BAD_ARGUMENT);
  assert.equal(mqtt.write(bytesOf("x")), BAD_ARGUMENT);
  assert.equal(mqtt.write(null, { operation: MqttClient.SUBSCRIBE }), BAD_ARGUMENT);
  assert.equal(mqtt.write(null, { operation: MqttClient.CONNECT }), BAD_ARGUMENT);
  assert.equal(mqtt.write(new Uint8Array(200), { topic: "t" }), TOO_LARGE);
  const items = [{ topic: "a/#/b" }];
  assert.equal(mqtt.write(null, { operation: MqttClient.SUBSCRIBE, items }), BAD_TOPIC);
  assert.deepEqual(rig.written(), []);
});

test("a full outbox is told by what write returns, and room again by onWritable", () => {
  const rooms: number[] = [];
  const rig = new MqttRig({
    session: { arena: new Uint8Array(160) },
    onWritable: (count) => rooms.push(count),
  }).connect();
  rooms.length = 0;
  const options = { topic: "t", QoS: 1 };
  let room = rig.mqtt.write(new Uint8Array(40), options);
  assert.ok(room < 96);
  room = rig.mqtt.write(new Uint8Array(40), options);
  assert.equal(room, 0);
  assert.equal(rig.mqtt.write(new Uint8Array(40), options), OUTBOX_FULL);
  rig.transport.says({ cmd: "puback", messageId: 1 }, 0);
  assert.equal(rooms.length, 1);
  assert.ok(rig.mqtt.write(new Uint8Array(rooms[0] ?? 0), options) >= 0);
});

test("a payload is written in parts, as room is told, and goes out as one message", () => {
  const whole = "abcdefghij".repeat(100);
  let at = 0;
  const rig = new MqttRig({
    fragmentBytes: 32,
    onWritable(count) {
      const next = Math.min(count, whole.length - at, 32);
      if (at === 0) this.write(null, { topic: "large", QoS: 1, byteLength: whole.length });
      if (next === 0 || this.write(bytesOf(whole.slice(at, at + next))) < 0) return;
      at += next;
    },
  });
  rig.transport.opens(0);
  rig.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, 0);
  for (let i = 0; at < whole.length && i < 1_000; i++) {
    rig.transport.limit(7);
    rig.transport.writable(rig.now);
    const room = rig.mqtt.write(bytesOf(whole.slice(at, at + 4)));
    if (room >= 0) at += 4;
  }
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["connect", `publish large ${whole}`]);
});

test("a part larger than the room, or than the rest of its payload, is not taken", () => {
  const rig = new MqttRig({ fragmentBytes: 16 }).connect();
  rig.transport.limit(0);
  assert.equal(rig.mqtt.write(bytesOf("abcd"), { topic: "t", byteLength: 20 }), 12);
  assert.equal(rig.mqtt.write(new Uint8Array(17)), BAD_ARGUMENT);
  assert.equal(rig.mqtt.write(new Uint8Array(16)), OUTBOX_FULL);
  assert.equal(rig.mqtt.write(new Uint8Array(12)), 0);
});

test("while a payload is written in parts other messages wait behind it, and no second one begins", () => {
  const rig = new MqttRig().connect();
  rig.mqtt.write(bytesOf("ab"), { topic: "t", byteLength: 4 });
  rig.mqtt.write(bytesOf("x"), { topic: "u" });
  assert.equal(rig.mqtt.write(bytesOf("a"), { topic: "v", byteLength: 4 }), TABLE_FULL);
  assert.deepEqual(rig.written(), []);
  rig.mqtt.write(bytesOf("cd"));
  assert.deepEqual(rig.written(), ["publish t abcd", "publish u x"]);
  assert.ok(rig.mqtt.write(bytesOf("a"), { topic: "v", byteLength: 2 }) >= 0);
});

test("a connection that is lost ends the client with onError, once, and no callback follows", () => {
  const rig = new MqttRig().connect();
  rig.transport.breaks(0);
  assert.equal(rig.told.at(-1), `error ${TRANSPORT_CLOSED} 0`);
  const length = rig.told.length;
  rig.pass(10_000_000);
  rig.transport.breaks(rig.now);
  assert.equal(rig.told.length, length);
  assert.equal(rig.mqtt.write(bytesOf("x"), { topic: "t" }), CLOSING);
});

test("a broker that refuses says why in onError", () => {
  const rig = new MqttRig();
  rig.transport.opens(0);
  rig.transport.says({ cmd: "connack", returnCode: 5, sessionPresent: false }, 0);
  assert.deepEqual(rig.told, [`error ${REFUSED} 5`]);
});

test("a broker that does not answer is an error in its time", () => {
  const rig = new MqttRig();
  rig.transport.opens(0);
  rig.pass(9_999);
  assert.deepEqual(rig.told, []);
  rig.pass(1);
  assert.deepEqual(rig.told, [`error ${TIMED_OUT} 0`]);
});

test("a client that stays connected tells a loss as control, comes back and sends again", () => {
  const rig = new MqttRig({ staysConnected: true }).connect();
  rig.mqtt.write(bytesOf("x"), { topic: "t", QoS: 1 });
  rig.written();
  rig.transport.breaks(0);
  assert.equal(rig.told.at(-1), `control ${MqttClient.DISCONNECT} 0 0 ${TRANSPORT_CLOSED}`);
  rig.pass(500);
  rig.transport.opens(rig.now);
  rig.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, rig.now);
  assert.deepEqual(rig.written(), ["connect", "publish t x"]);
});

test("a payload written in parts that must be sent again is dropped and told", () => {
  const rig = new MqttRig({ staysConnected: true }).connect();
  rig.mqtt.write(bytesOf("ab"), { topic: "t", QoS: 1, byteLength: 4 });
  const id = rig.mqtt.id;
  rig.transport.breaks(0);
  rig.pass(500);
  rig.transport.opens(rig.now);
  rig.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, rig.now);
  assert.ok(rig.told.includes(`control ${MqttClient.PUBLISH} ${id} 0 ${SOURCE_FAILED}`));
  assert.equal(rig.mqtt.write(bytesOf("cd")), BAD_ARGUMENT);
});

test("close says goodbye at once, and no callback follows", () => {
  const rig = new MqttRig().connect();
  const length = rig.told.length;
  rig.mqtt.close();
  rig.mqtt.close();
  assert.deepEqual(rig.written(), ["disconnect"]);
  assert.equal(rig.transport.calls.at(-1), "close");
  rig.pass(10_000_000);
  assert.equal(rig.told.length, length);
});

test("close from within a callback is legal", () => {
  const rig = new MqttRig({
    onReadable() {
      this.close();
    },
  }).connect();
  const one = generate(message("x"));
  rig.transport.saysBytes(Buffer.concat([one, one]), 0);
  assert.deepEqual(rig.written(), ["disconnect"]);
});

test("a DISCONNECT that is written waits for what is owed, and onClose follows", () => {
  const rig = new MqttRig().connect();
  rig.mqtt.write(bytesOf("x"), { topic: "t", QoS: 1 });
  rig.mqtt.write(null, { operation: MqttClient.DISCONNECT });
  assert.equal(rig.mqtt.write(bytesOf("y"), { topic: "t" }), CLOSING);
  rig.transport.says({ cmd: "puback", messageId: 1 }, 0);
  rig.pass(0);
  assert.deepEqual(rig.written(), ["publish t x", "disconnect"]);
  assert.equal(rig.told.at(-1), "close");
});

test("the client keeps its connection alive by itself, and takes a written PINGREQ for said", () => {
  const rig = new MqttRig({ keepalive: 60_000 }).connect();
  assert.ok(rig.mqtt.write(null, { operation: MqttClient.PINGREQ }) >= 0);
  assert.deepEqual(rig.written(), []);
  rig.pass(45_000);
  assert.deepEqual(rig.written(), ["pingreq"]);
});

test("a client that uses the plain class does not carry this one", async () => {
  const bundle = async (entry: string) => {
    const { metafile } = await build({
      entryPoints: [`build/firmware/${entry}`],
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
    });
    return Object.keys(metafile.inputs).filter((path) => /client\/mqtt-/.test(path));
  };
  assert.deepEqual(await bundle("client/client.js"), []);
  assert.deepEqual(await bundle("runtime/mote.js"), []);
  assert.ok((await bundle("client/mqtt-client.js")).length > 0);
});
