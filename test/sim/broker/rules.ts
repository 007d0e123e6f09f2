/** Protocol versions as CONNECT numbers them. */
export type Version = 4 | 5;

/** Something that the standard asks of a client and that can be seen on the wire. */
export interface Rule {
  /** Statement of 3.1.1, or the section where none has a number; empty where the rule does not apply. */
  readonly v4: string;
  /** The same of 5. */
  readonly v5: string;
  /** What the client did. */
  readonly text: string;
  /** Reason code with which the broker ends the connection; 0: it goes on. */
  readonly reason: number;
}

const MALFORMED = 0x81;
const PROTOCOL_ERROR = 0x82;

function rule(v4: string, v5: string, text: string, reason: number): Rule {
  return { v4, v5, text, reason };
}

const wire = {
  integerTooLong: rule("§2.2.3", "MQTT-1.5.5-1", "integer in more bytes than it needs", MALFORMED),
  integerTooLarge: rule("§2.2.3", "§1.5.5", "integer of more than four bytes", MALFORMED),
  reservedType: rule("§2.2.1", "§2.1.2", "packet of a reserved type", MALFORMED),
  serverPacket: rule("§2.2.1", "§2.1.2", "packet that only a server sends", PROTOCOL_ERROR),
  flags: rule("MQTT-2.2.2-1", "MQTT-2.1.3-1", "reserved flags", MALFORMED),
  pubrelFlags: rule("MQTT-3.6.1-1", "MQTT-3.6.1-1", "flags of PUBREL", MALFORMED),
  subscribeFlags: rule("MQTT-3.8.1-1", "MQTT-3.8.1-1", "flags of SUBSCRIBE", MALFORMED),
  unsubscribeFlags: rule("MQTT-3.10.1-1", "MQTT-3.10.1-1", "flags of UNSUBSCRIBE", MALFORMED),
  disconnectFlags: rule("MQTT-3.14.1-1", "MQTT-3.14.1-1", "flags of DISCONNECT", MALFORMED),
  authFlags: rule("", "MQTT-3.15.1-1", "flags of AUTH", MALFORMED),
  truncated: rule("MQTT-4.8.0-1", "MQTT-4.13.1-1", "field past the end of its packet", MALFORMED),
  trailing: rule("MQTT-4.8.0-1", "MQTT-4.13.1-1", "bytes after the last field", MALFORMED),
  illFormedText: rule("MQTT-1.5.3-1", "MQTT-1.5.4-1", "text that is not UTF-8", MALFORMED),
  nulInText: rule("MQTT-1.5.3-2", "MQTT-1.5.4-2", "U+0000 in a text", MALFORMED),
  illFormedPair: rule("", "MQTT-1.5.7-1", "text pair that is not UTF-8", MALFORMED),
  zeroId: rule("MQTT-2.3.1-1", "MQTT-2.2.1-3", "packet identifier 0", PROTOCOL_ERROR),
  zeroIdInAnswer: rule("MQTT-2.3.1-6", "MQTT-2.2.1-5", "answer with identifier 0", PROTOCOL_ERROR),
} as const;

const properties = {
  noPropertyLength: rule("", "MQTT-2.2.2-1", "no property length", MALFORMED),
  unknownProperty: rule("", "§2.2.2.2", "unknown property", MALFORMED),
  foreignProperty: rule("", "§2.2.2.2", "property of another packet", MALFORMED),
  propertyTwice: rule("", "§2.2.2.2", "property twice", PROTOCOL_ERROR),
  propertyValue: rule("", "§2.2.2.2", "property value out of its range", PROTOCOL_ERROR),
  responseTopic: rule("", "MQTT-3.3.2-14", "wildcard in a response topic", PROTOCOL_ERROR),
  payloadFormat: rule("", "§3.3.2.3.2", "payload that is not the UTF-8 it claims to be", 0x99),
  pubackCode: rule("", "MQTT-3.4.2-1", "reason code of PUBACK", PROTOCOL_ERROR),
  pubrecCode: rule("", "MQTT-3.5.2-1", "reason code of PUBREC", PROTOCOL_ERROR),
  pubrelCode: rule("", "MQTT-3.6.2-1", "reason code of PUBREL", PROTOCOL_ERROR),
  pubcompCode: rule("", "MQTT-3.7.2-1", "reason code of PUBCOMP", PROTOCOL_ERROR),
  disconnectCode: rule("", "MQTT-3.14.2-1", "reason code of DISCONNECT", PROTOCOL_ERROR),
  authCode: rule("", "MQTT-3.15.2-1", "reason code of AUTH", PROTOCOL_ERROR),
} as const;

const connect = {
  firstNotConnect: rule("MQTT-3.1.0-1", "MQTT-3.1.0-1", "first packet not CONNECT", PROTOCOL_ERROR),
  secondConnect: rule("MQTT-3.1.0-2", "MQTT-3.1.0-2", "second CONNECT", PROTOCOL_ERROR),
  protocolName: rule("MQTT-3.1.2-1", "MQTT-3.1.2-1", "protocol name", 0x84),
  protocolLevel: rule("MQTT-3.1.2-2", "MQTT-3.1.2-2", "protocol level", 0x84),
  connectReserved: rule("MQTT-3.1.2-3", "MQTT-3.1.2-3", "reserved connect flag", MALFORMED),
  willQosWithoutWill: rule("MQTT-3.1.2-13", "MQTT-3.1.2-11", "will QoS without will", MALFORMED),
  willQos3: rule("MQTT-3.1.2-14", "MQTT-3.1.2-12", "will QoS 3", MALFORMED),
  willRetainNoWill: rule("MQTT-3.1.2-15", "MQTT-3.1.2-13", "will retain without will", MALFORMED),
  passwordWithoutUser: rule("MQTT-3.1.2-22", "", "password without user name", MALFORMED),
  clientIdMissing: rule("MQTT-3.1.3-3", "MQTT-3.1.3-3", "no client identifier", MALFORMED),
  willMissing: rule("MQTT-3.1.2-9", "MQTT-3.1.2-9", "will flag without will", MALFORMED),
  userMissing: rule("MQTT-3.1.2-19", "MQTT-3.1.2-17", "user flag without user name", MALFORMED),
  passwordMissing: rule("MQTT-3.1.2-21", "MQTT-3.1.2-19", "password flag without it", MALFORMED),
  unannounced: rule("MQTT-3.1.2-20", "MQTT-3.1.2-18", "field that no flag announces", MALFORMED),
  willTopic: rule("MQTT-4.7.1-1", "MQTT-4.7.0-1", "wildcard in a will topic", MALFORMED),
  emptyClientId: rule("MQTT-3.1.3-7", "", "no identifier, yet not a clean session", MALFORMED),
  dataWithoutMethod: rule("", "§3.1.2.11.10", "authentication data, no method", PROTOCOL_ERROR),
  keepAlive: rule("MQTT-3.1.2-23", "MQTT-3.1.2-20", "silent for longer than keep-alive", 0x8d),
  serverKeepAlive: rule("", "MQTT-3.2.2-21", "silent for longer than Server Keep Alive", 0x8d),
  afterDisconnect: rule("MQTT-3.14.4-2", "MQTT-3.14.4-1", "bytes after DISCONNECT", 0),
  notClosed: rule("MQTT-3.14.4-1", "MQTT-3.14.4-2", "not closed after DISCONNECT", 0),
  expiryRaised: rule("", "§3.14.2.2.2", "session expiry raised from 0", PROTOCOL_ERROR),
  beforeConnack: rule("", "MQTT-3.1.2-30", "packet during authentication", PROTOCOL_ERROR),
  authWithoutMethod: rule("", "MQTT-4.12.0-7", "AUTH, but CONNECT had no method", PROTOCOL_ERROR),
  authMethod: rule("", "MQTT-4.12.0-5", "another authentication method", PROTOCOL_ERROR),
  authContinue: rule("", "MQTT-4.12.0-3", "answer to AUTH not 0x18", PROTOCOL_ERROR),
  authMissing: rule("", "MQTT-4.12.0-3", "no answer to AUTH", 0),
  authUnasked: rule("", "MQTT-4.12.1-1", "re-authentication not begun with 0x19", PROTOCOL_ERROR),
} as const;

const publish = {
  qos3: rule("MQTT-3.3.1-4", "MQTT-3.3.1-4", "QoS 3", MALFORMED),
  dupAtQos0: rule("MQTT-3.3.1-2", "MQTT-3.3.1-2", "DUP at QoS 0", MALFORMED),
  topicWildcard: rule("MQTT-3.3.2-2", "MQTT-3.3.2-2", "wildcard in a topic name", 0x90),
  emptyTopic: rule("MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty topic name", PROTOCOL_ERROR),
  subscriptionId: rule("", "MQTT-3.3.4-6", "Subscription Identifier in PUBLISH", PROTOCOL_ERROR),
  aliasZero: rule("", "MQTT-3.3.2-8", "topic alias 0", 0x94),
  aliasForbidden: rule("", "MQTT-3.2.2-18", "topic alias, though none is allowed", 0x94),
  aliasTooLarge: rule("", "MQTT-3.3.2-9", "topic alias above the maximum", 0x94),
  aliasUnknown: rule("", "MQTT-3.3.2-7", "topic alias not set here", PROTOCOL_ERROR),
  qosTooHigh: rule("", "MQTT-3.2.2-11", "QoS above Maximum QoS", 0x9b),
  retain: rule("", "MQTT-3.2.2-14", "RETAIN, though it is not available", 0x9a),
  tooLarge: rule("", "MQTT-3.2.2-15", "packet above Maximum Packet Size", 0x95),
  tooMany: rule("", "MQTT-3.3.4-7", "PUBLISH beyond Receive Maximum", 0x93),
  idInUse: rule("MQTT-2.3.1-2", "MQTT-2.2.1-3", "identifier that is in use", 0),
  resendWithoutDup: rule("MQTT-3.3.1-1", "MQTT-3.3.1-1", "resend without DUP", 0),
  dupAtFirstQos1: rule("MQTT-4.3.2-1", "MQTT-4.3.2-2", "DUP at first send, QoS 1", 0),
  dupAtFirstQos2: rule("MQTT-4.3.3-1", "MQTT-4.3.3-2", "DUP at first send, QoS 2", 0),
  resendChanged: rule("MQTT-2.3.1-3", "MQTT-4.4.0-1", "resend of something else", 0),
  resentTwice: rule("MQTT-4.4.0-1", "MQTT-4.4.0-1", "resend within a connection", 0),
  resentDone: rule("MQTT-4.4.0-1", "MQTT-4.4.0-1", "resend of what was acknowledged", 0),
  resentInNewSession: rule("", "MQTT-3.2.2-5", "resend into a new session", 0),
  notResent: rule("MQTT-4.4.0-1", "MQTT-4.4.0-1", "no resend after the session resumed", 0),
  resendOrder: rule("MQTT-4.6.0-1", "MQTT-4.6.0-1", "resends out of order", 0),
  newBeforeResend: rule("MQTT-4.6.0-1", "MQTT-4.6.0-1", "new PUBLISH before the resends", 0),
  publishAfterPubrec: rule("MQTT-4.3.3-1", "MQTT-4.3.3-6", "PUBLISH again after PUBREC", 0),
} as const;

const acknowledge = {
  unasked: rule("MQTT-2.3.1-6", "MQTT-2.2.1-5", "answer to what this connection did not bring", 0),
  wrongAnswer: rule("MQTT-3.3.4-1", "MQTT-3.3.4-1", "answer of another QoS", 0),
  pubackOrder: rule("MQTT-4.6.0-2", "MQTT-4.6.0-2", "PUBACK out of order", 0),
  pubrecOrder: rule("MQTT-4.6.0-3", "MQTT-4.6.0-3", "PUBREC out of order", 0),
  pubrelOrder: rule("MQTT-4.6.0-4", "MQTT-4.6.0-4", "PUBREL out of order", 0),
  pubackMissing: rule("MQTT-4.3.2-2", "MQTT-4.3.2-4", "no PUBACK", 0),
  pubrecMissing: rule("MQTT-4.3.3-2", "MQTT-4.3.3-8", "no PUBREC", 0),
  pubrelMissing: rule("MQTT-4.3.3-1", "MQTT-4.3.3-4", "no PUBREL", 0),
  pubcompMissing: rule("MQTT-4.3.3-2", "MQTT-4.3.3-11", "no PUBCOMP", 0),
  pubrelRefused: rule("", "MQTT-4.3.3-4", "PUBREL after a PUBREC that refused", 0),
} as const;

const subscribe = {
  noFilter: rule("MQTT-3.8.3-3", "MQTT-3.8.3-2", "SUBSCRIBE without filter", PROTOCOL_ERROR),
  noFilterGivenUp: rule("MQTT-3.10.3-2", "MQTT-3.10.3-2", "UNSUBSCRIBE no filter", PROTOCOL_ERROR),
  optionBits: rule("MQTT-3.8.3-4", "MQTT-3.8.3-5", "reserved bits of an option", MALFORMED),
  optionValue: rule("MQTT-3.8.3-4", "§3.8.3.1", "QoS or Retain Handling 3", PROTOCOL_ERROR),
  noLocalShared: rule("", "MQTT-3.8.3-4", "No Local on a shared subscription", PROTOCOL_ERROR),
  emptyFilter: rule("MQTT-4.7.3-1", "MQTT-4.7.3-1", "empty filter", 0x8f),
  hash: rule("MQTT-4.7.1-2", "MQTT-4.7.1-1", "# where it must not be", 0x8f),
  plus: rule("MQTT-4.7.1-3", "MQTT-4.7.1-2", "+ that does not fill a level", 0x8f),
  shareForm: rule("", "MQTT-4.8.2-1", "shared subscription without name or filter", 0x8f),
  shareName: rule("", "MQTT-4.8.2-2", "wildcard in a share name", 0x8f),
  wildcard: rule("", "§3.2.2.3.11", "wildcard, though not available", 0xa2),
  identifier: rule("", "§3.2.2.3.12", "Subscription Identifier, though not available", 0xa1),
  shared: rule("", "§3.2.2.3.13", "shared subscription, though not available", 0x9e),
} as const;

/** All that the broker polices. */
export const RULES = {
  ...wire,
  ...properties,
  ...connect,
  ...publish,
  ...acknowledge,
  ...subscribe,
};

export type RuleName = keyof typeof RULES;
