import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { Topic } from "../../../firmware/session/topic.js";
import { encodeConnect, setCleanStart } from "../../../firmware/wire/connect.js";
import { encodeVarint, varintSize } from "../../../firmware/wire/field.js";
import { ClientRig } from "../../sim/client-rig.js";

const topicName = fc
  .string({ minLength: 1, maxLength: 300, unit: "grapheme" })
  .filter((name) => !/[+#\0]/.test(name));
const binary = fc.uint8Array({ maxLength: 300 });

function connected(): ClientRig {
  const rig = new ClientRig({ arena: new Uint8Array(4096), inboxCapacity: 8 });
  rig.connect();
  rig.transport.takeBytes();
  return rig;
}

test("a PUBLISH is byte for byte what mqtt-packet makes", () => {
  fc.assert(
    fc.property(
      topicName,
      binary,
      fc.integer({ min: 0, max: 2 }),
      fc.boolean(),
      (name, payload, qos, retain) => {
        const rig = connected();
        rig.client.publish(new Topic(name, { qos, retain }), payload, payload.length, 0);
        const packet = {
          cmd: "publish",
          topic: name,
          payload: Buffer.from(payload),
          qos,
          retain,
          dup: false,
          messageId: 1,
        } as Packet;
        assert.deepEqual(rig.transport.takeBytes(), generate(packet));
      },
    ),
  );
});

test("a CONNECT is byte for byte what mqtt-packet makes, clean or not", () => {
  const text = fc.string({ maxLength: 80, unit: "grapheme" });
  fc.assert(
    fc.property(
      text,
      fc.option(text),
      fc.option(binary),
      fc.boolean(),
      fc.integer({ min: 0, max: 65535 }),
      (clientId, userName, will, clean, keepalive) => {
        const fields = {
          clientId: `c${clientId}`,
          keepAliveSeconds: keepalive,
          ...(will ? { will: { topic: "w", payload: will, qos: 1, retain: true } } : {}),
          ...(userName ? { userName, password: Buffer.from("p") } : {}),
        };
        const mine = encodeConnect(fields, Buffer.from(fields.clientId), 0, 0);
        setCleanStart(mine, clean);
        const theirs = generate({
          cmd: "connect",
          protocolId: "MQTT",
          protocolVersion: 4,
          clientId: `c${clientId}`,
          clean,
          keepalive,
          ...(will
            ? { will: { topic: "w", payload: Buffer.from(will), qos: 1, retain: true } }
            : {}),
          ...(userName ? { username: userName, password: Buffer.from("p") } : {}),
        });
        assert.deepEqual(Buffer.from(mine), theirs);
      },
    ),
  );
});

test("SUBSCRIBE and UNSUBSCRIBE are byte for byte what mqtt-packet makes", () => {
  for (const filter of [
    "a",
    "a/+/#",
    "x".repeat(121),
    "x".repeat(122),
    "x".repeat(123),
    "ü".repeat(200),
  ]) {
    const rig = connected();
    const messageId = 65535;
    rig.client.subscribe(filter, 1, 0);
    assert.deepEqual(
      rig.transport.takeBytes(),
      generate({ cmd: "subscribe", messageId, subscriptions: [{ topic: filter, qos: 1 }] }),
    );
    rig.says({ cmd: "suback", messageId, granted: [1] });
    rig.client.unsubscribe(filter, 0);
    assert.deepEqual(
      rig.transport.takeBytes(),
      generate({ cmd: "unsubscribe", messageId, unsubscriptions: [filter] }),
    );
  }
});

test("PUBACK, PUBREC, PUBREL and PUBCOMP are byte for byte what mqtt-packet makes", () => {
  const rig = connected();
  const message = { cmd: "publish", topic: "a", payload: "x", retain: false, dup: false } as const;
  rig.says({ ...message, qos: 1, messageId: 0xabcd });
  rig.says({ ...message, qos: 2, messageId: 0xabcd });
  rig.says({ cmd: "pubrel", messageId: 0xabcd });
  rig.publish("x", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  const [publish] = rig.transport.take().filter(({ cmd }) => cmd === "publish");
  const expected: Packet[] = [
    { cmd: "puback", messageId: 0xabcd },
    { cmd: "pubrec", messageId: 0xabcd },
    { cmd: "pubcomp", messageId: 0xabcd },
    publish as Packet,
    { cmd: "pubrel", messageId: 1 },
  ];
  assert.deepEqual(
    rig.transport.takeBytes(),
    Buffer.concat(expected.map((packet) => generate(packet))),
  );
});

test("a variable byte integer keeps its size at the edges", () => {
  for (const [value, bytes] of [
    [0, [0]],
    [127, [127]],
    [128, [0x80, 1]],
    [16383, [0xff, 0x7f]],
    [16384, [0x80, 0x80, 1]],
    [2097151, [0xff, 0xff, 0x7f]],
    [2097152, [0x80, 0x80, 0x80, 1]],
    [268435455, [0xff, 0xff, 0xff, 0x7f]],
  ] as const) {
    const out = new Uint8Array(4);
    assert.equal(varintSize(value), bytes.length);
    assert.equal(encodeVarint(value, out, 0), bytes.length);
    assert.deepEqual([...out.subarray(0, bytes.length)], bytes);
  }
});
