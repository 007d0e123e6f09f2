import type { IConnackPacket, Packet } from "mqtt-packet";
import {
  AT_LEAST_ONCE,
  Client,
  type ClientHandler,
  type ClientOptions,
} from "../../firmware/client/client.js";
import { Message } from "../../firmware/runtime/message.js";
import type { PublishFields } from "../../firmware/wire/publish.js";
import { TopicName } from "../../firmware/wire/topic.js";
import { ScriptedTransport } from "./scripted-transport.js";

export const TOPIC = new TopicName("mote/b/t");

/** A client under virtual time with a scripted broker, and what it told its application. */
export class ClientRig implements ClientHandler {
  now = 0;
  /** What the client told, one line each. */
  readonly told: string[] = [];
  readonly transport = new ScriptedTransport();
  readonly client: Client;
  /** Runs inside `onMessage`. */
  inMessage: (message: Message) => void = () => undefined;

  constructor(options: Partial<ClientOptions> = {}, random: () => number = () => 0x80000000) {
    this.client = new Client({ ...defaultOptions(), ...options }, this.transport, this, random);
    this.transport.attach(this.client);
  }

  onConnected(isSessionPresent: boolean): void {
    this.told.push(`connected ${isSessionPresent}`);
  }
  onMessage(fields: PublishFields): void {
    const message = new Message(fields);
    this.told.push(`message ${message.topicText()} ${message.payloadText()}`);
    this.inMessage(message);
  }
  onAcknowledged(token: number): void {
    this.told.push(`acknowledged ${token}`);
  }
  onInDoubt(token: number): void {
    this.told.push(`in doubt ${token}`);
  }
  onSubscribed(row: number, isGranted: boolean): void {
    this.told.push(`subscribed ${row} ${isGranted}`);
  }
  onDisconnected(status: number, code: number): void {
    this.told.push(`disconnected ${status} ${code}`);
  }
  onClosed(left: number): void {
    this.told.push(`closed ${left}`);
  }

  /** Lets time pass, from deadline to deadline. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.now + this.client.pollTimeout(this.now | 0);
      if (next > end) break;
      this.now = next;
      this.client.handleTimeout(this.now | 0);
    }
    this.now = end;
  }

  /** Starts, goes through the purge of an earlier life and stands connected. */
  connect(connack: Partial<IConnackPacket> = {}): void {
    this.client.start(this.now);
    this.transport.opens(this.now);
    this.accept();
    this.pass(0);
    this.transport.opens(this.now);
    this.accept(connack);
    this.transport.take();
  }

  /** Comes back after a loss, once the back-off is over. */
  reconnect(connack: Partial<IConnackPacket> = {}): void {
    this.pass(60_000);
    this.transport.opens(this.now);
    this.accept(connack);
  }

  accept(connack: Partial<IConnackPacket> = {}): void {
    this.says({ cmd: "connack", returnCode: 0, sessionPresent: false, ...connack });
  }

  says(packet: Packet): number {
    return this.transport.says(packet, this.now | 0);
  }

  publish(payload: string, flags = AT_LEAST_ONCE): number {
    const bytes = Buffer.from(payload);
    return this.client.publish(TOPIC, bytes, bytes.length, flags, this.now | 0);
  }

  /** Packets that the client wrote, as `cmd[ identifier][ dup][ payload]`. */
  written(): string[] {
    return this.transport.take().map((packet) => {
      const parts: (string | number)[] = [packet.cmd];
      if (packet.messageId !== undefined) parts.push(packet.messageId);
      if ("dup" in packet && packet.dup) parts.push("dup");
      if (packet.cmd === "publish") parts.push(packet.payload.toString());
      return parts.join(" ");
    });
  }
}

export function defaultOptions(): ClientOptions {
  return {
    clientId: "mote-b",
    keepAliveSeconds: 60,
    will: { topic: "mote/b/status", payload: Buffer.from("offline"), qos: 1, retain: true },
    cleanSession: false,
    receiveBuffer: new Uint8Array(64),
    arena: new Uint8Array(512),
    inFlightWindow: 4,
    subscriptionCapacity: 4,
    inboxCapacity: 4,
    resendsDoubtful: true,
    answerTimeoutMs: 10_000,
    openTimeoutMs: 30_000,
    stableMs: 10_000,
    backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
  };
}
