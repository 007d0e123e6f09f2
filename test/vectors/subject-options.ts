import type { ClientOptions } from "../../firmware/session/options.js";
import type { Will } from "../../firmware/wire/connect.js";
import { propertiesIn } from "./mqtt-properties.js";
import type { Arguments } from "./notation.js";
import type { Version } from "./page.js";

/** Properties of CONNECT for which the client has options of their own. */
const OWN = [
  "sessionExpiryInterval",
  "receiveMaximum",
  "maximumPacketSize",
  "topicAliasMaximum",
  "authenticationMethod",
  "authenticationData",
];

/** What a client is made with, as the first line of a vector gives it. */
export function clientOptions(version: Version, given: Arguments): ClientOptions {
  const method = given.text("authenticationMethod");
  return {
    protocolVersion: version === "5" ? 5 : 4,
    clientId: given.text("clientId") ?? "c",
    keepAliveSeconds: given.number("keepAlive", 0),
    will: willIn(given),
    userName: given.text("userName"),
    password: given.bytes("password"),
    cleanSession: given.has("clean"),
    sessionExpirySeconds: given.number("sessionExpiryInterval", 0),
    topicAliasMaximum: given.number("aliases", 0),
    aliasCapacity: given.number("ownAliases", 0),
    maximumPacketSize: given.number("maximumPacketSize", 0),
    properties: propertiesIn(given, "", OWN),
    authentication:
      method === undefined ? undefined : { method, data: given.bytes("authenticationData") },
    // Filled, so that nothing depends on a buffer that begins as zeros.
    receiveBuffer: new Uint8Array(given.number("receive", 256)).fill(0xa5),
    arena: new Uint8Array(given.number("arena", 512)).fill(0xa5),
    inFlightWindow: given.number("window", 4),
    subscriptionCapacity: given.number("subscriptions", 4),
    inboxCapacity: given.number("inbox", 4),
    resendsDoubtful: given.has("resendsDoubtful"),
    answerTimeoutMs: 10_000,
    openTimeoutMs: 0,
    stableMs: 10_000,
    backoff: { baseMs: 1_000, capMs: 60_000, refusedMs: 600_000 },
  };
}

function willIn(given: Arguments): Will | undefined {
  const topic = given.text("will");
  if (topic === undefined) return undefined;
  return {
    topic,
    payload: given.bytes("willPayload") ?? new Uint8Array(0),
    qos: given.number("willQos", 0),
    retain: given.has("willRetain"),
    delaySeconds: given.number("will.willDelayInterval", 0),
    properties: propertiesIn(given, "will.", ["willDelayInterval"]),
  };
}
