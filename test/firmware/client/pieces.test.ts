import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { ClientRig } from "../../sim/client-rig.js";

const options: Partial<ClientOptions> = {
  receivesPieces: true,
  receiveBuffer: new Uint8Array(32),
};

const LONG = Array.from({ length: 400 }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");

function message(qos: 0 | 1 | 2, payload = LONG, topic = "c", dup = false) {
  const id = qos === 0 ? {} : { messageId: 9 };
  return { cmd: "publish", topic, payload, qos, retain: false, dup, ...id } as const;
}

/** A rig that puts the pieces together, and checks that each goes on where the last one ended. */
class PiecesRig extends ClientRig {
  readonly whole: string[] = [];
  private text = "";

  constructor(more: Partial<ClientOptions> = {}) {
    super({ ...options, ...more });
    this.inMessage = (message) => {
      const { position, remaining } = this.client.message;
      if (position === 0) this.text = "";
      assert.equal(position, this.text.length);
      this.text += message.payloadText();
      if (remaining === 0) this.whole.push(this.text);
    };
  }
}

test("a payload larger than the buffer comes in pieces, and is acknowledged after the last", () => {
  for (const [qos, answer] of [
    [0, []],
    [1, ["puback 9"]],
    [2, ["pubrec 9"]],
  ] as const) {
    const rig = new PiecesRig();
    rig.connect();
    const bytes = generate(message(qos));
    rig.transport.saysBytes(bytes.subarray(0, bytes.length - 1), rig.now);
    assert.deepEqual(rig.written(), []);
    rig.transport.saysBytes(bytes.subarray(-1), rig.now);
    assert.deepEqual(rig.whole, [LONG]);
    assert.deepEqual(rig.written(), answer);
    assert.equal(rig.client.statistics.oversize, 0);
  }
});

test("every piece names its topic and what is left of the payload", () => {
  const rig = new PiecesRig();
  rig.connect();
  const put = rig.inMessage;
  rig.inMessage = (message) => {
    put(message);
    assert.equal(message.topicText(), "c");
    const { position, payloadLength, remaining } = rig.client.message;
    assert.equal(position + payloadLength + remaining, LONG.length);
  };
  rig.says(message(1));
  assert.equal(rig.whole.length, 1);
});

test("pieces come together whole however the bytes are split", () => {
  const bytes = Buffer.concat([generate(message(1)), generate(message(0, "end"))]);
  for (let at = 0; at <= bytes.length; at++) {
    const rig = new PiecesRig();
    rig.connect();
    rig.transport.saysBytes(bytes.subarray(0, at), rig.now);
    rig.transport.saysBytes(bytes.subarray(at), rig.now);
    assert.deepEqual(rig.whole, [LONG, "end"], `at ${at}`);
    assert.deepEqual(rig.written(), ["puback 9"]);
  }
});

test("in MQTT 5 pieces come together whole, byte by byte, behind properties", () => {
  const rig = new PiecesRig({ protocolVersion: 5 });
  rig.connect();
  const packet = { ...message(1), properties: { contentType: "text" } };
  for (const byte of generate(packet, { protocolVersion: 5 })) {
    rig.transport.saysBytes(Uint8Array.of(byte), rig.now);
  }
  assert.deepEqual(rig.whole, [LONG]);
  assert.deepEqual(rig.written(), ["puback 9"]);
});

test("in MQTT 5 a client that takes pieces sets the broker no largest packet", () => {
  const rig = new ClientRig({ ...options, protocolVersion: 5 });
  rig.client.start(0);
  rig.transport.opens(0);
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.properties?.maximumPacketSize, undefined);
});

test("a pause from within a piece holds the rest back until resume", () => {
  const rig = new PiecesRig();
  rig.connect();
  const put = rig.inMessage;
  rig.inMessage = (message) => {
    put(message);
    rig.client.pause();
  };
  const bytes = generate(message(1));
  let at = 0;
  let pieces = 0;
  while (at < bytes.length) {
    const taken = rig.transport.saysBytes(bytes.subarray(at), rig.now);
    assert.ok(taken > 0 && taken <= 32);
    at += taken;
    assert.equal(rig.transport.saysBytes(bytes.subarray(at), rig.now), 0);
    pieces++;
    rig.client.resume();
  }
  assert.ok(pieces > 3);
  assert.deepEqual(rig.whole, [LONG]);
  assert.deepEqual(rig.written(), ["puback 9"]);
});

test("a QoS 2 duplicate in pieces is answered and not delivered again", () => {
  const rig = new PiecesRig();
  rig.connect();
  rig.says(message(2));
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  rig.transport.take();
  rig.says(message(2, LONG, "c", true));
  assert.deepEqual(rig.whole, [LONG]);
  assert.deepEqual(rig.written(), ["pubrec 9"]);
  assert.equal(rig.client.statistics.repeated, 1);
});

test("a QoS 2 message whose connection was lost between its pieces is delivered whole when it comes again", () => {
  const rig = new PiecesRig();
  rig.connect();
  rig.transport.saysBytes(generate(message(2)).subarray(0, 70), rig.now);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  rig.transport.take();
  rig.says(message(2, LONG, "c", true));
  assert.deepEqual(rig.whole, [LONG]);
  assert.deepEqual(rig.written(), ["pubrec 9"]);
});

test("a QoS 2 message is not delivered again if its last piece ended the connection", () => {
  const rig = new PiecesRig();
  rig.connect();
  const put = rig.inMessage;
  rig.inMessage = (message) => {
    put(message);
    if (rig.client.message.remaining === 0) rig.client.abandon(rig.now);
  };
  rig.says(message(2));
  rig.client.start(rig.now);
  rig.transport.opens(rig.now);
  rig.accept({ sessionPresent: true });
  rig.transport.take();
  rig.says(message(2, LONG, "c", true));
  assert.deepEqual(rig.whole, [LONG]);
  assert.deepEqual(rig.written(), ["pubrec 9"]);
});

test("a QoS 2 message for which the table has no place is neither delivered nor answered, all its pieces", () => {
  const rig = new PiecesRig({ inboxCapacity: 1 });
  rig.connect();
  rig.says({ ...message(2, "x"), messageId: 1 });
  rig.says(message(2));
  assert.deepEqual(rig.whole, ["x"]);
  assert.deepEqual(rig.written(), ["pubrec 1"]);
});

test("a topic larger than the buffer is drained, counted and acknowledged", () => {
  const rig = new PiecesRig();
  rig.connect();
  rig.says(message(1, LONG, "t".repeat(40)));
  assert.equal(rig.told.at(-1), "oversize 1");
  assert.deepEqual(rig.written(), ["puback 9"]);
});

test("a topic of any length leaves the stream in step, also one that fills the buffer to the last byte", () => {
  for (const version of [4, 5]) {
    for (let length = 1; length < 40; length++) {
      const rig = new ClientRig({ ...options, protocolVersion: version });
      rig.connect();
      const pieces = () => rig.told.filter((line) => line.startsWith("message t")).length;
      rig.inMessage = () => assert.ok(pieces() <= LONG.length, `no end at ${length}`);
      rig.says(message(1, LONG, "t".repeat(length)));
      assert.deepEqual(rig.written(), ["puback 9"], `topic of ${length} bytes, version ${version}`);
      assert.ok(pieces() > 0 || rig.client.statistics.oversize === 1);
      rig.says(message(0, "end"));
      assert.equal(rig.told.at(-1), "message c end");
    }
  }
});

test("what the application published from within a piece goes out between them", () => {
  const rig = new PiecesRig();
  rig.connect();
  const bytes = generate(message(0));
  const put = rig.inMessage;
  rig.inMessage = (message) => {
    put(message);
    if (rig.client.message.position === 0) rig.publish("between", 0);
  };
  rig.transport.saysBytes(bytes.subarray(0, 40), rig.now);
  assert.deepEqual(rig.written(), ["publish between"]);
  rig.transport.saysBytes(bytes.subarray(40), rig.now);
  assert.deepEqual(rig.whole, [LONG]);
});
