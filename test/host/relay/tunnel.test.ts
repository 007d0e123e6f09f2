import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { afterEach, test } from "node:test";
import { generate } from "mqtt-packet";
import { brokerConnector, type ConnectBroker } from "../../../host/broker/connection.js";
import { Traffic } from "../../../host/relay/traffic.js";
import { Tunnel } from "../../../host/relay/tunnel.js";
import type { TunnelEvent } from "../../../host/relay/tunnel-options.js";
import { until } from "../until.js";
import { ScriptedLink } from "./scripted-link.js";

const [CONTROL, MQTT] = [0, 2];
const CONNECT = generate({ cmd: "connect", clientId: "b", protocolVersion: 4, clean: true });
const CONNACK = generate({ cmd: "connack", returnCode: 0, sessionPresent: false });

interface Setup {
  readonly tunnel: Tunnel;
  readonly link: ScriptedLink;
  readonly events: TunnelEvent[];
  readonly server: Server;
  /** The broker's end of the newest connection. */
  readonly peer: () => Promise<Socket>;
  readonly upBytes: () => Buffer;
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

async function setup(
  options: { isRefused?: boolean; connect?: ConnectBroker } = {},
): Promise<Setup> {
  const sockets: Socket[] = [];
  let received: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    received = [];
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const link = new ScriptedLink();
  const events: TunnelEvent[] = [];
  const tunnel = new Tunnel({
    link,
    connect: options.connect ?? brokerConnector({ tls: false, host: "127.0.0.1", port }),
    traffic: new Traffic(),
    maximumPacketLength: 65_536,
    nowMs: () => performance.now(),
    random: () => 0,
    isRefused: () => options.isRefused ?? false,
    onEvent: (event) => events.push(event),
  });
  cleanups.push(() => {
    tunnel.close(5, "");
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const peer = async () => {
    await until(() => tunnel.isOpen && sockets.length > 0);
    return sockets[sockets.length - 1]!;
  };
  return { tunnel, link, events, server, peer, upBytes: () => Buffer.concat(received) };
}

function open(tunnel: Tunnel, number: number): void {
  tunnel.handleData(CONTROL, Uint8Array.of(0x01, number), 0, 2);
}

function up(tunnel: Tunnel, bytes: Uint8Array): void {
  tunnel.handleData(MQTT, bytes, 0, bytes.length);
}

test("a stream opens, carries bytes both ways unchanged, and says so", async () => {
  const { tunnel, link, peer, upBytes } = await setup();
  open(tunnel, 3);
  const socket = await peer();
  assert.deepEqual(link.control, [[0x81, 3]]);
  up(tunnel, CONNECT);
  await until(() => upBytes().equals(CONNECT));
  socket.write(CONNACK);
  await until(() => link.packets.length === 1);
  assert.deepEqual(link.packets[0], CONNACK);
});

test("a packet larger than a frame goes down in frames with first and last flags", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  up(tunnel, CONNECT);
  const payload = Buffer.alloc(1000, 7);
  const flags = { qos: 0, dup: false, retain: false } as const;
  const large = generate({ cmd: "publish", topic: "t", payload, ...flags });
  socket.write(Buffer.concat([CONNACK, large, generate({ cmd: "pingresp" })]));
  await until(() => link.packets.length === 3);
  assert.deepEqual(link.packets[1], large);
});

test("a full window holds the socket back, and nothing is lost when it opens", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  up(tunnel, CONNECT);
  link.window = 10;
  const payload = Buffer.alloc(20_000, 9);
  const flags = { qos: 0, dup: false, retain: false } as const;
  const packet = generate({ cmd: "publish", topic: "t", payload, ...flags });
  for (let count = 0; count < 50; count++) socket.write(packet);
  await until(() => link.window === 0);
  while (link.packets.length < 50) {
    link.window = 5_000;
    tunnel.handleWritable();
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(link.packets.every((received) => received.equals(packet)));
});

test("a broker that does not read stops the board, and lets it go on later", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  up(tunnel, CONNECT);
  socket.pause();
  const payload = Buffer.alloc(60_000, 9);
  const flags = { qos: 0, dup: false, retain: false } as const;
  const packet = generate({ cmd: "publish", topic: "t", payload, ...flags });
  for (let count = 0; count < 400 && link.accepting; count++) {
    up(tunnel, packet);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(link.accepting, false);
  socket.resume();
  await until(() => link.accepting);
});

test("a broker that cannot be reached is tried again until it answers", async () => {
  let tries = 0;
  const connect: ConnectBroker = async () => {
    tries++;
    throw new Error("refused");
  };
  const { tunnel, link, events } = await setup({ connect });
  open(tunnel, 1);
  await until(() => tries === 2);
  assert.equal(events[0]?.kind, "unreachable");
  assert.deepEqual(link.control, []);
  assert.ok(tunnel.isConnecting);
});

test("a new STREAM_OPEN replaces a pending one, and only the new one is answered", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  open(tunnel, 2);
  await peer();
  assert.deepEqual(link.control, [[0x81, 2]]);
});

test("a connection that comes while the board gives its stream up is closed, whenever that is", async () => {
  for (let ticks = 0; ticks < 16; ticks++) {
    const socket = new Socket();
    let finish: (socket: Socket) => void = () => undefined;
    const connected = new Promise<Socket>((resolve) => {
      finish = resolve;
    });
    const { tunnel, link } = await setup({ connect: () => connected });
    open(tunnel, 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    finish(socket);
    for (let tick = 0; tick < ticks; tick++) await null;
    tunnel.handleData(CONTROL, Uint8Array.of(0x02, 1), 0, 2);
    const answers = link.control.length;
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(tunnel.isOpen, false, `after ${ticks} ticks`);
    assert.equal(link.control.length, answers, `after ${ticks} ticks`);
    assert.ok(socket.destroyed || answers > 0, `after ${ticks} ticks`);
  }
});

test("a broker that closes is told to the board after its last bytes", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 4);
  const socket = await peer();
  up(tunnel, CONNECT);
  link.window = 0;
  socket.end(generate({ cmd: "connack", returnCode: 5, sessionPresent: false }));
  await until(() => !tunnel.isOpen || socket.readableEnded);
  await new Promise((resolve) => setTimeout(resolve, 20));
  link.window = Number.POSITIVE_INFINITY;
  tunnel.handleWritable();
  await until(() => link.control.length === 2);
  assert.equal(link.packets.length, 1);
  assert.deepEqual(link.control[1], [0x82, 4, 0]);
});

test("a board that closes its stream closes the connection, without an answer", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 4);
  const socket = await peer();
  const ended = once(socket, "end");
  tunnel.handleData(CONTROL, Uint8Array.of(0x02, 4), 0, 2);
  await ended;
  assert.equal(tunnel.isOpen, false);
  assert.deepEqual(link.control, [[0x81, 4]]);
});

test("a STREAM_CLOSE of an earlier number leaves the stream open", async () => {
  const { tunnel, peer } = await setup();
  open(tunnel, 4);
  await peer();
  tunnel.handleData(CONTROL, Uint8Array.of(0x02, 3), 0, 2);
  assert.equal(tunnel.isOpen, true);
});

test("a malformed packet closes the stream with its reason", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  await peer();
  up(tunnel, Uint8Array.of(0x00, 0x00));
  assert.deepEqual(link.control[1], [0x82, 1, 4]);
  assert.equal(tunnel.isOpen, false);
});

test("a packet of the board that announces 256 MB closes the stream as too large", async () => {
  const { tunnel, link, peer } = await setup();
  const header = Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f);
  open(tunnel, 1);
  await peer();
  up(tunnel, header);
  assert.deepEqual(link.control[1], [0x82, 1, 3]);
});

/** A PUBLISH above the limit. */
function oversized(qos: 0 | 1 | 2): Buffer {
  const flags = { qos, dup: false, retain: false, ...(qos === 0 ? {} : { messageId: 0x1234 }) };
  return generate({ cmd: "publish", topic: "big/one", payload: Buffer.alloc(70_000, 7), ...flags });
}

const PINGRESP = generate({ cmd: "pingresp" });

for (const [qos, answer] of [
  [0, []],
  [1, [0x40, 2, 0x12, 0x34]],
  [2, [0x50, 2, 0x12, 0x34]],
] as const) {
  test(`a message of QoS ${qos} above the limit is answered by the gateway and kept from the board`, async () => {
    const { tunnel, link, events, peer, upBytes } = await setup();
    open(tunnel, 1);
    const socket = await peer();
    up(tunnel, CONNECT);
    const packet = oversized(qos);
    socket.write(Buffer.concat([CONNACK, packet, PINGRESP]));
    await until(() => link.packets.length === 2);
    await until(() => upBytes().length === CONNECT.length + answer.length);
    assert.deepEqual([...upBytes().subarray(CONNECT.length)], [...answer]);
    assert.deepEqual(link.packets, [CONNACK, PINGRESP]);
    const told = { kind: "oversize", topic: "big/one", packetLength: packet.length };
    assert.deepEqual(events.at(-1), told);
    assert.ok(tunnel.isOpen);
  });
}

test("the release of a kept-back message is answered by the gateway, any other goes to the board", async () => {
  const { tunnel, link, peer, upBytes } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  up(tunnel, CONNECT);
  const other = generate({ cmd: "pubrel", messageId: 9 });
  const release = generate({ cmd: "pubrel", messageId: 0x1234 });
  socket.write(Buffer.concat([CONNACK, oversized(2), other, release, release, PINGRESP]));
  await until(() => link.packets.length === 4);
  assert.deepEqual(link.packets, [CONNACK, other, release, PINGRESP]);
  await until(() => upBytes().length === CONNECT.length + 8);
  assert.deepEqual([...upBytes().subarray(CONNECT.length + 4)], [0x70, 2, 0x12, 0x34]);
});

test("the gateway's acknowledgement waits for the end of a packet of the board", async () => {
  const { tunnel, link, peer, upBytes } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  up(tunnel, CONNECT);
  const flags = { qos: 0, dup: false, retain: false } as const;
  const reading = generate({ cmd: "publish", topic: "t", payload: "25", ...flags });
  up(tunnel, reading.subarray(0, 4));
  socket.write(Buffer.concat([oversized(1), PINGRESP]));
  await until(() => link.packets.length === 1);
  up(tunnel, reading.subarray(4));
  await until(() => upBytes().length === CONNECT.length + reading.length + 4);
  const expected = Buffer.concat([CONNECT, reading, Uint8Array.of(0x40, 2, 0x12, 0x34)]);
  assert.deepEqual(upBytes(), expected);
});

test("an oversize packet that is no message, or a damaged one, closes the stream", async () => {
  const subscribe = Uint8Array.of(0x90, 0xff, 0xff, 0x7f);
  const qos3 = oversized(2);
  qos3[0] = 0x36;
  const cases: readonly [Uint8Array, number][] = [
    [subscribe, 3],
    [qos3, 4],
  ];
  for (const [packet, reason] of cases) {
    const { tunnel, link, peer } = await setup();
    open(tunnel, 1);
    (await peer()).write(packet);
    await until(() => link.control.length === 2);
    assert.deepEqual(link.control[1], [0x82, 1, reason]);
  }
});

test("bytes without a stream are dropped and counted", async () => {
  const { tunnel } = await setup();
  up(tunnel, CONNECT);
  assert.equal(tunnel.strayBytes, CONNECT.length);
});

test("the request of a board that a rule refuses waits, and is granted soon after the rule is gone", async () => {
  const rule = { isRefused: true };
  const { tunnel, link, server } = await setup(rule);
  let connections = 0;
  server.on("connection", () => connections++);
  open(tunnel, 9);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(connections, 0);
  assert.deepEqual(link.control, []);
  rule.isRefused = false;
  const startMs = performance.now();
  await until(() => link.control.length === 1);
  assert.deepEqual(link.control, [[0x81, 9]]);
  assert.ok(performance.now() - startMs < 2_000);
});

test("a new session of the link ends the old stream without an answer", async () => {
  const { tunnel, link, peer } = await setup();
  open(tunnel, 1);
  const socket = await peer();
  const ended = once(socket, "end");
  tunnel.handleNewSession();
  await ended;
  assert.deepEqual(link.control, [[0x81, 1]]);
});

test("an answer waits for a full window and goes before any data", async () => {
  const { tunnel, link, peer } = await setup();
  link.window = 0;
  open(tunnel, 1);
  await peer();
  assert.deepEqual(link.control, []);
  link.window = 100;
  tunnel.handleWritable();
  assert.deepEqual(link.control, [[0x81, 1]]);
});

test("unknown control messages are passed over", async () => {
  const { tunnel } = await setup();
  tunnel.handleData(CONTROL, Uint8Array.of(0x7f, 0x01, 0x05), 0, 3);
  tunnel.handleData(CONTROL, Uint8Array.of(0x01), 0, 1);
  assert.equal(tunnel.isConnecting, false);
});

test("a board that asks for streams without end makes few connections", async () => {
  const { tunnel, server, peer } = await setup();
  let connections = 0;
  const startMs = performance.now();
  server.on("connection", () => connections++);
  for (let number = 0; number < 200; number++) {
    open(tunnel, number & 0xff);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await peer();
  // One at once, and then one each tenth of a second, however slow the machine is.
  const limit = 3 + (performance.now() - startMs) / 100;
  assert.ok(connections <= limit, `${connections} of at most ${limit}`);
});
