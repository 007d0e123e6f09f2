import { MALFORMED, PROTOCOL_ERROR } from "../status.js";
import { encodeConnect } from "../wire/connect.js";
import { CONNACK } from "../wire/packet-type.js";
import {
  ASSIGNED_CLIENT_IDENTIFIER,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  RECEIVE_MAXIMUM,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
  SHARED_SUBSCRIPTION_AVAILABLE,
  SUBSCRIPTION_IDENTIFIER_AVAILABLE,
  TOPIC_ALIAS_MAXIMUM,
  WILDCARD_SUBSCRIPTION_AVAILABLE,
} from "../wire/property-id.js";
import { isReasonCode } from "../wire/reason-code.js";
import { isMethodKept } from "./authentication.js";
import { NO_MAXIMUM } from "./server-limits.js";
import type { Session } from "./session.js";
import type { Version5 } from "./version5.js";

/** A new connection: what an earlier broker has said of itself is over. */
export function assumeNoLimits(session: Session): void {
  "cold";
  const version5 = session.version5;
  if (!version5) return;
  const limits = version5.limits;
  limits.maximumQos = 2;
  limits.isRetainAvailable = true;
  limits.maximumPacketSize = NO_MAXIMUM;
  limits.isWildcardAvailable = true;
  limits.isSubscriptionIdentifierAvailable = true;
  limits.isSharedAvailable = true;
  session.keepAliveMs = version5.fields.keepAliveSeconds * 1000;
  version5.aliasLimit = 0;
  version5.aliasIsKnown.fill(0); // [MQTT-3.3.2-7]
  version5.serverTopicLengths.fill(0);
  version5.isReauthenticating = false;
  version5.authPacket = version5.noBytes;
}

/** Reads the reason code and the properties of a CONNACK. @returns 0, or why the connection must end */
export function readConnack5(session: Session): number {
  "cold";
  const inbound = session.inbound;
  const version5 = session.version5 as Version5;
  const properties = version5.properties;
  if (!isReasonCode(CONNACK, session.reason)) return MALFORMED;
  const end = properties.open(inbound.bytes, inbound.body + 2, inbound.end, CONNACK);
  if (end < 0) return end;
  if (end !== inbound.end) return MALFORMED;
  if (session.reason !== 0) return 0;
  for (let id = properties.read(); id !== 0; id = properties.read()) obey(session, version5, id);
  properties.rewind();
  return isMethodKept(version5) ? 0 : PROTOCOL_ERROR;
}

/** Does what one property of the CONNACK asks for. */
function obey(session: Session, version5: Version5, id: number): void {
  "cold";
  const limits = version5.limits;
  const value = version5.properties.value;
  switch (id) {
    case RECEIVE_MAXIMUM: // [MQTT-3.3.4-7]
      if (value < session.outbox.quota) session.outbox.quota = value;
      break;
    case MAXIMUM_QOS:
      limits.maximumQos = value;
      break;
    case RETAIN_AVAILABLE:
      limits.isRetainAvailable = value === 1;
      break;
    case MAXIMUM_PACKET_SIZE:
      limits.maximumPacketSize = value;
      break;
    case TOPIC_ALIAS_MAXIMUM:
      version5.aliasLimit = value < version5.aliasCapacity ? value : version5.aliasCapacity;
      break;
    case SERVER_KEEP_ALIVE: // [MQTT-3.1.2-21]
      session.keepAliveMs = value * 1000;
      break;
    case WILDCARD_SUBSCRIPTION_AVAILABLE:
      limits.isWildcardAvailable = value === 1;
      break;
    case SUBSCRIPTION_IDENTIFIER_AVAILABLE:
      limits.isSubscriptionIdentifierAvailable = value === 1;
      break;
    case SHARED_SUBSCRIPTION_AVAILABLE:
      limits.isSharedAvailable = value === 1;
      break;
    case ASSIGNED_CLIENT_IDENTIFIER:
      takeIdentifier(session, version5);
  }
}

/** From now on the client goes by the name that the broker gave it: its session is kept under that. */
function takeIdentifier(session: Session, version5: Version5): void {
  "cold";
  const properties = version5.properties;
  const offset = properties.offset;
  const clientId = properties.bytes.slice(offset, offset + properties.length);
  session.connectPacket = encodeConnect(
    version5.fields,
    clientId,
    version5.receiveMaximum,
    version5.maximumPacketSize === NO_MAXIMUM ? 0 : version5.maximumPacketSize,
  );
}
