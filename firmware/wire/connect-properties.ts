import type { ConnectFields, Will } from "./connect.js";
import { Properties } from "./properties.js";
import {
  AUTHENTICATION_DATA,
  AUTHENTICATION_METHOD,
  MAXIMUM_PACKET_SIZE,
  RECEIVE_MAXIMUM,
  SESSION_EXPIRY_INTERVAL,
  TOPIC_ALIAS_MAXIMUM,
  WILL_DELAY_INTERVAL,
} from "./property-id.js";

/** The broker keeps the session for ever. */
const NO_EXPIRY = 0xffffffff;

/** The properties of a CONNECT, with their length in front. @see MQTT 5 §3.1.2.11 */
export function connectProperties(
  fields: ConnectFields,
  receiveMaximum: number,
  maximumPacketSize: number,
): Uint8Array {
  "cold";
  const properties = new Properties();
  const authentication = fields.authentication;
  const expirySeconds = fields.sessionExpirySeconds ?? (fields.cleanSession ? 0 : NO_EXPIRY);
  if (expirySeconds !== 0) properties.uint32(SESSION_EXPIRY_INTERVAL, expirySeconds);
  if (receiveMaximum > 0) properties.uint16(RECEIVE_MAXIMUM, receiveMaximum);
  if (maximumPacketSize > 0) properties.uint32(MAXIMUM_PACKET_SIZE, maximumPacketSize);
  if (fields.topicAliasMaximum) properties.uint16(TOPIC_ALIAS_MAXIMUM, fields.topicAliasMaximum);
  properties.all(fields.properties);
  if (authentication) properties.text(AUTHENTICATION_METHOD, authentication.method);
  if (authentication?.data) properties.binary(AUTHENTICATION_DATA, authentication.data);
  return properties.encode();
}

/** The properties of a will, with their length in front. @see MQTT 5 §3.1.3.2 */
export function willProperties(will: Will): Uint8Array {
  "cold";
  const properties = new Properties();
  if (will.delaySeconds) properties.uint32(WILL_DELAY_INTERVAL, will.delaySeconds);
  return properties.all(will.properties).encode();
}
