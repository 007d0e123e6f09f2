import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { generate, type Packet, parser } from "mqtt-packet";
import { type EmbeddedBroker, startEmbeddedBroker } from "../../../host/broker/embedded.js";
import { Log } from "../../../host/log.js";
import { until } from "../until.js";

const log = new Log({ sink: () => undefined, now: () => 0, debug: false });

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function start(port = 0): Promise<EmbeddedBroker> {
  const broker = await startEmbeddedBroker({ host: "127.0.0.1", port, log });
  cleanups.push(() => broker.close(100));
  return broker;
}

interface Peer {
  readonly socket: Socket;
  readonly packets: Packet[];
}

async function join(broker: EmbeddedBroker, clientId: string, will?: string): Promise<Peer> {
  const socket = connect(broker.port, broker.host);
  cleanups.push(() => socket.destroy());
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: 4 });
  reader.on("packet", (packet: Packet) => packets.push(packet));
  socket.on("data", (chunk) => reader.parse(chunk));
  socket.on("error", () => undefined);
  const last =
    will === undefined ? {} : { will: { topic: will, payload: "offline", qos: 1, retain: true } };
  socket.write(
    generate({ cmd: "connect", clientId, protocolVersion: 4, clean: true, ...last } as Packet),
  );
  await until(() => packets.length === 1);
  return { socket, packets };
}

async function subscribe(peer: Peer, topic: string): Promise<void> {
  const before = peer.packets.length;
  peer.socket.write(
    generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 0 }] } as Packet),
  );
  await until(() => peer.packets.length > before);
}

function heard(peer: Peer): string[] {
  return peer.packets
    .filter((packet) => packet.cmd === "publish")
    .map((packet) => `${packet.topic} ${packet.payload}`);
}

test("when it closes, the wills of its clients reach the subscribers first", async () => {
  const broker = await start();
  await join(broker, "b1", "mote/b1/status");
  await join(broker, "b2", "mote/b2/status");
  const observer = await join(broker, "observer");
  await subscribe(observer, "mote/#");
  const closed = once(observer.socket, "close");
  const beganAt = performance.now();
  await broker.close(1000);
  await closed;
  assert.ok(performance.now() - beganAt < 1000);
  assert.deepEqual(heard(observer).sort(), ["mote/b1/status offline", "mote/b2/status offline"]);
});

test("the will of a connection that ended just before it closes is heard too", async () => {
  const broker = await start();
  const board = await join(broker, "b1", "mote/b1/status");
  const observer = await join(broker, "observer");
  await subscribe(observer, "mote/#");
  const closed = once(observer.socket, "close");
  board.socket.end();
  await broker.close(1000);
  await closed;
  assert.deepEqual(heard(observer), ["mote/b1/status offline"]);
});

test("a port that is taken is an error that names it and both ways out", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  cleanups.push(() => other.close());
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await assert.rejects(start(port), (error: Error & { code?: string }) => {
    assert.equal(error.code, "address-in-use");
    assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}.*--broker mqtt://.*--listen`));
    return true;
  });
});

test("nobody publishes below $SYS", async () => {
  const broker = await start();
  const peer = await join(broker, "b");
  const closed = once(peer.socket, "close");
  const flags = { qos: 0, dup: false, retain: false } as const;
  peer.socket.write(generate({ cmd: "publish", topic: "$SYS/x", payload: "1", ...flags }));
  await closed;
  await broker.close(100);
});

test("a client that announces 256 MB is cut off, and the others are served on", async () => {
  const broker = await start();
  const hostile = await join(broker, "hostile");
  const observer = await join(broker, "observer");
  const closed = once(hostile.socket, "close");
  hostile.socket.write(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f));
  await closed;
  await subscribe(observer, "a");
  await broker.close(100);
});
