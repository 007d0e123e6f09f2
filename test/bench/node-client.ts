import { generate, type IPublishPacket, parser } from "mqtt-packet";
import { Client } from "../../firmware/client/client.js";
import { encodeHead } from "../../firmware/session/publish.js";
import { Topic } from "../../firmware/session/topic.js";
import type { Transport } from "../../firmware/transport.js";
import { defaultOptions } from "../sim/client-rig.js";
import { beside, type Figure } from "./figure.js";

/** A PUBLISH of 90 bytes at QoS 1. */
const NAME = "mote/kitchen/reading";
const PAYLOAD_BYTES = 64;
const RUNS = 100_000;
/** Of several windows the quickest counts: a machine's other work only adds. */
const WINDOWS = 7;
const PEER = "mqtt-packet";

/** Takes everything. */
class Sink implements Transport {
  open(): void {
    return;
  }
  close(): void {
    return;
  }
  resume(): void {
    return;
  }
  write(_bytes: Uint8Array, _offset: number, length: number): number {
    return length;
  }
}

/** @returns nanoseconds of a run */
function time(run: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let window = 0; window < WINDOWS; window++) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < RUNS; i++) run();
    const elapsed = Number(process.hrtime.bigint() - begin) / RUNS;
    if (elapsed < best) best = elapsed;
  }
  return best;
}

function connected(): Client {
  const quiet = { onEvent: () => undefined, onMessage: () => undefined };
  const options = { ...defaultOptions(), cleanSession: true, arena: new Uint8Array(1024) };
  const client = new Client(options, new Sink(), quiet, () => 0);
  client.start(0);
  client.handleOpen(0);
  client.handleBytes(Uint8Array.of(0x20, 2, 0, 0), 0, 4, 0);
  return client;
}

/** The whole client and its bare codec in Node, beside mqtt-packet's generate and parse of the same packet. */
export function* nodeFigures(): Generator<Figure> {
  const payload = Buffer.alloc(PAYLOAD_BYTES, 0x31);
  const packet: IPublishPacket = {
    cmd: "publish",
    topic: NAME,
    payload,
    qos: 1,
    messageId: 1,
    retain: false,
    dup: false,
  };
  const bytes = generate(packet);
  const reader = parser({ protocolVersion: 4 });
  const peerEncode = time(() => generate(packet));
  const peerDecode = time(() => reader.parse(bytes));
  const peerBoth = time(() => reader.parse(generate(packet)));
  yield beside(publishFigure(payload), PEER, peerBoth);
  yield beside(encodeFigure(payload), PEER, peerEncode);
  yield beside(decodeFigure(bytes), PEER, peerDecode);
}

/** publish, arena, and the PUBACK that frees it. */
function publishFigure(payload: Uint8Array): Figure {
  const client = connected();
  const topic = new Topic(NAME, { qos: 1 });
  const puback = Uint8Array.of(0x40, 2, 0, 0);
  const value = time(() => {
    client.publish(topic, payload, PAYLOAD_BYTES, 1);
    const { packetId } = client.session.outbox;
    puback[2] = packetId >> 8;
    puback[3] = packetId;
    client.handleBytes(puback, 0, 4, 1);
  });
  if (client.pending !== 0) throw new Error("publishes were not acknowledged");
  return { name: "client.node.publish1.ns", value, unit: "ns" };
}

function encodeFigure(payload: Uint8Array): Figure {
  const { session } = connected();
  const topic = new Topic(NAME, { qos: 1 });
  const value = time(() => {
    session.outbox.arena.set(payload, encodeHead(session, topic, PAYLOAD_BYTES));
  });
  return { name: "codec.node.encode.ns", value, unit: "ns" };
}

/** Down to the application's `onMessage`, and the PUBACK that answers. */
function decodeFigure(bytes: Uint8Array): Figure {
  const client = connected();
  const value = time(() => {
    client.handleBytes(bytes, 0, bytes.length, 1);
  });
  return { name: "codec.node.decode.ns", value, unit: "ns" };
}
