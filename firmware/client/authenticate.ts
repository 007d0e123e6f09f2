import { pump } from "../session/outbound.js";
import { BUSY } from "../session/parts.js";
import { CONNECTED, CONNECTING, type Session } from "../session/session.js";
import type { Version5 } from "../session/version5.js";
import { BAD_ARGUMENT, TOO_LARGE } from "../status.js";
import { encodeVarint, varintSize } from "../wire/field.js";
import { AUTH_BYTE } from "../wire/packet-type.js";
import { AUTHENTICATION_DATA, AUTHENTICATION_METHOD } from "../wire/property-id.js";
import { CONTINUE_AUTHENTICATION, REAUTHENTICATE } from "../wire/reason-code.js";

/**
 * Answers the broker in an enhanced authentication [MQTT-4.12.0-3], or begins one anew on a connection
 * that has one [MQTT-4.12.1-1]. It allocates. What the broker said is in the properties of its packet.
 *
 * @param data borrowed during the call
 * @returns 0, BAD_ARGUMENT: there is nothing to answer, or no method [MQTT-4.12.0-7]; TOO_LARGE for this broker
 */
export function authenticate(session: Session, data: Uint8Array, now: number): number {
  "cold";
  const version5 = session.version5;
  const isEarly = session.phase === CONNECTING;
  if (!version5 || version5.authenticationMethod.length === 0) return BAD_ARGUMENT;
  if (!isEarly && session.phase !== CONNECTED) return BAD_ARGUMENT;
  const isNew = !isEarly && !version5.isReauthenticating;
  const code = isNew ? REAUTHENTICATE : CONTINUE_AUTHENTICATION;
  const packet = encodeAuth(code, version5, data);
  if (packet.length > version5.limits.maximumPacketSize) return TOO_LARGE; // [MQTT-3.2.2-15]
  version5.isReauthenticating = !isEarly;
  version5.authPacket = packet;
  session.outbox.idle = BUSY;
  session.now = now;
  pump(session);
  return 0;
}

function encodeAuth(code: number, version5: Version5, data: Uint8Array): Uint8Array {
  "cold";
  const method = version5.authenticationMethod;
  const properties = 1 + method.length + 3 + data.length;
  const remaining = 1 + varintSize(properties) + properties;
  const packet = new Uint8Array(1 + varintSize(remaining) + remaining);
  packet[0] = AUTH_BYTE;
  let at = encodeVarint(remaining, packet, 1);
  packet[at++] = code;
  at = encodeVarint(properties, packet, at);
  packet[at++] = AUTHENTICATION_METHOD;
  packet.set(method, at);
  at += method.length;
  packet[at++] = AUTHENTICATION_DATA;
  packet[at++] = data.length >> 8;
  packet[at++] = data.length;
  packet.set(data, at);
  return packet;
}
