import type { ClientOptions } from "../session/options.js";
import { encodeText } from "../wire/text.js";
import type { ByteBuffer, MqttClientOptions } from "./mqtt-options.js";

const NO_BYTES = new Uint8Array(0);

/** The bytes of a buffer; of an ArrayBuffer through a view that is made for it. */
export function bytesOf(data: ByteBuffer | null): Uint8Array {
  if (data === null) return NO_BYTES;
  return data instanceof Uint8Array ? data : new Uint8Array(data);
}

function bytesOrText(data: string | ByteBuffer): Uint8Array {
  return typeof data === "string" ? encodeText(data) : bytesOf(data);
}

/** What ECMA-419's options mean to a session, with what they leave open. */
export function sessionOptions(options: MqttClientOptions): ClientOptions {
  const will = options.will;
  const password = options.password;
  const session: ClientOptions = {
    clientId: options.id ?? "",
    cleanSession: options.clean ?? true,
    keepAliveSeconds: Math.ceil((options.keepalive ?? 0) / 1000),
    userName: options.user,
    password: password === undefined ? undefined : bytesOrText(password),
    will: will && {
      topic: will.topic,
      payload: bytesOrText(will.message ?? ""),
      qos: will.QoS ?? 0,
      retain: will.retain ?? false,
    },
    receiveBuffer: new Uint8Array(256),
    arena: new Uint8Array(1024),
    streamBuffer: new Uint8Array(64),
    receivesPieces: true,
    inFlightWindow: 8,
    subscriptionCapacity: 8,
    inboxCapacity: 24,
    resendsDoubtful: true,
    answerTimeoutMs: 10_000,
    openTimeoutMs: 30_000,
    stableMs: 10_000,
    backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
  };
  return Object.assign(session, options.session);
}
