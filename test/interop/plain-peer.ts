import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type IPublishPacket,
  type ISubscription,
  type Packet,
  parser,
} from "mqtt-packet";
import { heard } from "./heard.js";

export type ProtocolVersion = 4 | 5;

/** A plain MQTT peer on mqtt-packet, which shares no code with ours: the other side of the conversation. */
export class PlainPeer {
  /** What the broker said, in order. */
  readonly packets: Packet[] = [];
  private readonly socket: Socket;
  private readonly version: { readonly protocolVersion: ProtocolVersion };
  private nextId = 1;

  private constructor(socket: Socket, protocolVersion: ProtocolVersion) {
    this.socket = socket;
    this.version = { protocolVersion };
    const reader = parser(this.version);
    reader.on("packet", (packet: Packet) => this.handle(packet));
    reader.on("error", (error: Error) => socket.destroy(error));
    socket.on("data", (data) => reader.parse(data));
    socket.on("error", () => undefined);
  }

  /** Connects, and resolves once the broker has answered; it ends with the test. */
  static async connect(
    context: TestContext,
    port: number,
    protocolVersion: ProtocolVersion,
    options: Partial<IConnectPacket> = {},
  ): Promise<PlainPeer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    context.after(() => socket.destroy());
    await once(socket, "connect");
    const peer = new PlainPeer(socket, protocolVersion);
    peer.say({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion,
      keepalive: 0,
      clientId: `peer-${process.pid}-${Math.round(performance.now() * 1000)}`,
      clean: true,
      ...options,
    });
    await peer.heard("connack");
    return peer;
  }

  get connack(): IConnackPacket | undefined {
    return this.packets.find((packet) => packet.cmd === "connack");
  }

  /** Messages that came, in order; of one topic. */
  messages(topic?: string): IPublishPacket[] {
    return this.packets.flatMap((packet) =>
      packet.cmd === "publish" && (topic === undefined || packet.topic === topic) ? [packet] : [],
    );
  }

  /** Payloads of the messages that came, as text. */
  payloads(topic?: string): string[] {
    return this.messages(topic).map((packet) => packet.payload.toString());
  }

  async subscribe(topic: string, more: Partial<ISubscription> = {}): Promise<void> {
    const messageId = this.nextId++;
    this.say({ cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 2, ...more }] });
    await heard(
      () => this.packets.some((one) => one.cmd === "suback" && one.messageId === messageId),
      () => `no SUBACK for ${topic}`,
    );
  }

  publish(topic: string, payload: string | Buffer, more: Partial<IPublishPacket> = {}): void {
    const id = more.qos ? { messageId: this.nextId++ } : {};
    const flags = { qos: 0, retain: false, dup: false } as const;
    this.say({ cmd: "publish", topic, payload, ...flags, ...id, ...more });
  }

  /** Resolves with the message of this topic and payload, once it came. */
  async message(topic: string, payload: string): Promise<IPublishPacket> {
    const find = () => this.messages(topic).find((one) => one.payload.toString() === payload);
    await heard(
      () => find() !== undefined,
      () =>
        `no ${topic} ${payload}; but: ${this.messages().map((one) => `${one.topic} ${one.payload}`)}`,
    );
    return find()!;
  }

  async heard(cmd: Packet["cmd"]): Promise<void> {
    await heard(
      () => this.packets.some((packet) => packet.cmd === cmd),
      () => `no ${cmd}; but: ${this.packets.map((packet) => packet.cmd)}`,
    );
  }

  say(packet: Packet): void {
    this.socket.write(generate(packet, this.version));
  }

  /** Without DISCONNECT. */
  end(): void {
    this.socket.destroy();
  }

  private handle(packet: Packet): void {
    this.packets.push(packet);
    const messageId = packet.messageId ?? 0;
    if (packet.cmd === "publish" && packet.qos > 0) {
      this.say({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
    } else if (packet.cmd === "pubrec") this.say({ cmd: "pubrel", messageId });
    else if (packet.cmd === "pubrel") this.say({ cmd: "pubcomp", messageId });
  }
}
