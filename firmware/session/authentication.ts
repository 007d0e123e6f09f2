import { equalBytes } from "../bytes.js";
import { PROTOCOL_ERROR } from "../status.js";
import { AUTH } from "../wire/packet-type.js";
import { AUTHENTICATION_METHOD } from "../wire/property-id.js";
import { SUCCESS } from "../wire/reason-code.js";
import { AUTHENTICATION_EVENT } from "./event.js";
import { readReason } from "./inbound5.js";
import { PACKET } from "./parts.js";
import { CONNECTING, type Session } from "./session.js";
import type { Version5 } from "./version5.js";

/** Tells whether the properties of a packet name the client's own method, or none where it has none. [MQTT-4.12.0-5] */
export function isMethodKept(version5: Version5): boolean {
  "cold";
  const properties = version5.properties;
  const method = version5.authenticationMethod;
  const isNamed = properties.find(AUTHENTICATION_METHOD);
  const isSame =
    isNamed &&
    properties.length + 2 === method.length &&
    equalBytes(properties.bytes, properties.offset, method, 2, properties.length);
  properties.rewind();
  return isNamed ? isSame : method.length === 0;
}

/** AUTH came. @returns 0, or why the connection must end */
export function handleAuth(session: Session): number {
  "cold";
  const version5 = session.version5 as Version5;
  const isAsked = session.phase === CONNECTING || version5.isReauthenticating;
  if (version5.authenticationMethod.length === 0 || !isAsked) return PROTOCOL_ERROR; // [MQTT-4.12.0-6]
  const code = readReason(session, AUTH, session.inbound.body);
  if (code < 0) return code;
  if (code === SUCCESS && session.phase === CONNECTING) return PROTOCOL_ERROR; // that is CONNACK's to say
  if (!isMethodKept(version5)) return PROTOCOL_ERROR;
  if (code === SUCCESS) version5.isReauthenticating = false;
  session.dueAt = (session.now + session.settings.answerMs) | 0;
  session.reason = code;
  session.handler.onEvent(AUTHENTICATION_EVENT, code, session.now);
  return 0;
}

/** Chooses the AUTH that waits, if one does: it alone may go out before CONNACK. [MQTT-3.1.2-30] */
export function chooseAuth(session: Session): boolean {
  "cold";
  const version5 = session.version5;
  if (!version5 || version5.authPacket.length === 0 || session.phase < CONNECTING) return false;
  const outbound = session.outbound;
  outbound.source = PACKET;
  outbound.bytes = version5.authPacket;
  outbound.offset = 0;
  outbound.length = version5.authPacket.length;
  version5.authPacket = version5.noBytes;
  return true;
}
