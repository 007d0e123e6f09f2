import type { IConnackPacket, Packet } from "mqtt-packet";
import { Client } from "../../firmware/client/client.js";
import { Message } from "../../firmware/runtime/message.js";
import {
  ACKNOWLEDGED,
  AUTHENTICATION_EVENT,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  DROPPED,
  EXPIRED,
  GRANTED_EVENT,
  IN_DOUBT,
  OVERSIZE_EVENT,
  REMOVED_EVENT,
  RESTORED_EVENT,
} from "../../firmware/session/event.js";
import type { ClientOptions } from "../../firmware/session/options.js";
import type { Message as Fields } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import { ScriptedTransport } from "./scripted-transport.js";

/** One topic, at each QoS. */
export const TOPICS = [0, 1, 2].map((qos) => new Topic("mote/b/t", { qos }));

/** A reason of 0 is not named. */
const EVENTS: Readonly<Record<number, (detail: number, reason: number) => string>> = {
  [CONNECTED_EVENT]: (detail) => `connected ${detail === 1}`,
  [ACKNOWLEDGED]: (token, reason) => `acknowledged ${token}${reason === 0 ? "" : ` ${reason}`}`,
  [EXPIRED]: (token) => `expired ${token}`,
  [DROPPED]: (token, reason) => `dropped ${token} ${-reason}`,
  [IN_DOUBT]: (token) => `in doubt ${token}`,
  [GRANTED_EVENT]: (row) => `subscribed ${row} true`,
  [DENIED_EVENT]: (row) => `subscribed ${row} false`,
  [REMOVED_EVENT]: (row) => `removed ${row}`,
  [DISCONNECTED_EVENT]: (status, reason) => `disconnected ${status} ${reason}`,
  [CLOSED_EVENT]: (left) => `closed ${left}`,
  [OVERSIZE_EVENT]: (qos) => `oversize ${qos}`,
  [RESTORED_EVENT]: (count, reason) => `restored ${count}${reason === 0 ? "" : ` ${reason}`}`,
  [AUTHENTICATION_EVENT]: (code) => `authentication ${code}`,
};

/** What the client told, in a few words. */
export function describeEvent(kind: number, detail: number, reason: number): string {
  return EVENTS[kind]?.(detail, reason) ?? `event ${kind} ${detail}`;
}

/** A client under virtual time with a scripted broker, and what it told its application. */
export class ClientRig implements ClientHandler {
  now = 0;
  /** What the client told, one line each. */
  readonly told: string[] = [];
  readonly transport = new ScriptedTransport();
  readonly client: Client;
  /** Runs inside `onEvent`. */
  inEvent: (kind: number, detail: number) => void = () => undefined;
  /** Runs inside `onMessage`. */
  inMessage: (message: Message) => void = () => undefined;

  constructor(options: Partial<ClientOptions> = {}, random: () => number = () => 0x80000000) {
    this.client = new Client({ ...defaultOptions(), ...options }, this.transport, this, random);
    this.transport.attach(this.client);
  }

  onEvent(kind: number, detail: number): void {
    this.told.push(describeEvent(kind, detail, this.client.reason));
    this.inEvent(kind, detail);
  }
  onMessage(fields: Fields): void {
    const message = new Message(fields);
    const piece = fields.position > 0 || fields.remaining > 0 ? ` at ${fields.position}` : "";
    this.told.push(`message ${message.topicText()} ${message.payloadText()}${piece}`);
    this.inMessage(message);
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

  publish(payload: string, qos: 0 | 1 | 2 = 1): number {
    return this.publishTo(TOPICS[qos] as Topic, payload);
  }

  publishTo(topic: Topic, payload: string): number {
    const bytes = Buffer.from(payload);
    return this.client.publish(topic, bytes, bytes.length, this.now | 0);
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
