import { STREAMS } from "../features.js";
import { TOO_LARGE, UNSUPPORTED } from "../status.js";
import { QOS_1, QOS_MASK, RETAIN, SUBSCRIBE } from "../wire/packet-type.js";
import {
  PACKET_TOO_LARGE,
  SHARED_SUBSCRIPTIONS_NOT_SUPPORTED,
  SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
} from "../wire/reason-code.js";
import { LENGTH, RECORD, STATE, STREAMED } from "./record.js";
import type { Session } from "./session.js";
import { tokenOf } from "./streams.js";

/** What the broker of this connection offers. @see MQTT 5 §3.2.2.3 */
export interface ServerLimits {
  maximumQos: number;
  isRetainAvailable: boolean;
  /** Bytes of the largest packet that it takes. */
  maximumPacketSize: number;
  isWildcardAvailable: boolean;
  isSubscriptionIdentifierAvailable: boolean;
  isSharedAvailable: boolean;
}

const PLUS = 0x2b;
const HASH = 0x23;
const SLASH = 0x2f;
const DOLLAR = 0x24;
/** Of `$share/`. No other filter that begins with `$` has its first `/` there, or none that a broker serves. */
const SHARE_LENGTH = 7;

/** No limit of Maximum Packet Size: more than MQTT can say. */
export const NO_MAXIMUM = 0x7fffffff;

/** @returns 0, or why the broker does not take a PUBLISH: UNSUPPORTED, TOO_LARGE */
export function publishFault(session: Session, flags: number, length: number): number {
  "cold";
  const limits = session.version5?.limits;
  if (!limits) return 0;
  if ((flags & QOS_MASK) > limits.maximumQos * QOS_1) return UNSUPPORTED; // [MQTT-3.2.2-11]
  if (flags & RETAIN && !limits.isRetainAvailable) return UNSUPPORTED; // [MQTT-3.2.2-14]
  return length > limits.maximumPacketSize ? TOO_LARGE : 0; // [MQTT-3.2.2-15]
}

/** `publishFault` of the packet in a record. */
export function recordFault(session: Session, record: number): number {
  "cold";
  const arena = session.outbox.arena;
  let length = (arena[record + LENGTH] << 8) | arena[record + LENGTH + 1];
  if (STREAMS && session.streams && arena[record + STATE] & STREAMED) {
    length += session.streams.lengthOf(tokenOf(session, record));
  }
  return publishFault(session, arena[record + RECORD], length);
}

/** @returns 0, or the reason code with which this broker would refuse the packet in a row of subscriptions */
export function subscriptionFault(session: Session, packet: Uint8Array): number {
  "cold";
  const limits = session.version5?.limits;
  if (!limits) return 0;
  if (packet.length - 1 > limits.maximumPacketSize) return PACKET_TOO_LARGE; // [MQTT-3.2.2-15]
  if (packet[1] >> 4 !== SUBSCRIBE) return 0;
  let at = 2;
  while (packet[at] > 127) at++;
  at += 3;
  const hasIdentifier = packet[at] !== 0;
  if (hasIdentifier && !limits.isSubscriptionIdentifierAvailable) {
    return SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED;
  }
  at += 3 + packet[at];
  const isShared = packet[at] === DOLLAR && packet[at + SHARE_LENGTH - 1] === SLASH;
  if (isShared && !limits.isSharedAvailable) return SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
  if (limits.isWildcardAvailable) return 0;
  for (; at < packet.length - 1; at++) {
    if (packet[at] === PLUS || packet[at] === HASH) return WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED;
  }
  return 0;
}
