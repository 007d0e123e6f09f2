import { copyBytes } from "../bytes.js";
import { CLOSED_EVENT, DISCONNECTED_EVENT, PENDING } from "../session/event.js";
import type { Message } from "../session/parts.js";
import type { ClientHandler } from "../session/session.js";
import type { Topic } from "../session/topic.js";
import { BAD_ARGUMENT, CLOSING, NEVER, OUTBOX_FULL, TABLE_FULL } from "../status.js";
import type { TransportHandler } from "../transport.js";
import { DUP, QOS_1, QOS_MASK, RETAIN } from "../wire/packet-type.js";
import { Client } from "./client.js";
import { MqttControl } from "./mqtt-control.js";
import { MqttFragments } from "./mqtt-fragments.js";
import type {
  ByteBuffer,
  MqttAlarm,
  MqttClientOptions,
  ReadableOptions,
  WriteOptions,
} from "./mqtt-options.js";
import { bytesOf, sessionOptions } from "./mqtt-session.js";
import { MqttTopics } from "./mqtt-topics.js";
import { optionsFault } from "./options-fault.js";

/** Of a publish, beside its payload, as far as `onWritable` reckons with it. */
const HEAD_BYTES = 64;
/** How long a DISCONNECT that the application writes waits for what is owed. */
const GOODBYE_MS = 5_000;

/**
 * The MQTT client of ECMA-419 over a `Client`, for applications that are written to that standard.
 *
 * ```ts
 * const mqtt = new MqttClient({
 *   platform: { transport, now, random, alarm: (ring) => new Alarm(ring) },
 *   id: "board-7",
 *   keepalive: 60_000,
 *   onControl(opcode) {
 *     if (opcode !== MqttClient.CONNACK) return;
 *     this.write(null, { operation: MqttClient.SUBSCRIBE, items: [{ topic: "led", QoS: 1 }] });
 *     this.write(reading, { topic: "temperature", QoS: 1 });
 *   },
 *   onReadable(count, options) {
 *     if (options.topic === "led") this.read(command);
 *   },
 *   onError(status) { ... },
 * });
 * ```
 *
 * What differs from the standard:
 * - Host, port and socket are the transport's, which `platform` brings with clock, timer and randomness.
 * - Misuse is not thrown. `write` returns a status below 0 and has then taken nothing, as everywhere in
 *   this firmware: an exception in the middle of a callback would take the whole device down for a full
 *   outbox, and on XS an Error costs memory just when there is little.
 * - `write` need not wait for CONNACK: publishes and subscriptions are kept until then.
 * - `close` says DISCONNECT, so that the broker does not publish the will of a client that went in order.
 * - Packet identifiers, DUP, PINGREQ and all acknowledgements are the client's own. `id` names a publish.
 * - A message is acknowledged when `onReadable` returns for its last part, read or not; with an empty
 *   payload `onReadable` is called with 0. QoS 2 messages come once.
 * - A QoS 1 or 2 payload that is written in parts is not kept: if it has to be sent again it is dropped.
 * - `onControl(PUBLISH)` tells of a publish that ended without an acknowledgement (`status` says why), and
 *   with `id` -1 of a received message whose topic alone was too large. Each filter has a SUBACK of its own.
 * - With `staysConnected` a lost connection is made again, with all that was not acknowledged.
 *
 * What allocates: a topic that was not among the last eight, `read(count)`, an ArrayBuffer given to `write`
 * or `read` (a view over it; a Uint8Array does not), SUBSCRIBE and UNSUBSCRIBE. The objects that callbacks
 * are given are the client's, and written anew each time.
 */
export class MqttClient implements ClientHandler, TransportHandler {
  static readonly CONNECT = 1;
  static readonly CONNACK = 2;
  static readonly PUBLISH = 3;
  static readonly PUBACK = 4;
  static readonly PUBREC = 5;
  static readonly PUBREL = 6;
  static readonly PUBCOMP = 7;
  static readonly SUBSCRIBE = 8;
  static readonly SUBACK = 9;
  static readonly UNSUBSCRIBE = 10;
  static readonly UNSUBACK = 11;
  static readonly PINGREQ = 12;
  static readonly PINGRESP = 13;
  static readonly DISCONNECT = 14;

  /** Of the publish that was written last: what `onControl` names it by. */
  id = 0;

  private readonly options: MqttClientOptions;
  private readonly client: Client;
  private readonly alarm: MqttAlarm;
  private readonly topics = new MqttTopics();
  private readonly fragments: MqttFragments;
  /** The last publish that was written in parts. */
  private fragmentsId = -1;
  /** Where the bytes lie that can be read: in the packet, or what was left of it. */
  private unread: Uint8Array;
  private unreadOffset = 0;
  private unreadLength = 0;
  private readonly kept: Uint8Array;
  /** What the application was last told that it may write. */
  private toldRoom = 0;
  private isOver = false;
  private readonly readable: ReadableOptions = {
    topic: "",
    QoS: 0,
    retain: false,
    duplicate: false,
    byteLength: 0,
    more: false,
  };
  private readonly control = new MqttControl();

  /** Begins to connect. Throws when an option is out of its range. */
  constructor(options: MqttClientOptions) {
    const platform = options.platform;
    const session = sessionOptions(options);
    const fault = optionsFault(session);
    if (fault !== "") throw new Error(fault);
    this.options = options;
    this.fragments = new MqttFragments(options.fragmentBytes ?? 256);
    this.kept = this.unread = new Uint8Array(Math.max(session.receiveBuffer.length, 128));
    this.client = new Client(session, platform.transport, this, () => platform.random());
    this.alarm = platform.alarm(() => this.handleTimeout());
    platform.transport.attach(this);
    this.client.start(platform.now());
    this.rearm();
  }

  /**
   * Publishes, or goes on with a payload that `byteLength` said is longer, or does another operation.
   *
   * @param data borrowed during the call; null where there is none
   * @param options of the first part; absent with the others
   * @returns how many bytes may be written next, or below 0, and nothing was taken: BAD_ARGUMENT, BAD_TOPIC,
   *   OUTBOX_FULL, TABLE_FULL, TOO_LARGE, UNSUPPORTED, CLOSING
   */
  write(data: ByteBuffer | null, options?: WriteOptions): number {
    if (this.isOver) return CLOSING;
    const status = this.perform(data, options);
    this.rearm();
    if (status < 0) return status;
    this.toldRoom = this.writable();
    return this.toldRoom;
  }

  /**
   * Reads of the message that `onReadable` told of, during that call or later: until all of it is read
   * nothing more is received.
   *
   * @param into how many bytes to allocate and read, or what to fill
   * @returns as many bytes as there were of those wanted; or how many were put into the buffer
   */
  read(into: number): Uint8Array;
  read(into: ByteBuffer): number;
  read(into: number | ByteBuffer): Uint8Array | number {
    const isCount = typeof into === "number";
    const wanted = isCount ? into : into.byteLength;
    const count = Math.min(Math.max(wanted, 0), this.unreadLength);
    const out = isCount ? new Uint8Array(count) : bytesOf(into);
    copyBytes(this.unread, this.unreadOffset, count, out, 0);
    this.unreadOffset += count;
    this.unreadLength -= count;
    if (count > 0 && this.unreadLength === 0 && this.unread === this.kept) this.client.resume();
    return isCount ? out : count;
  }

  /** Ends the connection at once, in order as far as the transport takes a DISCONNECT. No callback follows. */
  close(): void {
    if (this.isOver) return;
    const now = this.options.platform.now();
    this.isOver = true;
    this.client.close(0, now);
    this.client.handleTimeout(now);
    this.alarm.clear();
  }

  onEvent(kind: number, detail: number): void {
    if (this.isOver) return;
    if (kind === CLOSED_EVENT) {
      this.finish();
      this.options.onClose?.call(this);
      return;
    }
    const control = this.control;
    const operation = control.say(kind, detail, this.client.reason);
    if (kind === DISCONNECTED_EVENT && !this.options.staysConnected) {
      this.finish();
      this.client.abandon(this.options.platform.now());
      this.options.onError?.call(this, control.status, control.reason);
      return;
    }
    if (operation === MqttClient.PUBLISH && detail === this.fragmentsId) this.fragments.end();
    this.options.onControl?.call(this, operation, control);
  }

  onMessage(message: Message): void {
    if (this.isOver) return;
    const readable = this.readable;
    readable.topic = this.topics.textOf(
      message.topicBytes,
      message.topicOffset,
      message.topicLength,
    );
    readable.QoS = (message.flags & QOS_MASK) / QOS_1;
    readable.retain = (message.flags & RETAIN) !== 0;
    readable.duplicate = (message.flags & DUP) !== 0;
    readable.byteLength = message.position + message.payloadLength + message.remaining;
    readable.more = message.remaining > 0;
    this.unread = message.bytes;
    this.unreadOffset = message.payloadOffset;
    this.unreadLength = message.payloadLength;
    this.options.onReadable?.call(this, message.payloadLength, readable);
    if (this.unreadLength === 0) return;
    copyBytes(this.unread, this.unreadOffset, this.unreadLength, this.kept, 0);
    this.unread = this.kept;
    this.unreadOffset = 0;
    this.client.pause();
  }

  handleOpen(now: number): void {
    this.client.handleOpen(now);
    this.afterwards();
  }

  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    const taken = this.client.handleBytes(bytes, offset, length, now);
    this.afterwards();
    return taken;
  }

  handleWritable(now: number): void {
    this.client.handleWritable(now);
    this.afterwards();
  }

  handleClose(now: number): void {
    this.client.handleClose(now);
    this.afterwards();
  }

  private handleTimeout(): void {
    this.client.handleTimeout(this.options.platform.now());
    this.afterwards();
  }

  private perform(data: ByteBuffer | null, options: WriteOptions | undefined): number {
    const operation = options?.operation ?? MqttClient.PUBLISH;
    switch (operation) {
      case MqttClient.PUBLISH:
        if (options?.topic === undefined) return this.writePart(data);
        return this.publish(options.topic, data, options);
      case MqttClient.SUBSCRIBE:
      case MqttClient.UNSUBSCRIBE:
        return this.subscribe(operation === MqttClient.SUBSCRIBE, options);
      case MqttClient.PINGREQ:
        return 0; // the client pings when it must
      case MqttClient.DISCONNECT:
        this.client.close(GOODBYE_MS, this.options.platform.now());
        return 0;
      default:
        return BAD_ARGUMENT;
    }
  }

  private publish(name: string, data: ByteBuffer | null, options: WriteOptions): number {
    const qos = options.QoS ?? 0;
    if (qos !== 0 && qos !== 1 && qos !== 2) return BAD_ARGUMENT;
    const topic = this.topics.find(name, qos, options.retain === true);
    if (typeof topic === "number") return topic;
    const now = this.options.platform.now();
    const bytes = bytesOf(data);
    const length = options.byteLength ?? bytes.length;
    if (length < bytes.length) return BAD_ARGUMENT;
    if (length === bytes.length) {
      return this.note(this.client.publish(topic, bytes, length, now), qos);
    }
    return this.note(this.publishParts(topic, bytes, length, now), qos);
  }

  private publishParts(topic: Topic, bytes: Uint8Array, length: number, now: number): number {
    const fragments = this.fragments;
    if (this.client.outcome(this.fragmentsId) === PENDING) return TABLE_FULL;
    if (bytes.length > fragments.capacity) return OUTBOX_FULL;
    fragments.begin(length);
    fragments.add(bytes);
    const id = this.client.publishFrom(topic, fragments, length, now);
    this.fragmentsId = id;
    if (id < 0) fragments.end();
    return id;
  }

  private note(id: number, qos: number): number {
    if (id < 0) return id;
    this.id = id;
    this.control.note(id, qos);
    return id;
  }

  private writePart(data: ByteBuffer | null): number {
    const fragments = this.fragments;
    const bytes = bytesOf(data);
    if (fragments.missing === 0 || bytes.length > fragments.missing) return BAD_ARGUMENT;
    if (bytes.length > fragments.room) return OUTBOX_FULL;
    fragments.add(bytes);
    this.client.handleWritable(this.options.platform.now());
    return 0;
  }

  private subscribe(isWanted: boolean, options: WriteOptions | undefined): number {
    const items = options?.items;
    if (!items) return BAD_ARGUMENT;
    const now = this.options.platform.now();
    for (let i = 0; i < items.length; i++) {
      const item = items[i];
      const row = isWanted
        ? this.client.subscribe(item.topic, item.QoS ?? 0, now)
        : this.client.unsubscribe(item.topic, now);
      if (row < 0) return row;
    }
    return 0;
  }

  /** Tells of room that there was not when the application last heard of it. */
  private afterwards(): void {
    if (this.isOver) return;
    const room = this.writable();
    if (this.client.isConnected && room > this.toldRoom) {
      this.toldRoom = room;
      this.options.onWritable?.call(this, room);
    }
    this.rearm();
  }

  private writable(): number {
    if (this.fragments.missing > 0) return this.fragments.room;
    const outbox = this.client.session.outbox;
    return Math.max(outbox.limit - (outbox.tail - outbox.head) - HEAD_BYTES, 0);
  }

  private rearm(): void {
    if (this.isOver) return;
    const ms = this.client.pollTimeout(this.options.platform.now());
    if (ms === NEVER) this.alarm.clear();
    else this.alarm.set(ms);
  }

  private finish(): void {
    this.isOver = true;
    this.alarm.clear();
  }
}
