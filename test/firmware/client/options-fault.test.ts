import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsFault } from "../../../firmware/client/options-fault.js";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { defaultOptions } from "../../sim/client-rig.js";

const will = { topic: "t", payload: new Uint8Array(1), qos: 0, retain: false };
const backoff = { baseMs: 10, capMs: 20, refusedMs: 30 };
const method = { method: "m" };

/** Options that cannot be, and the beginning of what is said of them. */
const FAULTS: readonly (readonly [Partial<ClientOptions>, RegExp])[] = [
  [{ clientId: "" }, /^client identifier: may be empty only/],
  [{ clientId: "a\0b" }, /^client identifier: .*U\+0000/],
  [{ clientId: "é".repeat(32_768) }, /^client identifier: at most 65535/],
  [{ userName: "x".repeat(65_536) }, /^userName/],
  [{ password: new Uint8Array(1) }, /^password: needs a user name/],
  [{ userName: "u", password: new Uint8Array(65_536) }, /^password: 0 to 65535 bytes/],
  [{ will: { ...will, topic: "a/#" } }, /^will: its topic/],
  [{ will: { ...will, topic: "" } }, /^will: its topic/],
  [{ will: { ...will, qos: 3 } }, /^will: QoS: 0 to 2/],
  [{ will: { ...will, qos: Number.NaN } }, /^will: QoS/],
  [{ will: { ...will, payload: new Uint8Array(65_536) } }, /^will: payload/],
  [{ will: { ...will, delaySeconds: -1 } }, /^will: delaySeconds/],
  [{ receiveBuffer: new Uint8Array(15) }, /^receiveBuffer: 16 to/],
  [{ arena: new Uint8Array(31) }, /^arena: 32 to 65535 bytes/],
  [{ arena: new Uint8Array(65_536) }, /^arena/],
  [{ streamBuffer: new Uint8Array(15) }, /^streamBuffer/],
  [{ inFlightWindow: 0 }, /^inFlightWindow: 1 to 65535/],
  [{ inFlightWindow: 1.5 }, /^inFlightWindow/],
  [{ subscriptionCapacity: 241 }, /^subscriptionCapacity: 0 to 240/],
  [{ inboxCapacity: 0 }, /^inboxCapacity/],
  [{ maximumMessages: -1 }, /^maximumMessages/],
  [{ outcomeCapacity: 12 }, /^outcomeCapacity: a power of two/],
  [{ outcomeCapacity: 65_536 }, /^outcomeCapacity: 0 to 32768/],
  [{ keepAliveSeconds: 65_536 }, /^keepAliveSeconds: 0 to 65535/],
  [{ keepAliveSeconds: 0.5 }, /^keepAliveSeconds/],
  [{ answerTimeoutMs: 0 }, /^answerTimeoutMs/],
  [{ openTimeoutMs: -1 }, /^openTimeoutMs/],
  [{ stableMs: 2 ** 31 }, /^stableMs/],
  [{ backoff: { ...backoff, baseMs: Number.NaN } }, /^backoff: baseMs/],
  [{ backoff: { ...backoff, capMs: 9 } }, /^backoff: capMs: 10 to/],
  [{ backoff: { ...backoff, refusedMs: -1 } }, /^backoff: refusedMs/],
  [{ protocolVersion: 3 }, /^protocolVersion: 4 to 5/],
  [{ sessionExpirySeconds: 2 ** 32 }, /^sessionExpirySeconds/],
  [{ topicAliasMaximum: 65_536 }, /^topicAliasMaximum/],
  [{ maximumPacketSize: 268_435_461 }, /^maximumPacketSize/],
  [{ aliasCapacity: 256 }, /^aliasCapacity: 0 to 255/],
  [{ aliasTopicBytes: 0 }, /^aliasTopicBytes/],
  [{ authentication: method }, /^authentication: needs MQTT 5/],
  [{ protocolVersion: 5, authentication: { method: "" } }, /^authentication: needs a method/],
  [
    { protocolVersion: 5, authentication: { ...method, data: new Uint8Array(65_536) } },
    /^authentication: data/,
  ],
];

for (const [options, phrase] of FAULTS) {
  const shown = JSON.stringify(options, (_, value) => brief(value));
  test(`options with ${shown} are wrong, and the phrase says what`, () => {
    assert.match(optionsFault({ ...defaultOptions(), ...options }), phrase);
  });
}

function brief(value: unknown): unknown {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "string" && value.length > 20 ? `${value.length} characters` : value;
}

test("options that can be have no fault, at their limits too", () => {
  const right: readonly Partial<ClientOptions>[] = [
    {},
    { clientId: "", cleanSession: true },
    { clientId: "", protocolVersion: 5 },
    { protocolVersion: 5, password: new Uint8Array(1) },
    { protocolVersion: 4, keepAliveSeconds: 65_535, subscriptionCapacity: 0 },
    { arena: new Uint8Array(65_535), receiveBuffer: new Uint8Array(16) },
    { will: { ...will, qos: 2, delaySeconds: 0xffffffff } },
    { outcomeCapacity: 0 },
    { outcomeCapacity: 32_768, maximumMessages: 1, openTimeoutMs: 0 },
    { protocolVersion: 5, authentication: method, aliasCapacity: 255, aliasTopicBytes: 1 },
    { backoff: { baseMs: 0, capMs: 0, refusedMs: 0 } },
  ];
  for (const options of right) assert.equal(optionsFault({ ...defaultOptions(), ...options }), "");
});
