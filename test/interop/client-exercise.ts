import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";
import { Client } from "../../firmware/client/client.js";
import { Alarm, now } from "../../firmware/platform/node/clock.js";
import { random } from "../../firmware/platform/node/random.js";
import { TcpTransport } from "../../firmware/platform/node/tcp-transport.js";
import { Message } from "../../firmware/runtime/message.js";
import {
  ACKNOWLEDGED,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  GRANTED_EVENT,
  IN_DOUBT,
} from "../../firmware/session/event.js";
import type { Message as Fields } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import { QOS_1, QOS_MASK, RETAIN } from "../../firmware/wire/packet-type.js";

/** The client over a real TCP connection, and what it told. */
class TcpClient implements ClientHandler {
  readonly told: string[] = [];
  readonly client: Client;
  private readonly alarm = new Alarm(() => this.turn());
  private wake: () => void = () => undefined;

  constructor(port: number, clientId: string) {
    const transport = new TcpTransport("127.0.0.1", port);
    const options = {
      clientId,
      keepAliveSeconds: 2,
      will: { topic: `${clientId}/status`, payload: Buffer.from("gone"), qos: 1, retain: false },
      cleanSession: false,
      receiveBuffer: new Uint8Array(256),
      arena: new Uint8Array(4096),
      inFlightWindow: 8,
      subscriptionCapacity: 4,
      inboxCapacity: 20,
      resendsDoubtful: true,
      answerTimeoutMs: 2_000,
      openTimeoutMs: 2_000,
      stableMs: 10_000,
      backoff: { baseMs: 50, capMs: 200, refusedMs: 1_000 },
    };
    this.client = new Client(options, transport, this, random);
    transport.attach({
      handleOpen: (time) => this.after(() => this.client.handleOpen(time)),
      handleBytes: (bytes, offset, length, time) =>
        this.after(() => this.client.handleBytes(bytes, offset, length, time)),
      handleWritable: (time) => this.after(() => this.client.handleWritable(time)),
      handleClose: (time) => this.after(() => this.client.handleClose(time)),
    });
  }

  onEvent(kind: number, detail: number): void {
    if (kind === CONNECTED_EVENT) this.tell(`connected ${detail === 1}`);
    if (kind === ACKNOWLEDGED) this.tell(`acknowledged ${detail}`);
    if (kind === IN_DOUBT) this.tell(`in doubt ${detail}`);
    if (kind === GRANTED_EVENT) this.tell(`subscribed ${detail} true`);
    if (kind === DENIED_EVENT) this.tell(`subscribed ${detail} false`);
    if (kind === DISCONNECTED_EVENT) this.tell(`disconnected ${detail}`);
    if (kind === CLOSED_EVENT) this.tell(`closed ${detail}`);
  }
  onMessage(fields: Fields): void {
    const message = new Message(fields);
    const qos = (fields.flags & QOS_MASK) / QOS_1;
    const mark = fields.flags & RETAIN ? " retained" : "";
    this.tell(`message ${message.topicText()} ${message.payloadText()} qos${qos}${mark}`);
  }

  start(): void {
    this.client.start(now());
    this.turn();
  }

  publish(topic: string, payload: string, qos: number, retain = false): number {
    const bytes = Buffer.from(payload);
    const token = this.client.publish(
      new Topic(topic, { qos, retain }),
      bytes,
      bytes.length,
      now(),
    );
    this.turn();
    return token;
  }

  subscribe(filter: string, qos: number): void {
    this.client.subscribe(filter, qos, now());
    this.turn();
  }

  close(): void {
    this.client.close(1_000, now());
    this.turn();
  }

  /** Resolves once a line was told; rejects after five seconds with all that was. */
  async heard(line: string): Promise<void> {
    const timeout = AbortSignal.timeout(5_000);
    while (!this.told.includes(line)) {
      if (timeout.aborted) assert.fail(`not told: ${line}; but: ${this.told.join(", ")}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  end(): void {
    this.alarm.clear();
    this.client.abandon(now());
    this.alarm.clear();
  }

  private tell(line: string): void {
    this.told.push(line);
    this.wake();
  }

  private after<T>(work: () => T): T {
    const result = work();
    this.turn();
    return result;
  }

  private turn(): void {
    this.client.handleTimeout(now());
    this.alarm.set(this.client.pollTimeout(now()));
  }
}

/** A plain MQTT peer on mqtt-packet: the other side of the conversation. */
class PlainPeer {
  readonly packets: Packet[] = [];
  private readonly socket: Socket;
  private wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = parser({ protocolVersion: 4 });
    reader.on("packet", (packet: Packet) => {
      this.packets.push(packet);
      if (packet.cmd === "publish" && packet.qos === 1) {
        socket.write(generate({ cmd: "puback", messageId: packet.messageId ?? 0 }));
      }
      this.wake();
    });
    socket.on("data", (data) => reader.parse(data));
    socket.on("error", () => undefined);
  }

  static async connect(port: number, clientId: string, filter: string): Promise<PlainPeer> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const peer = new PlainPeer(socket);
    const options = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      keepalive: 0,
    } as const;
    socket.write(generate({ ...options, clientId, clean: true }));
    await peer.heard((packet) => packet.cmd === "connack");
    const subscriptions = [{ topic: filter, qos: 1 as const }];
    socket.write(generate({ cmd: "subscribe", messageId: 1, subscriptions }));
    await peer.heard((packet) => packet.cmd === "suback");
    return peer;
  }

  publish(topic: string, payload: string, qos: 0 | 1): void {
    const packet = {
      cmd: "publish",
      topic,
      payload,
      qos,
      messageId: 2,
      retain: false,
      dup: false,
    } as const;
    this.socket.write(generate(packet));
  }

  async heard(matches: (packet: Packet) => boolean): Promise<Packet> {
    const timeout = AbortSignal.timeout(5_000);
    for (;;) {
      const packet = this.packets.find(matches);
      if (packet) return packet;
      if (timeout.aborted) assert.fail(`not heard, but: ${this.packets.map(({ cmd }) => cmd)}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  async message(topic: string, payload: string): Promise<Packet> {
    return this.heard(
      (packet) =>
        packet.cmd === "publish" && packet.topic === topic && packet.payload.toString() === payload,
    );
  }

  end(): void {
    this.socket.destroy();
  }
}

/** What a broker and the client must do together. `name` keeps runs on one broker apart. */
export async function exerciseClient(port: number, name: string): Promise<void> {
  const peer = await PlainPeer.connect(port, `${name}-peer`, `${name}/#`);
  const board = new TcpClient(port, name);
  try {
    await exchange(board, peer, name);
    await keepAlive(board);
    await comeBack(board, peer, name, port);
  } finally {
    board.end();
    peer.end();
  }
}

async function exchange(board: TcpClient, peer: PlainPeer, name: string): Promise<void> {
  board.subscribe(`${name}/command/+`, 1);
  board.start();
  const early = board.publish(`${name}/early`, "kept", 1);
  await board.heard("connected false");
  await board.heard("subscribed 0 true");
  await board.heard(`acknowledged ${early}`);
  await peer.message(`${name}/early`, "kept");
  board.publish(`${name}/zero`, "0", 0);
  await peer.message(`${name}/zero`, "0");
  const exact = board.publish(`${name}/exact`, "2", 2);
  await board.heard(`acknowledged ${exact}`);
  await peer.message(`${name}/exact`, "2");
  board.subscribe(`${name}/exact`, 2);
  await board.heard("subscribed 1 true");
  for (const payload of ["3", "4"]) board.publish(`${name}/exact`, payload, 2);
  for (const payload of ["3", "4"]) await board.heard(`message ${name}/exact ${payload} qos2`);
  peer.publish(`${name}/command/led`, "on", 1);
  await board.heard(`message ${name}/command/led on qos1`);
  peer.publish(`${name}/command/led`, "", 0);
  await board.heard(`message ${name}/command/led  qos0`);
  const retained = board.publish(`${name}/command/kept`, "r", 1, true);
  await board.heard(`acknowledged ${retained}`);
  board.subscribe(`${name}/command/kept`, 1);
  await board.heard(`message ${name}/command/kept r qos1 retained`);
}

/** Longer than the keep-alive with nothing to say: PINGREQ keeps the connection. */
async function keepAlive(board: TcpClient): Promise<void> {
  const lines = board.told.length;
  await new Promise((resolve) => setTimeout(resolve, 3_500));
  assert.deepEqual(board.told.slice(lines), []);
  assert.ok(board.client.statistics.pings > 0);
}

/** Another client with the same identifier throws the first out; its will is published; both sessions are one. */
async function comeBack(
  board: TcpClient,
  peer: PlainPeer,
  name: string,
  port: number,
): Promise<void> {
  const thief = await PlainPeer.connect(port, name, `${name}/none`);
  await board.heard("disconnected -40");
  await peer.message(`${name}/status`, "gone");
  thief.end();
  const lines = board.told.filter((line) => line.startsWith("connected")).length;
  const isBack = () => board.told.filter((line) => line.startsWith("connected")).length > lines;
  const timeout = Date.now() + 5_000;
  while (!isBack() && Date.now() < timeout) await new Promise((resolve) => setTimeout(resolve, 20));
  const last = board.publish(`${name}/last`, "bye", 1);
  await board.heard(`acknowledged ${last}`);
  board.close();
  await board.heard("closed 0");
}
