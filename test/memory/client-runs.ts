import assert from "node:assert/strict";
import { Client } from "../../firmware/client/client.js";
import { writeDecimal } from "../../firmware/payload/decimal.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import type { Transport } from "../../firmware/transport.js";
import { measure } from "./bytes-per-run.js";

class Sink implements Transport {
  packetId = 0;
  open(): void {
    this.packetId = 0;
  }
  close(): void {
    this.packetId = 0;
  }
  resume(): void {
    this.packetId = 0;
  }
  write(bytes: Uint8Array, offset: number, length: number): number {
    if (((bytes[offset] ?? 0) & 0xf0) === 0x30) {
      this.packetId = ((bytes[offset + 10] ?? 0) << 8) | (bytes[offset + 11] ?? 0);
    }
    return length;
  }
}

const quiet: ClientHandler = { onEvent: () => undefined, onMessage: () => undefined };

function connected(): { client: Client; sink: Sink } {
  const sink = new Sink();
  const options = {
    clientId: "c",
    keepAliveSeconds: 60,
    cleanSession: true,
    receiveBuffer: new Uint8Array(256),
    arena: new Uint8Array(1024),
    inFlightWindow: 8,
    subscriptionCapacity: 4,
    inboxCapacity: 4,
    resendsDoubtful: true,
    answerTimeoutMs: 10_000,
    openTimeoutMs: 0,
    stableMs: 10_000,
    backoff: { baseMs: 1, capMs: 1, refusedMs: 1 },
  };
  const client = new Client(options, sink, quiet, () => 0);
  client.start(0);
  client.handleOpen(0);
  client.handleBytes(Uint8Array.of(0x20, 2, 0, 0), 0, 4, 0);
  assert.ok(client.isConnected);
  return { client, sink };
}

const [topic0, topic1, topic2] = [0, 1, 2].map((qos) => new Topic("mote/b", { qos })) as [
  Topic,
  Topic,
  Topic,
];
const payload = new Uint8Array(32).fill(0x31);

{
  const { client } = connected();
  await measure("a QoS 0 publish", () => {
    client.publish(topic0, payload, 32, 1);
  });
}
{
  const { client, sink } = connected();
  const puback = Uint8Array.of(0x40, 2, 0, 0);
  await measure("a QoS 1 publish with its PUBACK", () => {
    client.publish(topic1, payload, 32, 1);
    puback[2] = sink.packetId >> 8;
    puback[3] = sink.packetId;
    client.handleBytes(puback, 0, 4, 1);
  });
  assert.equal(client.pending, 0);
  assert.ok(client.statistics.acknowledged > 0);
}
{
  const { client, sink } = connected();
  const answer = Uint8Array.of(0x50, 2, 0, 0);
  await measure("a QoS 2 publish with its PUBREC and PUBCOMP", () => {
    client.publish(topic2, payload, 32, 1);
    const id = sink.packetId;
    for (const type of [0x50, 0x70]) {
      answer[0] = type;
      answer[2] = id >> 8;
      answer[3] = id;
      client.handleBytes(answer, 0, 4, 1);
    }
  });
}
for (const qos of [0, 1]) {
  const { client } = connected();
  const message = new Uint8Array(13 + qos * 2);
  message.set([0x30 | (qos << 1), 11 + qos * 2, 0, 3, 0x61, 0x2f, 0x62]);
  if (qos > 0) message.set([0, 9], 7);
  await measure(`a QoS ${qos} message received whole`, () => {
    client.handleBytes(message, 0, message.length, 1);
  });
  await measure(`a QoS ${qos} message received in two pieces`, () => {
    client.handleBytes(message, 0, 5, 1);
    client.handleBytes(message, 5, message.length - 5, 1);
  });
}
{
  const { client } = connected();
  let now = 0;
  const pingresp = Uint8Array.of(0xd0, 0);
  await measure("a keep-alive round", () => {
    now = (now + 45_000) | 0;
    client.handleTimeout(now);
    client.pollTimeout(now);
    client.handleBytes(pingresp, 0, 2, now);
  });
}
{
  const out = new Uint8Array(24);
  const value = new Float64Array(1); // a plain variable would be boxed by the closure
  await measure("a decimal payload", () => {
    value[0] = (value[0] ?? 0) + 0.37;
    writeDecimal(value[0] ?? 0, 2, out, 0, out.length);
  });
}
