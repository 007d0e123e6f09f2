import type { ClientOptions } from "../session/options.js";
import { encodeText } from "../wire/text.js";
import type { MoteConfig } from "./config.js";

/** Commands that a board can have. */
export const MAXIMUM_COMMANDS = 16;

/** More than the 20 that mosquitto keeps in flight unless told otherwise. */
const INBOX_CAPACITY = 24;

/** What a board promises its broker and itself, from its configuration. */
export function clientOptions(config: MoteConfig, statusTopic: string): ClientOptions {
  return {
    clientId: config.clientId ?? `mote-${config.board}`,
    keepAliveSeconds: config.keepAliveSeconds ?? 60,
    will: { topic: statusTopic, payload: encodeText("offline"), qos: 1, retain: true },
    userName: config.userName,
    password: config.password,
    cleanSession: false,
    receiveBuffer: new Uint8Array(config.receiveBytes ?? 256),
    arena: new Uint8Array(config.outboxBytes ?? 2048),
    inFlightWindow: 8,
    subscriptionCapacity: MAXIMUM_COMMANDS,
    inboxCapacity: INBOX_CAPACITY,
    resendsDoubtful: true,
    answerTimeoutMs: 10_000,
    openTimeoutMs: config.openTimeoutMs ?? 0,
    stableMs: 10_000,
    backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
  };
}
