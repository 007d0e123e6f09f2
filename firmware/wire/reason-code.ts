import {
  AUTH,
  CONNACK,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBREC,
  PUBREL,
  SUBACK,
  UNSUBACK,
} from "./packet-type.js";

/** Reason codes that the client knows by name. @see MQTT 5 §2.4 */
export const SUCCESS = 0x00;
export const CONTINUE_AUTHENTICATION = 0x18;
export const REAUTHENTICATE = 0x19;
/** From here on a code is an error. */
export const FAILURE = 0x80;
export const MALFORMED_PACKET = 0x81;
export const PROTOCOL_ERROR_REASON = 0x82;
export const SESSION_TAKEN_OVER = 0x8e;
export const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
export const TOPIC_ALIAS_INVALID = 0x94;
export const PACKET_TOO_LARGE = 0x95;
export const SHARED_SUBSCRIPTIONS_NOT_SUPPORTED = 0x9e;
export const SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED = 0xa1;
export const WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED = 0xa2;

const LAST_IN_MASK = 0x9f;

/** Tells whether a packet of this type that a broker sends may carry the reason code. @see MQTT 5 §2.4 */
export function isReasonCode(packetType: number, code: number): boolean {
  "cold";
  if (code < FAILURE) return isSuccess(packetType, code);
  if (code > LAST_IN_MASK) {
    // Subscription Identifiers, Wildcard Subscriptions not supported; Maximum connect time.
    if (packetType === SUBACK) return code === 0xa1 || code === 0xa2;
    return packetType === DISCONNECT && code >= 0xa0 && code <= 0xa2;
  }
  return ((failures(packetType) >>> (code - FAILURE)) & 1) === 1;
}

function isSuccess(packetType: number, code: number): boolean {
  "cold";
  if (packetType === SUBACK) return code <= 2;
  if (packetType === AUTH) return code === SUCCESS || code === CONTINUE_AUTHENTICATION;
  if (packetType === UNSUBACK) return code === SUCCESS || code === 0x11; // No subscription existed
  const isNobodyThere = code === 0x10 && (packetType === PUBACK || packetType === PUBREC);
  return code === SUCCESS || isNobodyThere;
}

/** One bit for each code from 0x80 to 0x9f. */
function failures(packetType: number): number {
  "cold";
  switch (packetType) {
    case CONNACK:
      return 0xbea117ff;
    case PUBACK:
    case PUBREC:
      return 0x2830089;
    case PUBREL:
    case PUBCOMP:
      return 0x40000;
    case SUBACK:
      return 0x40828089;
    case UNSUBACK:
      return 0x28089;
    case DISCONNECT:
      return 0xfff9ea8f;
    default:
      return 0;
  }
}
