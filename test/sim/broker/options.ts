import type { IConnackPacket, IConnectPacket, IPublishPacket, PacketCmd } from "mqtt-packet";

export type ConnackProperties = NonNullable<IConnackPacket["properties"]>;
export type PublishProperties = NonNullable<IPublishPacket["properties"]>;

/** One step of an enhanced authentication, as the client sent it. */
export interface AuthenticationStep {
  readonly method: string;
  readonly data: Buffer | undefined;
  /** Packets of this exchange before it: 0 for CONNECT or the AUTH that begins a re-authentication. */
  readonly step: number;
  readonly isReauthentication: boolean;
}

export interface AuthenticationAnswer {
  /** 0x18: go on; 0: done; from 0x80 on: refused. */
  readonly reasonCode: number;
  readonly data?: Buffer;
}

/** How the broker behaves. A test may change any of it at any time; the client learns it as it would. */
export interface BrokerOptions {
  /** Code of CONNACK: of 3.1.1 or of 5, as the client speaks. */
  connackCode: (connect: IConnectPacket) => number;
  /** Properties of CONNACK in 5. What they forbid is policed. */
  connackProperties: ConnackProperties;
  /** Says so in CONNACK in spite of the truth. */
  claimsSession: boolean | undefined;
  /** Code of SUBACK; undefined: what was asked for is granted. */
  subackCode: (filter: string, qos: number) => number | undefined;
  /** Reason code of PUBACK or PUBREC in 5. */
  publishCode: (topic: string) => number;
  authenticate: ((step: AuthenticationStep) => AuthenticationAnswer) | undefined;
  /** Takes what comes and says nothing. */
  isSilent: boolean;
  /** Packets that wait for `release`. */
  holds: ReadonlySet<PacketCmd>;
  /** How often each PUBACK, PUBREC, PUBREL and PUBCOMP is sent. */
  copies: number;
  /** Whether identifiers of QoS 2 outlive the connection, as they must. */
  remembersIds: boolean;
  /** When a QoS 2 message goes to subscribers: the standard leaves it open. */
  deliversQos2: "at PUBLISH" | "at PUBREL";
  /** Whether Receive Maximum counts QoS 2 messages of earlier connections too, as some brokers do. */
  countsEarlier: boolean;
  /** Most messages in flight to a client, whatever Receive Maximum it gives. */
  inFlightWindow: number;
  /** Uses topic aliases towards clients that allow them. */
  usesAliases: boolean;
  /** The identifier that a new session gives first, and the one after which it begins again at 1. */
  firstPacketId: number;
  lastPacketId: number;
  /** How long a client may take for an answer; Infinity: for ever. */
  answerDueMs: number;
  /** How long a client may take to close after DISCONNECT. */
  closeDueMs: number;
  /** How much longer than keep-alive a client may be silent: the standard says one and a half. */
  keepAliveFactor: number;
}

export function defaultOptions(): BrokerOptions {
  return {
    connackCode: () => 0,
    connackProperties: {},
    claimsSession: undefined,
    subackCode: () => undefined,
    publishCode: () => 0,
    authenticate: undefined,
    isSilent: false,
    holds: new Set(),
    copies: 1,
    remembersIds: true,
    deliversQos2: "at PUBLISH",
    countsEarlier: false,
    inFlightWindow: 65535,
    usesAliases: false,
    firstPacketId: 1,
    lastPacketId: 65535,
    answerDueMs: 10_000,
    closeDueMs: 1_000,
    keepAliveFactor: 1.5,
  };
}
