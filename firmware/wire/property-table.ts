import {
  AUTH,
  CONNACK,
  CONNECT,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  SUBACK,
  SUBSCRIBE,
  UNSUBACK,
  UNSUBSCRIBE,
} from "./packet-type.js";

// How a property's value is written. @see MQTT 5 §2.2.2.2
export const BYTE = 1;
export const UINT16 = 2;
export const VARINT = 3;
export const UINT32 = 4;
export const BINARY = 5;
const TEXT = 6;
export const PAIR = 7;

const FORM_BITS = 3;
const FORM_MASK = 7;

const inConnect = 1 << CONNECT;
const inConnack = 1 << CONNACK;
const inPublish = 1 << PUBLISH;
const inSubscribe = 1 << SUBSCRIBE;
const inDisconnect = 1 << DISCONNECT;
const inAuth = 1 << AUTH;
/** Packet type 0 is none: it stands for the will in a CONNECT. */
export const WILL_PROPERTIES = 0;
const inWill = 1 << WILL_PROPERTIES;
const inAnswers =
  inConnack |
  (1 << PUBACK) |
  (1 << PUBREC) |
  (1 << PUBREL) |
  (1 << PUBCOMP) |
  (1 << SUBACK) |
  (1 << UNSUBACK) |
  inDisconnect |
  inAuth;
const inAll = inAnswers | inConnect | inWill | inPublish | inSubscribe | (1 << UNSUBSCRIBE);

/** By identifier: the form, and above it a bit for each packet type that may carry the property. */
const TABLE = /* @__PURE__ */ new Uint32Array([
  0,
  ((inPublish | inWill) << FORM_BITS) | BYTE, // Payload Format Indicator
  ((inPublish | inWill) << FORM_BITS) | UINT32, // Message Expiry Interval
  ((inPublish | inWill) << FORM_BITS) | TEXT, // Content Type
  0,
  0,
  0,
  0,
  ((inPublish | inWill) << FORM_BITS) | TEXT, // Response Topic
  ((inPublish | inWill) << FORM_BITS) | BINARY, // Correlation Data
  0,
  ((inPublish | inSubscribe) << FORM_BITS) | VARINT, // Subscription Identifier
  0,
  0,
  0,
  0,
  0,
  ((inConnect | inConnack | inDisconnect) << FORM_BITS) | UINT32, // Session Expiry Interval
  (inConnack << FORM_BITS) | TEXT, // Assigned Client Identifier
  (inConnack << FORM_BITS) | UINT16, // Server Keep Alive
  0,
  ((inConnect | inConnack | inAuth) << FORM_BITS) | TEXT, // Authentication Method
  ((inConnect | inConnack | inAuth) << FORM_BITS) | BINARY, // Authentication Data
  (inConnect << FORM_BITS) | BYTE, // Request Problem Information
  (inWill << FORM_BITS) | UINT32, // Will Delay Interval
  (inConnect << FORM_BITS) | BYTE, // Request Response Information
  (inConnack << FORM_BITS) | TEXT, // Response Information
  0,
  ((inConnack | inDisconnect) << FORM_BITS) | TEXT, // Server Reference
  0,
  0,
  (inAnswers << FORM_BITS) | TEXT, // Reason String
  0,
  ((inConnect | inConnack) << FORM_BITS) | UINT16, // Receive Maximum
  ((inConnect | inConnack) << FORM_BITS) | UINT16, // Topic Alias Maximum
  (inPublish << FORM_BITS) | UINT16, // Topic Alias
  (inConnack << FORM_BITS) | BYTE, // Maximum QoS
  (inConnack << FORM_BITS) | BYTE, // Retain Available
  (inAll << FORM_BITS) | PAIR, // User Property
  ((inConnect | inConnack) << FORM_BITS) | UINT32, // Maximum Packet Size
  (inConnack << FORM_BITS) | BYTE, // Wildcard Subscription Available
  (inConnack << FORM_BITS) | BYTE, // Subscription Identifier Available
  (inConnack << FORM_BITS) | BYTE, // Shared Subscription Available
]);

/** The form of a property in a packet of this type; 0 when the packet may not carry it. */
export function propertyForm(id: number, packetType: number): number {
  if (id >= TABLE.length) return 0;
  const entry = TABLE[id];
  return (entry >> FORM_BITS) & (1 << packetType) ? entry & FORM_MASK : 0;
}
