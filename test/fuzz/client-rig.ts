import { Client } from "../../firmware/client/client.js";
import * as events from "../../firmware/session/event.js";
import type { Message } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import * as statuses from "../../firmware/status.js";
import type { Transport } from "../../firmware/transport.js";
import { isTopicName } from "../../firmware/wire/topic.js";
import { demand } from "./failure.js";
import { OutgoingFrames } from "./outgoing-frames.js";

const TOPICS = [0, 1, 2].map((qos) => new Topic("a/b", { qos }));
const STATUSES = new Set<number>(Object.values(statuses));
const EVENTS = new Set<number>(Object.values(events));
const MOST_WRITES = 10_000;
const ROWS = 2;
const LARGEST_TOKEN = 65535;
const KEPT_BYTES = 48;
const STORAGE_BYTES = 4096;

/** What the client is made with. */
export interface RigOptions {
  readonly protocolVersion: 4 | 5;
  readonly receive: number;
  readonly arena: number;
  readonly inbox: number;
  readonly cleanSession: boolean;
  readonly receivesPieces: boolean;
  /** MQTT 5: aliases either way, and a method of authentication. */
  readonly aliases: number;
  readonly method: string | undefined;
  /** The transport keeps what is not whole, shows its storage, and writes two arrays as one packet. */
  readonly keeps: boolean;
}

/** A client in virtual time that demands of itself what its interface promises. */
export class ClientRig implements ClientHandler {
  readonly client: Client;
  /** Where a keeping transport puts what comes; what was not taken lies in front. */
  readonly storage = new Uint8Array(STORAGE_BYTES);
  private kept: Uint8Array = new Uint8Array(0);
  now = 0;
  /** Of everything told, and of everything written. */
  toldSum = 0;
  sentSum = 0;
  /** Kinds of what was told. */
  readonly told = new Set<string>();
  /** Bytes that `write` still takes. */
  budget = Number.POSITIVE_INFINITY;
  writes = 0;
  /** The client waits for its transport to open. */
  isOpening = false;
  /** Publishes that have not ended, by token. */
  private readonly unended = new Set<number>();
  private readonly frames = new OutgoingFrames();

  private readonly keeps: boolean;

  constructor(options: RigOptions) {
    this.keeps = options.keeps;
    this.client = new Client(
      {
        protocolVersion: options.protocolVersion,
        clientId: "c",
        keepAliveSeconds: 30,
        cleanSession: options.cleanSession,
        receiveBuffer: new Uint8Array(options.receive),
        arena: new Uint8Array(options.arena),
        inFlightWindow: 3,
        subscriptionCapacity: ROWS,
        inboxCapacity: options.inbox,
        resendsDoubtful: false,
        answerTimeoutMs: 5_000,
        openTimeoutMs: 5_000,
        stableMs: 10_000,
        backoff: { baseMs: 1_000, capMs: 8_000, refusedMs: 16_000 },
        receivesPieces: options.receivesPieces,
        maximumPacketSize: 0,
        topicAliasMaximum: options.aliases,
        aliasCapacity: options.aliases,
        aliasTopicBytes: 8,
        authentication: options.method === undefined ? undefined : { method: options.method },
      },
      this.transport(options.keeps),
      this,
      () => 0x80000000,
    );
  }

  /** Which kinds of things were told, in an order of their own. */
  get outcome(): string {
    return [...this.told].sort().join(" ");
  }

  opened(): void {
    this.isOpening = false;
    this.client.handleOpen(this.now | 0);
  }

  publish(qos: number, payload: Uint8Array): void {
    const token = this.client.publish(TOPICS[qos]!, payload, payload.length, this.now | 0);
    demand(token >= 0 ? token <= LARGEST_TOKEN : STATUSES.has(token), `publish: ${token}`);
    if (token >= 0 && qos > 0) this.unended.add(token);
  }

  /** Offers bytes as a transport does. */
  feed(bytes: Uint8Array): void {
    if (!this.keeps) {
      this.offer(bytes, 0, bytes.length);
      return;
    }
    const all = Buffer.concat([this.kept, bytes]);
    this.storage.fill(0xff, 0, all.length + KEPT_BYTES);
    this.storage.set(all);
    this.kept = all.subarray(this.offer(this.storage, 0, all.length));
  }

  /** @returns bytes taken: all, but for what a keeping transport keeps */
  private offer(bytes: Uint8Array, offset: number, length: number): number {
    for (let at = 0; at < length; ) {
      const rest = length - at;
      const taken = this.client.handleBytes(bytes, offset + at, rest, this.now | 0);
      demand(Number.isInteger(taken) && taken >= 0 && taken <= rest, `took ${taken}`);
      at += taken;
      if (taken > 0) continue;
      if (this.budget === Number.POSITIVE_INFINITY) {
        demand(this.keeps && rest <= KEPT_BYTES, `took nothing of ${rest} though it may write`);
        return at;
      }
      this.budget = Number.POSITIVE_INFINITY;
      this.client.handleWritable(this.now | 0);
    }
    return length;
  }

  private transport(keeps: boolean): Transport {
    const plain: Transport = {
      open: () => this.open(),
      write: (bytes, offset, length, isMore) => this.write(bytes, offset, length, isMore),
      close: () => this.close(),
      resume: () => demand(false, "nobody paused it"),
    };
    if (!keeps) return plain;
    return {
      ...plain,
      keptBytes: KEPT_BYTES,
      received: this.storage,
      writePair: (head, payload, size) => this.writePair(head, payload, size),
    };
  }

  /** Lets time pass, from deadline to deadline. */
  wait(milliseconds: number): void {
    const end = this.now + milliseconds;
    for (let turns = 0; ; turns++) {
      demand(turns < MOST_WRITES, "it wants a turn without end");
      const timeout = this.client.pollTimeout(this.now | 0);
      demand(Number.isInteger(timeout) && timeout >= 0, `pollTimeout: ${timeout}`);
      if (this.now + timeout > end) break;
      this.now += timeout;
      this.client.handleTimeout(this.now | 0);
    }
    this.now = end;
  }

  private open(): void {
    this.kept = new Uint8Array(0);
    this.isOpening = true;
    this.frames.reset();
  }

  private write(bytes: Uint8Array, offset: number, length: number, isMore: boolean): number {
    demand(this.writes++ < MOST_WRITES, "it writes without end");
    const isInside = offset >= 0 && length >= 0 && offset + length <= bytes.length;
    demand(isInside, `write of ${length} at ${offset} of ${bytes.length}`);
    const taken = Math.min(length, this.budget);
    this.budget -= taken;
    for (let i = 0; i < taken; i++) {
      this.frames.take(bytes[offset + i]!);
      this.sentSum = (this.sentSum * 31 + bytes[offset + i]!) | 0;
    }
    const isEnd = taken === length && !isMore;
    demand(
      !isEnd || length === 0 || this.frames.isBetween,
      "a packet does not end with its last write",
    );
    return taken;
  }

  private close(): void {
    this.kept = new Uint8Array(0);
    this.isOpening = false;
    this.frames.reset();
  }

  private writePair(head: Uint8Array, payload: Uint8Array, size: number): boolean {
    demand(size === head.length + payload.length, `a pair of ${size} bytes`);
    if (size > this.budget) return false;
    this.write(head, 0, head.length, true);
    this.write(payload, 0, payload.length, false);
    return true;
  }

  onMessage(message: Message): void {
    const { bytes, topicBytes, topicOffset, topicLength, payloadOffset, payloadLength } = message;
    demand(isTopicName(topicBytes, topicOffset, topicLength), "a message without a topic");
    const end = payloadOffset + payloadLength;
    const isInside = payloadOffset >= 0 && payloadLength >= 0 && end <= bytes.length;
    demand(isInside, `payload of ${payloadLength} at ${payloadOffset} of ${bytes.length}`);
    const { position, remaining, flags } = message;
    demand(position >= 0 && remaining >= 0, `a piece at ${position}, ${remaining} remain`);
    demand(((flags >> 1) & 3) !== 3, `flags ${flags}`);
    for (let i = 0; i < topicLength; i++) this.add(topicBytes[topicOffset + i]!);
    for (let i = payloadOffset; i < end; i++) this.add(bytes[i]!);
    this.note("m", flags & 15);
  }

  onEvent(kind: number, detail: number): void {
    const { reason } = this.client;
    demand(EVENTS.has(kind), `event ${kind}`);
    demand(Number.isInteger(reason) && reason <= 255, `reason ${reason}`);
    if (kind <= events.IN_DOUBT) this.endPublish(kind, detail);
    else if (kind === events.DISCONNECTED_EVENT) {
      demand(detail < 0 && STATUSES.has(detail), `disconnected with ${detail}`);
      this.note(`x${-detail}`, reason);
      return;
    } else if (kind >= events.GRANTED_EVENT && kind <= events.REMOVED_EVENT) {
      demand(detail >= 0 && detail < ROWS, `row ${detail}`);
    } else demand(detail >= 0 && detail <= LARGEST_TOKEN, `event ${kind} with ${detail}`);
    this.note(String.fromCharCode(0x61 + kind), detail);
  }

  private endPublish(kind: number, token: number): void {
    demand(this.unended.delete(token), `${kind} of ${token}, which nobody awaits`);
  }

  private note(kind: string, detail: number): void {
    for (let i = 0; i < kind.length; i++) this.add(kind.charCodeAt(i));
    this.add(detail);
    this.told.add(kind);
  }

  private add(value: number): void {
    this.toldSum = (this.toldSum * 31 + value) | 0;
  }
}
