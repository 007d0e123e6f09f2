import { ECMA_IO, JOURNAL, OUTCOMES, QOS2, STREAMS, V5 } from "../features.js";
import type { Transport } from "../transport.js";
import { encodeConnect } from "../wire/connect.js";
import { DISCONNECT_BYTE, PINGREQ_BYTE } from "../wire/packet-type.js";
import { encodeText } from "../wire/text.js";
import { SENT_OUT } from "./event.js";
import { attachJournal } from "./journal-state.js";
import type { ClientOptions } from "./options.js";
import { LAST_PACKET_ID } from "./outbox.js";
import {
  BUSY,
  DISCONNECT_OFFSET,
  IDLE,
  type Inbound,
  type Message,
  NOTHING,
  type Outbound,
  type Outbox,
  PACKETS_BYTES,
  PING_OFFSET,
} from "./parts.js";
import { type ClientHandler, type Session, type Settings, STOPPED } from "./session.js";
import { newStatistics } from "./statistics.js";
import { Streams } from "./streams.js";
import { largestPacket, newVersion5 } from "./version5.js";

/** How many of the last publishes can be asked how they ended, unless the application says otherwise. */
const OUTCOME_CAPACITY = 16;
const LARGEST_ARENA = 65535;
/** A packet whose Remaining Length takes one byte is at most so long. */
const SHORT_PACKET = 129;

/**
 * Makes what a client knows. It is the only place that allocates, but for subscriptions and connections.
 *
 * @param random 32-bit unsigned numbers
 */
export function newSession(
  options: ClientOptions,
  transport: Transport,
  handler: ClientHandler,
  random: () => number,
): Session {
  "cold";
  const capacity = OUTCOMES ? (options.outcomeCapacity ?? OUTCOME_CAPACITY) : 0;
  const session: Session = {
    outbox: newOutbox(options.arena),
    transport,
    lastSent: 0,
    inbound: newInbound(options, transport),
    outbound: newOutbound(),
    message: newMessage(options.receiveBuffer),
    phase: STOPPED,
    now: 0,
    lastReceived: 0,
    handler,
    version5: V5 && options.protocolVersion === 5 ? newVersion5(options, transport) : undefined,
    statistics: newStatistics(),
    settings: newSettings(options),
    // A token of 0 finds its place as it was made: of a publish without a record.
    outcomeKinds: new Uint8Array(capacity).fill(SENT_OUT),
    outcomeReasons: new Uint8Array(capacity),
    outcomeNumbers: new Uint32Array(capacity),
    outcomeMask: capacity - 1,
    streams: newStreams(options),
    expiring: 0,
    expiresAt: 0,
    reason: 0,
    fault: 0,
    isClosing: false,
    isPurgeDue: !options.cleanSession,
    isAnswerDue: false,
    isUncertain: false,
    isPostponing: false,
    rows: [],
    connectPacket: newConnect(options, transport),
    random,
    keepAliveMs: options.keepAliveSeconds * 1000,
    failures: 0,
    shortLives: 0,
    connectedAt: 0,
    dueAt: 0,
    closeAt: 0,
  };
  return JOURNAL ? attachJournal(session, options) : session;
}

function newConnect(options: ClientOptions, transport: Transport): Uint8Array {
  "cold";
  const clientId = encodeText(options.clientId);
  return encodeConnect(
    options,
    clientId,
    options.inboxCapacity,
    V5 ? largestPacket(options, transport) : 0,
  );
}

function newStreams(options: ClientOptions): Streams | undefined {
  "cold";
  const buffer = options.streamBuffer;
  return STREAMS && buffer ? new Streams(buffer) : undefined;
}

function newOutbox(arena: Uint8Array): Outbox {
  "cold";
  const outbox: Outbox = {
    tail: 0,
    limit: arena.length < LARGEST_ARENA ? arena.length : LARGEST_ARENA,
    arena,
    idle: BUSY,
    whenIdle: IDLE,
    published: 0,
    cursor: 0,
    head: 0,
    count: 0,
    inFlight: 0,
    quota: 0,
    packetId: 0,
    freeIds: LAST_PACKET_ID,
  };
  if (JOURNAL) outbox.journal = undefined;
  return outbox;
}

function newOutbound(): Outbound {
  "cold";
  const packets = new Uint8Array(PACKETS_BYTES);
  packets[PING_OFFSET] = PINGREQ_BYTE;
  packets[DISCONNECT_OFFSET] = DISCONNECT_BYTE;
  return {
    ackFill: 0,
    source: NOTHING,
    bytes: packets,
    offset: 0,
    length: 0,
    isMore: false,
    payloadLength: 0,
    isPumping: false,
    ping: 0,
    wanted: 0,
    packets,
  };
}

function newInbound(options: ClientOptions, transport: Transport): Inbound {
  "cold";
  const buffer = options.receiveBuffer;
  const viewed = ECMA_IO ? transport.received : undefined;
  const largest = V5 && options.protocolVersion === 5 ? largestPacket(options, transport) : 0;
  return {
    fill: 0,
    short: V5 && largest > 0 && largest < SHORT_PACKET ? largest : SHORT_PACKET,
    bytes: buffer,
    body: 0,
    end: 0,
    isTruncated: false,
    isPaused: false,
    total: 0,
    buffer,
    place: 0,
    pieceStart: 0,
    isSkipped: false,
    isUnanswered: false,
    isDrained: false,
    view: viewed ? new DataView(viewed.buffer) : undefined,
    viewed,
    lateId: 0,
    received: new Uint16Array(QOS2 ? options.inboxCapacity : 0),
  };
}

function newMessage(bytes: Uint8Array): Message {
  "cold";
  return {
    bytes,
    payloadOffset: 0,
    payloadLength: 0,
    topicBytes: bytes,
    topicOffset: 0,
    topicLength: 0,
    flags: 0,
    packetId: 0,
    isTruncated: false,
    position: 0,
    remaining: 0,
  };
}

function newSettings(options: ClientOptions): Settings {
  "cold";
  return {
    window: options.inFlightWindow,
    subscriptionCapacity: options.subscriptionCapacity,
    isClean: options.cleanSession,
    resendsDoubtful: options.resendsDoubtful,
    receivesPieces: options.receivesPieces ?? false,
    maximumMessages: options.maximumMessages ?? 0,
    answerMs: options.answerTimeoutMs,
    openMs: options.openTimeoutMs,
    stableMs: options.stableMs,
    baseMs: options.backoff.baseMs,
    capMs: options.backoff.capMs,
    refusedMs: options.backoff.refusedMs,
  };
}
