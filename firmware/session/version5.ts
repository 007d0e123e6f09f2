import type { Transport } from "../transport.js";
import type { ConnectFields } from "../wire/connect.js";
import { PropertyReader } from "../wire/property-reader.js";
import { encodeString } from "../wire/topic.js";
import type { ClientOptions } from "./options.js";
import { NO_MAXIMUM, type ServerLimits } from "./server-limits.js";
import type { Topic } from "./topic.js";

/** The longest topic that an alias may stand for, unless the application says otherwise. */
const ALIAS_TOPIC_BYTES = 64;
/** What stands before the payload beside topic and properties: header, identifier, lengths, alias. */
const HEADER_BYTES = 16;

/** The length of a topic that the broker gave an alias and that is too long to be kept. */
export const TOO_LONG = 0xffff;

/** What a session knows beyond 3.1.1. */
export interface Version5 {
  /** The properties of the packet that was received last. */
  readonly properties: PropertyReader;
  readonly limits: ServerLimits;
  /** To encode CONNECT anew with an identifier that the broker assigned. */
  readonly fields: ConnectFields;
  readonly receiveMaximum: number;

  /** Aliases that topics have been given, 1 to this; they keep them for ever. */
  aliasCount: number;
  readonly aliasCapacity: number;
  /** By alias: the topic that has it. */
  readonly aliasTopics: (Topic | undefined)[];
  /** The largest that may be used on this connection. */
  aliasLimit: number;
  /** By alias: 1 when this connection's broker knows its topic. */
  readonly aliasIsKnown: Uint8Array;
  /** A packet's beginning with an alias in it, made anew for each that is written. */
  readonly header: Uint8Array;

  /** Topics of the broker's aliases, `aliasTopicBytes` for each, and their lengths; 0 is unknown, TOO_LONG was not kept. */
  readonly serverTopics: Uint8Array;
  readonly serverTopicLengths: Uint16Array;
  readonly aliasTopicBytes: number;

  /** As a string field; empty when the client did not ask for enhanced authentication. */
  readonly authenticationMethod: Uint8Array;
  /** An AUTH that is to be written; its length is 0 when there is none. */
  authPacket: Uint8Array;
  readonly noBytes: Uint8Array;
  /** A DISCONNECT with a reason. */
  readonly goodbye: Uint8Array;
  /** The client has begun to authenticate again: AUTH with 0 is awaited. */
  isReauthenticating: boolean;
  /** Bytes of the largest packet that the broker may send; NO_MAXIMUM where it was told nothing. */
  readonly maximumPacketSize: number;
}

export function newVersion5(options: ClientOptions, transport: Transport): Version5 {
  "cold";
  const aliasCapacity = options.aliasCapacity ?? 0;
  const serverAliases = options.topicAliasMaximum ?? 0;
  const aliasTopicBytes = options.aliasTopicBytes ?? ALIAS_TOPIC_BYTES;
  const method = options.authentication?.method;
  const noBytes = new Uint8Array(0);
  return {
    properties: new PropertyReader(),
    limits: newLimits(),
    fields: options,
    receiveMaximum: options.inboxCapacity,
    aliasCount: 0,
    aliasCapacity,
    aliasTopics: newAliasTopics(aliasCapacity),
    aliasLimit: 0,
    aliasIsKnown: new Uint8Array(aliasCapacity + 1),
    header: new Uint8Array(aliasCapacity > 0 ? aliasTopicBytes + HEADER_BYTES : 0),
    serverTopics: new Uint8Array(serverAliases * aliasTopicBytes),
    serverTopicLengths: new Uint16Array(serverAliases + 1),
    aliasTopicBytes,
    authenticationMethod: method === undefined ? noBytes : encodeString(method),
    authPacket: noBytes,
    noBytes,
    goodbye: new Uint8Array(3),
    isReauthenticating: false,
    maximumPacketSize: largestPacket(options, transport) || NO_MAXIMUM,
  };
}

function newAliasTopics(capacity: number): (Topic | undefined)[] {
  "cold";
  const topics: (Topic | undefined)[] = [];
  for (let alias = 0; alias <= capacity; alias++) topics.push(undefined);
  return topics;
}

/** Without pieces nothing is of use that neither the buffer nor the transport holds. @returns 0 where any packet is */
export function largestPacket(options: ClientOptions, transport: Transport): number {
  "cold";
  const kept = transport.keptBytes ?? 0;
  const held = options.receiveBuffer.length;
  return options.maximumPacketSize ?? (options.receivesPieces ? 0 : held < kept ? kept : held);
}

function newLimits(): ServerLimits {
  "cold";
  return {
    maximumQos: 2,
    isRetainAvailable: true,
    maximumPacketSize: NO_MAXIMUM,
    isWildcardAvailable: true,
    isSubscriptionIdentifierAvailable: true,
    isSharedAvailable: true,
  };
}
