import type { TestContext } from "node:test";
import { Client } from "../../firmware/client/client.js";
import { Alarm, now } from "../../firmware/platform/node/clock.js";
import { random } from "../../firmware/platform/node/random.js";
import { TcpTransport } from "../../firmware/platform/node/tcp-transport.js";
import { Message } from "../../firmware/runtime/message.js";
import type { ClientOptions } from "../../firmware/session/options.js";
import type { Message as Fields } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import type { PayloadSource } from "../../firmware/session/streams.js";
import { Topic, type TopicOptions } from "../../firmware/session/topic.js";
import { DUP, QOS_1, QOS_MASK, RETAIN } from "../../firmware/wire/packet-type.js";
import { eventText } from "../sim/event-text.js";
import { heard } from "./heard.js";

/** A message as the client showed it; `properties` by identifier, a User Property as `name=value`. */
export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly qos: number;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly properties: ReadonlyMap<number, readonly (number | string)[]>;
}

/** The client over a real TCP connection, and what it told. */
export class TcpClient implements ClientHandler {
  /** Its events, one line each. */
  readonly told: string[] = [];
  readonly received: Received[] = [];
  /** Bytes of the pieces of payloads larger than the receive buffer. */
  readonly pieces: Buffer[] = [];
  readonly client: Client;
  private readonly alarm = new Alarm(() => this.turn());

  /** It ends with the test. */
  constructor(context: TestContext, port: number, options: Partial<ClientOptions> = {}) {
    const transport = new TcpTransport("127.0.0.1", port);
    this.client = new Client({ ...defaultOptions(), ...options }, transport, this, random);
    transport.attach({
      handleOpen: (time) => this.after(() => this.client.handleOpen(time)),
      handleBytes: (bytes, offset, length, time) =>
        this.after(() => this.client.handleBytes(bytes, offset, length, time)),
      handleWritable: (time) => this.after(() => this.client.handleWritable(time)),
      handleClose: (time) => this.after(() => this.client.handleClose(time)),
    });
    context.after(() => this.end());
  }

  onEvent(kind: number, detail: number): void {
    this.told.push(eventText(kind, detail, this.client.reason));
  }

  onMessage(fields: Fields): void {
    const { payloadOffset, payloadLength, flags } = fields;
    if (fields.position > 0 || fields.remaining > 0) {
      this.pieces.push(
        Buffer.from(fields.bytes.slice(payloadOffset, payloadOffset + payloadLength)),
      );
      return;
    }
    const message = new Message(fields);
    this.received.push({
      topic: message.topicText(),
      payload: message.payloadText(),
      qos: (flags & QOS_MASK) / QOS_1,
      retain: (flags & RETAIN) !== 0,
      dup: (flags & DUP) !== 0,
      properties: this.properties(),
    });
  }

  start(): void {
    this.client.start(now());
    this.turn();
  }

  /** Starts, and resolves once the broker has accepted. */
  async connect(): Promise<void> {
    this.start();
    await this.heard(/^connected /);
  }

  publish(name: string, payload: string, options: TopicOptions): number {
    return this.publishTo(new Topic(name, options), payload);
  }

  publishTo(topic: Topic, payload: string): number {
    const bytes = Buffer.from(payload);
    const token = this.client.publish(topic, bytes, bytes.length, now());
    this.turn();
    return token;
  }

  publishFrom(topic: Topic, source: PayloadSource, length: number): number {
    const token = this.client.publishFrom(topic, source, length, now());
    this.turn();
    return token;
  }

  /** Publishes, and resolves once the broker has acknowledged. @returns its reason code */
  async publishHeard(name: string, payload: string, options: TopicOptions): Promise<number> {
    const token = this.publish(name, payload, options);
    await this.heard(new RegExp(`^acknowledged ${token}( |$)`));
    return this.client.outcomeReason(token);
  }

  /** Resolves once the broker has answered. */
  async subscribe(filter: string, options: number, subscriptionId = 0): Promise<void> {
    const lines = this.told.length;
    const row = this.client.subscribe(filter, options, now(), subscriptionId);
    this.turn();
    await heard(
      () => this.told.slice(lines).some((line) => line.startsWith(`subscribed ${row} `)),
      () => `no answer for ${filter}: ${this.told}`,
    );
  }

  /** Resolves once the broker has answered. */
  async unsubscribe(filter: string): Promise<void> {
    const row = this.client.unsubscribe(filter, now());
    this.turn();
    await this.heard(`removed ${row}`);
  }

  /** In order, as with DISCONNECT. */
  async close(): Promise<void> {
    this.client.close(2_000, now());
    this.turn();
    await this.heard("closed 0");
  }

  /** Resolves once a line was told, `times` in all. */
  async heard(line: string | RegExp, times = 1): Promise<void> {
    const isIt = (one: string) => (typeof line === "string" ? one === line : line.test(one));
    await heard(
      () => this.told.filter(isIt).length >= times,
      () => `not told: ${line}; but: ${this.told.join(", ")}`,
    );
  }

  /** Resolves with the first message of this payload, once it came. */
  async message(payload: string): Promise<Received> {
    const find = () => this.received.find((one) => one.payload === payload);
    await heard(
      () => find() !== undefined,
      () => `no ${payload}; but: ${this.received.map((one) => one.payload)}; ${this.told}`,
    );
    return find()!;
  }

  /** Payloads in the order of arrival. */
  get payloads(): string[] {
    return this.received.map((one) => one.payload);
  }

  /** Without DISCONNECT. */
  end(): void {
    this.alarm.clear();
    this.client.abandon(now());
    this.alarm.clear();
  }

  private properties(): Map<number, (number | string)[]> {
    const found = new Map<number, (number | string)[]>();
    const reader = this.client.session.version5?.properties;
    if (!reader) return found;
    const text = (offset: number, length: number) =>
      Buffer.from(reader.bytes.slice(offset, offset + length)).toString();
    for (let id = reader.read(); id > 0; id = reader.read()) {
      const values = found.get(id) ?? [];
      const second = id === 38 ? `=${text(reader.secondOffset, reader.secondLength)}` : "";
      const isText = reader.length > 0 || second !== "";
      values.push(isText ? text(reader.offset, reader.length) + second : reader.value);
      found.set(id, values);
    }
    return found;
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

function defaultOptions(): ClientOptions {
  return {
    clientId: "board",
    keepAliveSeconds: 30,
    cleanSession: false,
    receiveBuffer: new Uint8Array(256),
    arena: new Uint8Array(4096),
    inFlightWindow: 8,
    subscriptionCapacity: 8,
    inboxCapacity: 20,
    resendsDoubtful: true,
    answerTimeoutMs: 4_000,
    openTimeoutMs: 4_000,
    stableMs: 10_000,
    backoff: { baseMs: 20, capMs: 50, refusedMs: 60_000 },
  };
}
