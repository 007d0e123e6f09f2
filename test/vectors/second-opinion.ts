import { type Packet, parser } from "mqtt-packet";
import { type Facts, show, utf8 } from "./notation.js";
import type { Version } from "./page.js";

/** What a packet of `mqtt-packet` may carry, whatever its type. */
type Fields = Record<string, unknown>;

/** Names in the order in which the line of a page gives them. */
const FIELDS: readonly [field: string, name: string][] = [
  ["protocolId", "protocol"],
  ["protocolVersion", "level"],
  ["clean", "clean"],
  ["keepalive", "keepAlive"],
  ["sessionPresent", "present"],
  ["returnCode", "code"],
  ["reasonCode", "reason"],
  ["topic", "topic"],
  ["qos", "qos"],
  ["dup", "dup"],
  ["retain", "retain"],
  ["messageId", "id"],
  ["granted", "codes"],
  ["unsubscriptions", "filter"],
  ["clientId", "clientId"],
  ["payload", "payload"],
  ["username", "userName"],
  ["password", "password"],
];
/** Fields that `mqtt-packet` gives to every packet and that only some have. */
const ONLY_IN: Readonly<Record<string, readonly string[]>> = {
  qos: ["publish"],
  dup: ["publish"],
  retain: ["publish"],
  topic: ["publish"],
  payload: ["publish"],
};

/**
 * How `mqtt-packet`, a parser that shares nothing with ours, reads bytes that begin with a packet.
 *
 * @returns a line for each packet, then `refused` when it gives up, `throws` when it falls, or `incomplete`
 *   when bytes are left over
 */
export function readBySecondOpinion(bytes: Uint8Array, version: Version): string[] {
  const lines: string[] = [];
  const reader = parser({ protocolVersion: version === "5" ? 5 : 4 });
  let isOver = false;
  const end = (word: string) => {
    if (!isOver) lines.push(word);
    isOver = true;
  };
  reader.on("packet", (packet: Packet) => {
    if (!isOver) lines.push(showPacket(packet));
  });
  reader.on("error", () => end("refused"));
  try {
    if (reader.parse(Buffer.from(bytes)) > 0) end("incomplete");
  } catch {
    end("throws");
  }
  return lines.length > 0 ? lines : ["incomplete"];
}

function showPacket(packet: Packet): string {
  const fields = packet as unknown as Fields;
  const facts = FIELDS.flatMap(([field, name]) => factOf(name, fields[field], field, packet.cmd));
  if ("subscriptions" in packet) facts.push(...packet.subscriptions.flatMap(subscriptionFacts));
  facts.push(...propertyFacts(fields["properties"]));
  if (packet.cmd === "connect" && packet.will) facts.push(...willFacts(packet.will as Fields));
  return show(packet.cmd, facts);
}

function factOf(name: string, value: unknown, field: string, cmd: string): Facts {
  const packets = ONLY_IN[field];
  if (value === undefined || value === null || (packets && !packets.includes(cmd))) return [];
  if (field === "granted") return [[name, String(value) || "none"]];
  if (Array.isArray(value)) return value.map((one) => [name, utf8(String(one))]);
  return [...valueFacts(name, value)];
}

/** A flag that is false is left out; text stands as its bytes. */
function valueFacts(name: string, value: unknown): Facts {
  if (value === false) return [];
  if (value === true) return [[name, true]];
  if (typeof value === "number") return [[name, value]];
  if (typeof value === "string") return [[name, utf8(value)]];
  if (value instanceof Uint8Array) return [[name, value]];
  return [[name, JSON.stringify(value)]];
}

function subscriptionFacts(subscription: object): Facts {
  const { topic, qos, nl, rap, rh } = subscription as Fields;
  const flags: (readonly [string, true])[] = [];
  if (nl === true) flags.push(["noLocal", true]);
  if (rap === true) flags.push(["asPublished", true]);
  const handling: Facts = typeof rh === "number" && rh > 0 ? [["retainHandling", rh]] : [];
  return [["filter", utf8(String(topic))], ["qos", Number(qos)], ...flags, ...handling];
}

function willFacts(will: Fields): Facts {
  const names = ["topic", "payload", "qos", "retain"];
  const facts = names.flatMap((name) => [...valueFacts(`will.${name}`, will[name])]);
  const properties = propertyFacts(will["properties"]);
  return [...facts, ...properties.map(([name, value]) => [`will.${name}`, value] as const)];
}

/** Properties in the order of the packet; a flag of one byte as 0 or 1, a repeated one several times. */
function propertyFacts(properties: unknown): Facts {
  if (typeof properties !== "object" || properties === null) return [];
  return Object.entries(properties).flatMap(([name, value]): Facts => {
    if (name === "userProperties") return userFacts(value);
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.flatMap((one) => [
      ...valueFacts(name, typeof one === "boolean" ? Number(one) : one),
    ]);
  });
}

function userFacts(pairs: unknown): Facts {
  const entries: [string, unknown][] = Object.entries(pairs ?? {});
  return entries.flatMap(([name, value]) => {
    const values: unknown[] = Array.isArray(value) ? value : [value];
    return values.map((one) => [`user.${JSON.stringify(name)}`, utf8(String(one))] as const);
  });
}
