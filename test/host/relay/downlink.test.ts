import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import { Downlink } from "../../../host/relay/downlink.js";
import { Inspector } from "../../../host/relay/inspector.js";

const LIMIT = 64;
const PING = generate({ cmd: "pingresp" });
const RELEASE = generate({ cmd: "pubrel", messageId: 7 });

function message(payloadLength: number, topic = "t"): Buffer {
  const payload = Buffer.alloc(payloadLength, 1);
  return generate({
    cmd: "publish",
    topic,
    payload,
    qos: 2,
    messageId: 7,
    dup: false,
    retain: false,
  });
}

/** What reaches the board and what the broker is answered, of bytes that come in these pieces. */
function relay(pieces: readonly Buffer[]): { down: Buffer; replies: number[]; topics: string[] } {
  const sent: Buffer[] = [];
  const replies: number[] = [];
  const topics: string[] = [];
  const downlink = new Downlink({
    maximumPacketLength: LIMIT,
    inspector: new Inspector(() => undefined),
    send: (bytes, offset, length) => {
      sent.push(Buffer.from(bytes.subarray(offset, offset + length)));
      return length;
    },
    reply: (packet) => replies.push(...packet),
    onOversize: (topic) => topics.push(topic),
  });
  for (const piece of pieces) {
    downlink.feed(piece);
    assert.equal(downlink.pump().kind, "empty");
  }
  return { down: Buffer.concat(sent), replies, topics };
}

test("a message above the limit and its release are kept back wherever the stream is split", () => {
  const small = message(5);
  const stream = Buffer.concat([PING, message(500), small, RELEASE, RELEASE, PING]);
  const expected = Buffer.concat([PING, small, RELEASE, PING]);
  for (let at = 1; at < stream.length; at++) {
    const { down, replies } = relay([stream.subarray(0, at), stream.subarray(at)]);
    assert.deepEqual(down, expected, `split at ${at}`);
    assert.deepEqual(replies, [0x50, 2, 0, 7, 0x70, 2, 0, 7], `split at ${at}`);
  }
});

test("byte by byte it is the same", () => {
  const stream = Buffer.concat([message(500), RELEASE, PING]);
  const { down, replies } = relay([...stream].map((byte) => Buffer.of(byte)));
  assert.deepEqual(down, PING);
  assert.deepEqual(replies, [0x50, 2, 0, 7, 0x70, 2, 0, 7]);
});

test("of a topic of 65535 bytes a beginning is kept, and the identifier behind it is found", () => {
  const { replies, topics } = relay([message(0, "x".repeat(65_535))]);
  assert.deepEqual(replies, [0x50, 2, 0, 7]);
  assert.equal(topics[0], "x".repeat(256));
});
