import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { generate, type Packet } from "mqtt-packet";
import { encodeAcknowledge } from "../../../firmware/wire/acknowledge.js";
import { encodeConnect, setCleanSession } from "../../../firmware/wire/connect.js";
import {
  decodeRemainingLength,
  encodeFixedHeader,
  fixedHeaderLength,
  remainingLengthSize,
} from "../../../firmware/wire/field.js";
import { PUBACK, PUBCOMP, PUBREC, PUBREL } from "../../../firmware/wire/packet-type.js";
import {
  decodePublish,
  encodePublishHeader,
  PublishFields,
  publishLength,
} from "../../../firmware/wire/publish.js";
import { encodeSubscription, setPacketId } from "../../../firmware/wire/subscribe.js";

const topicName = fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" });
const binary = fc.uint8Array({ maxLength: 300 });
const packetId = fc.integer({ min: 1, max: 65535 });

test("a PUBLISH is byte for byte what mqtt-packet makes, and decodes to what went in", () => {
  fc.assert(
    fc.property(
      topicName,
      binary,
      fc.integer({ min: 0, max: 2 }),
      packetId,
      fc.boolean(),
      (topic, payload, qos, id, retain) => {
        const topicBytes = Buffer.from(topic);
        const length = publishLength(topicBytes.length, payload.length, qos);
        const out = new Uint8Array(length);
        const at = encodePublishHeader(
          topicBytes,
          payload.length,
          (qos << 1) | (retain ? 1 : 0),
          id,
          out,
          0,
        );
        out.set(payload, at);
        const packet = {
          cmd: "publish",
          topic,
          payload: Buffer.from(payload),
          qos,
          retain,
          dup: false,
          messageId: id,
        } as Packet;
        assert.deepEqual(Buffer.from(out), generate(packet));
        const fields = new PublishFields();
        const bodyOffset = fixedHeaderLength(out, 0, length);
        assert.equal(decodePublish(out, bodyOffset, length, (out[0] ?? 0) & 15, fields), 0);
        assert.deepEqual(out.slice(fields.payloadOffset), payload);
        assert.equal(fields.payloadLength, payload.length);
        assert.equal(fields.packetId, qos === 0 ? 0 : id);
        assert.equal(fields.retain, retain);
      },
    ),
  );
});

test("a PUBLISH truncated at any byte is refused, never read past its end", () => {
  const bytes = generate({
    cmd: "publish",
    topic: "ab",
    payload: "",
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
  });
  for (let end = 2; end < bytes.length; end++) {
    assert.ok(decodePublish(bytes, 2, end, 2, new PublishFields()) < 0);
  }
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
        const mine = encodeConnect({
          clientId: `c${clientId}`,
          keepAliveSeconds: keepalive,
          ...(will ? { will: { topic: "w", payload: will, qos: 1, retain: true } } : {}),
          ...(userName ? { userName, password: Buffer.from("p") } : {}),
        });
        setCleanSession(mine, clean);
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
    const subscribe = encodeSubscription(Buffer.from(filter), 1);
    setPacketId(subscribe, 0x1234);
    assert.deepEqual(
      Buffer.from(subscribe),
      generate({ cmd: "subscribe", messageId: 0x1234, subscriptions: [{ topic: filter, qos: 1 }] }),
    );
    const unsubscribe = encodeSubscription(Buffer.from(filter), -1);
    setPacketId(unsubscribe, 7);
    assert.deepEqual(
      Buffer.from(unsubscribe),
      generate({ cmd: "unsubscribe", messageId: 7, unsubscriptions: [filter] }),
    );
  }
});

test("PUBACK, PUBREC, PUBREL and PUBCOMP are byte for byte what mqtt-packet makes", () => {
  for (const [type, cmd] of [
    [PUBACK, "puback"],
    [PUBREC, "pubrec"],
    [PUBREL, "pubrel"],
    [PUBCOMP, "pubcomp"],
  ] as const) {
    const out = new Uint8Array(4);
    assert.equal(encodeAcknowledge(type, 0xabcd, out, 0), 4);
    assert.deepEqual(Buffer.from(out), generate({ cmd, messageId: 0xabcd } as Packet));
  }
});

test("the Remaining Length keeps its size at the edges and comes back", () => {
  for (const [value, size] of [
    [0, 1],
    [127, 1],
    [128, 2],
    [16383, 2],
    [16384, 3],
    [2097151, 3],
    [2097152, 4],
    [268435455, 4],
  ] as const) {
    const out = new Uint8Array(5);
    assert.equal(remainingLengthSize(value), size);
    assert.equal(encodeFixedHeader(0x30, value, out, 0), 1 + size);
    assert.equal(fixedHeaderLength(out, 0, 5), 1 + size);
    assert.equal(decodeRemainingLength(out, 0, 1 + size), value);
  }
});
