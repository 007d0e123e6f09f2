import assert from "node:assert/strict";
import type { IConnackPacket, IPublishPacket } from "mqtt-packet";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { ClientRig } from "../../sim/client-rig.js";

/** A client of MQTT 5 that stands connected to a broker which says this of itself. */
export function connected(
  options: Partial<ClientOptions> = {},
  properties: IConnackPacket["properties"] = {},
): ClientRig {
  const rig = new ClientRig({ protocolVersion: 5, ...options });
  rig.connect({ properties });
  return rig;
}

/** One that has sent CONNECT and awaits the answer. */
export function connecting(options: Partial<ClientOptions> = {}): ClientRig {
  const rig = new ClientRig({ protocolVersion: 5, ...options });
  rig.client.start(rig.now);
  rig.transport.opens(rig.now);
  return rig;
}

/** The connection is lost, and the client comes back to a broker that has its session. */
export function resume(rig: ClientRig, properties: IConnackPacket["properties"] = {}): void {
  rig.transport.breaks(rig.now);
  rig.transport.take();
  rig.reconnect({ sessionPresent: true, properties });
}

/** A message from the broker. */
export function message(
  qos: 0 | 1 | 2,
  messageId = 7,
  more: Partial<IPublishPacket> = {},
): IPublishPacket {
  const id = qos === 0 ? {} : { messageId };
  const flags = { qos, retain: false, dup: false };
  return { cmd: "publish", topic: "c", payload: `${messageId}`, ...flags, ...id, ...more };
}

/** The client ended the connection for this status, and said this reason in a DISCONNECT before. */
export function assertEnded(rig: ClientRig, status: number, reason: number, what = ""): void {
  assert.equal(rig.told.at(-1), `disconnected ${status} 0`, what);
  assert.equal(rig.written().at(-1), `disconnect ${reason}`, what);
  assert.equal(rig.transport.calls.at(-1), "close", what);
}

/** Says raw bytes to a connected client and expects that it ends the connection. */
export function endsFor(status: number, reason: number, bytes: readonly number[]): void {
  const rig = connected();
  rig.transport.saysBytes(Uint8Array.from(bytes), rig.now);
  assertEnded(rig, status, reason, `for ${bytes}`);
}

/** A PUBLISH of QoS 0 to topic "a" with these property bytes and no payload. */
export function withProperties(...properties: readonly number[]): number[] {
  return [0x30, 4 + properties.length, 0, 1, 0x61, properties.length, ...properties];
}

/** Codes from 0 to 255 for which `isTaken` holds. */
export function codesThat(isTaken: (code: number) => boolean): number[] {
  return Array.from({ length: 256 }, (_, code) => code).filter(isTaken);
}
