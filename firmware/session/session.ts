import { copyBytes } from "../bytes.js";
import {
  BAD_ARGUMENT,
  NEVER,
  OUTBOX_FULL,
  PROTOCOL_ERROR,
  TIMED_OUT,
  TOO_LARGE,
} from "../status.js";
import { ACKNOWLEDGE_LENGTH } from "../wire/acknowledge.js";
import { encodeConnect, setCleanSession } from "../wire/connect.js";
import { DISCONNECT, PINGREQ, PUBACK, PUBREC, PUBREL, QOS_SHIFT } from "../wire/packet-type.js";
import { encodePublishHeader, publishLength } from "../wire/publish.js";
import type { TopicName } from "../wire/topic.js";
import { handlePacket } from "./inbound.js";
import { RECORD_OVERHEAD, UNKNOWN } from "./outbox.js";
import {
  ACKNOWLEDGED_EVENT,
  ANSWER_DUE,
  CONNACK_DUE,
  CONNECTED,
  CONNECTING,
  IN_DOUBT_EVENT,
  LEAVING,
  LEFT,
  NO_EVENT,
  OFFLINE,
  type SessionOptions,
  SessionState,
} from "./state.js";
import { MAXIMUM_QOS } from "./subscriptions.js";

// What is being written.
const NOTHING = 0;
const CONNECT_PACKET = 1;
const ACKNOWLEDGEMENT = 2;
const PING = 3;
const SUBSCRIPTION = 4;
const MESSAGE = 5;
const GOODBYE = 6;

/**
 * MQTT 3.1.1 over one connection after another, without clock, transport or random numbers.
 *
 * A connection is `begin`, then any of the five verbs, then `end`. What `end` leaves standing is the
 * session: outbox, subscriptions, next identifier. What it clears is the connection: half packets,
 * unsent acknowledgements, deadlines.
 */
export class Session extends SessionState {
  /** The bytes that `pollTransmit` offers, at `outOffset`; borrowed until `transmitted`. */
  out: Uint8Array;
  outOffset = 0;
  private readonly options: SessionOptions;
  private readonly connectPacket: Uint8Array;
  private readonly pingPacket = new Uint8Array([PINGREQ << 4, 0]);
  private readonly disconnectPacket = new Uint8Array([DISCONNECT << 4, 0]);
  private readonly pingIntervalMs: number;
  private source = NOTHING;
  private outLength = 0;
  private written = 0;
  private row = 0;
  private isPingWanted = false;
  private lastSent = 0;
  private packetId = 0;
  private hasWrapped = false;
  private token = 0;

  constructor(options: SessionOptions) {
    super(options);
    this.options = options;
    this.connectPacket = encodeConnect(options);
    this.out = this.connectPacket;
    this.pingIntervalMs = options.keepAliveSeconds * 750;
  }

  /** The transport is open: CONNECT is the first packet. [MQTT-3.1.0-1] */
  begin(now: number): void {
    this.end();
    this.phase = CONNECTING;
    setCleanSession(this.connectPacket, this.isPurgeDue || this.options.cleanSession);
    this.deadlines.set(CONNACK_DUE, (now + this.options.answerTimeoutMs) | 0);
    this.select(CONNECT_PACKET, this.connectPacket, 0, this.connectPacket.length);
    this.lastSent = now;
    this.lastReceived = now;
  }

  /** The transport is gone. */
  end(): void {
    // CONNECT was written whole and not answered: the broker may have made a session of which we know nothing.
    if (this.phase === CONNECTING && this.source === NOTHING) this.isSessionUncertain = true;
    this.phase = OFFLINE;
    this.source = NOTHING;
    this.written = 0;
    this.event = NO_EVENT;
    this.isPingWanted = false;
    this.isSweepDue = false;
    this.reader.reset();
    this.acknowledgements.clear();
    this.deadlines.clearAll();
    this.outbox.rewind();
  }

  /** Sends DISCONNECT as soon as the packet that is being written ends. */
  leave(): void {
    if (this.phase === CONNECTED) this.phase = LEAVING;
  }

  /**
   * Takes a publish into the outbox. It never waits.
   *
   * @param payload       borrowed during the call
   * @param payloadLength bytes of `payload` that count, from its beginning
   * @param flags         QoS << QOS_SHIFT, plus RETAIN
   * @returns a token, 0 to 65535; OUTBOX_FULL, TOO_LARGE (for any state of the outbox) or BAD_ARGUMENT
   */
  publish(topic: TopicName, payload: Uint8Array, payloadLength: number, flags: number): number {
    const qos = flags >> QOS_SHIFT;
    const isWhole = payloadLength >>> 0 === payloadLength && payloadLength <= payload.length;
    if (!isWhole || flags >>> 0 !== flags || qos > MAXIMUM_QOS) return this.refuse(BAD_ARGUMENT);
    const length = publishLength(topic.bytes.length, payloadLength, qos);
    if (length + RECORD_OVERHEAD > this.options.arena.length) return this.refuse(TOO_LARGE);
    const before = this.packetId;
    const packetId = qos === 0 ? 0 : this.unusedPacketId();
    const token = (this.token + 1) & 0xffff;
    const offset = this.outbox.append(length, packetId, token);
    if (offset === OUTBOX_FULL) {
      this.packetId = before;
      return this.refuse(OUTBOX_FULL);
    }
    const arena = this.options.arena;
    const at = encodePublishHeader(topic.bytes, payloadLength, flags, packetId, arena, offset);
    if (payloadLength === payload.length) arena.set(payload, at);
    else copyBytes(payload, 0, payloadLength, arena, at);
    this.token = token;
    this.statistics.published++;
    return token;
  }

  /**
   * Takes bytes up to the end of one packet; `pollEvent` tells what it meant.
   *
   * @returns bytes taken, 0 while acknowledgements wait to be written; or the status for which the
   *   connection must be closed
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    if (this.phase === OFFLINE || this.source === CONNECT_PACKET) return PROTOCOL_ERROR;
    if (this.acknowledgements.isFull()) return 0;
    const next = this.reader.feed(bytes, offset, offset + length);
    if (next < 0) return next;
    this.lastReceived = now;
    this.deadlines.clear(ANSWER_DUE);
    const status = this.reader.isReady ? handlePacket(this) : 0;
    return status < 0 ? status : next - offset;
  }

  /** What the last `handleBytes` meant, once: see inbound.ts. `detail` and `message` belong to it. */
  pollEvent(): number {
    const event = this.event;
    this.event = NO_EVENT;
    return event === NO_EVENT && this.isSweepDue ? this.sweep() : event;
  }

  /** The application has the message: at QoS 1 and 2 it is acknowledged. */
  accept(): void {
    const message = this.message;
    if (message.qos === 0) return;
    if (message.qos === 2) this.inbox.add(message.packetId);
    this.acknowledgements.push(message.qos === 2 ? PUBREC : PUBACK, message.packetId);
  }

  /** @returns 0, or TIMED_OUT: the connection must be closed. Spurious calls do nothing. */
  handleTimeout(now: number): number {
    if (this.deadlines.isDue(CONNACK_DUE, now)) return TIMED_OUT;
    if (this.deadlines.isDue(ANSWER_DUE, now)) return TIMED_OUT;
    if (this.untilPing(now) === 0) {
      this.isPingWanted = true;
      this.deadlines.set(ANSWER_DUE, (now + this.options.answerTimeoutMs) | 0);
    }
    return 0;
  }

  /** Milliseconds until `handleTimeout` is due. May change after every other verb. */
  pollTimeout(now: number): number {
    if (this.phase === OFFLINE) return NEVER;
    const ping = this.untilPing(now);
    const other = this.deadlines.untilNext(now);
    return ping < other ? ping : other;
  }

  /**
   * The rest of the packet that is to be written next: `out` from `outOffset` on.
   *
   * @returns its length, 0 when nothing is to be written
   */
  pollTransmit(): number {
    if (this.source === NOTHING) this.choose();
    if (this.source === NOTHING) return 0;
    // A publish may have compacted the arena since the last call.
    if (this.source === MESSAGE) this.outOffset = this.outbox.next() + this.written;
    return this.outLength - this.written;
  }

  /** The transport took `length` of the bytes that `pollTransmit` offered. */
  transmitted(length: number, now: number): void {
    this.written += length;
    this.outOffset += length;
    if (this.written < this.outLength) return;
    const source = this.source;
    this.source = NOTHING;
    this.written = 0;
    this.lastSent = now;
    if (source === ACKNOWLEDGEMENT) this.acknowledgements.shift();
    else if (source === SUBSCRIPTION) this.subscriptions.asked(this.row, this.out);
    else if (source === MESSAGE) this.messageSent();
    else if (source === GOODBYE) this.phase = LEFT;
  }

  /** Milliseconds until a PINGREQ is due: when either direction has been quiet for long enough. */
  private untilPing(now: number): number {
    const isNeeded = this.pingIntervalMs > 0 && this.phase === CONNECTED;
    if (!isNeeded || this.deadlines.isSet(ANSWER_DUE)) return NEVER;
    // The older direction counts: a broker needs our bytes [MQTT-3.1.2-23], we need a sign of it.
    const isSentOlder = ((this.lastSent - this.lastReceived) | 0) < 0;
    const older = isSentOlder ? this.lastSent : this.lastReceived;
    const left = (older + this.pingIntervalMs - now) | 0;
    return left > 0 ? left : 0;
  }

  private choose(): void {
    if (this.phase !== CONNECTED && this.phase !== LEAVING) return;
    const acknowledgements = this.acknowledgements;
    if (!acknowledgements.isEmpty()) {
      const offset = acknowledgements.offset();
      this.select(ACKNOWLEDGEMENT, acknowledgements.bytes, offset, ACKNOWLEDGE_LENGTH);
    } else if (this.phase === LEAVING) {
      this.select(GOODBYE, this.disconnectPacket, 0, this.disconnectPacket.length);
    } else if (this.isPingWanted) {
      this.isPingWanted = false;
      this.statistics.pings++;
      this.select(PING, this.pingPacket, 0, this.pingPacket.length);
    } else if (this.subscriptions.next() >= 0) {
      this.row = this.subscriptions.next();
      const packet = this.subscriptions.packet(this.row, this.unusedPacketId());
      this.select(SUBSCRIPTION, packet, 0, packet.length);
    } else {
      this.chooseMessage();
    }
  }

  private chooseMessage(): void {
    if (this.isSweepDue) return;
    const offset = this.outbox.next();
    if (offset === UNKNOWN) return;
    if (this.outbox.isNextReleased()) {
      this.acknowledgements.push(PUBREL, this.outbox.nextPacketId());
      this.outbox.advance();
      this.choose();
      return;
    }
    const isWindowFull = this.outbox.inFlight >= this.options.inFlightWindow;
    if (isWindowFull && this.outbox.nextPacketId() !== 0) return;
    if (this.outbox.markResend()) this.statistics.resent++;
    this.select(MESSAGE, this.options.arena, offset, this.outbox.nextLength());
  }

  /** The next publish that the broker's lost session has decided. */
  private sweep(): number {
    const swept = this.outbox.sweep(this.options.resendsDoubtful, this.isSessionPresent);
    this.isSweepDue = swept !== UNKNOWN;
    if (!this.isSweepDue) return NO_EVENT;
    this.detail = swept >> 1;
    if ((swept & 1) === 0) {
      this.statistics.acknowledged++;
      return ACKNOWLEDGED_EVENT;
    }
    this.statistics.inDoubt++;
    return IN_DOUBT_EVENT;
  }

  private messageSent(): void {
    this.statistics.sent++;
    this.outbox.advance();
  }

  private select(source: number, bytes: Uint8Array, offset: number, length: number): void {
    this.source = source;
    this.out = bytes;
    this.outOffset = offset;
    this.outLength = length;
    this.written = 0;
  }

  private refuse(status: number): number {
    this.statistics.refused++;
    return status;
  }

  /** [MQTT-2.3.1-2]: before the first wrap no identifier can be in use twice, so none is looked up. */
  private unusedPacketId(): number {
    do {
      if (this.packetId === 65535) {
        this.packetId = 0;
        this.hasWrapped = true;
      }
      this.packetId++;
    } while (this.hasWrapped && this.isPacketIdUsed());
    return this.packetId;
  }

  private isPacketIdUsed(): boolean {
    return this.outbox.hasPacketId(this.packetId) || this.subscriptions.hasPacketId(this.packetId);
  }
}
