import { Client } from "../../firmware/client/client.js";
import {
  ACKNOWLEDGED,
  AUTHENTICATION_EVENT,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  DROPPED,
  EXPIRED,
  GRANTED_EVENT,
  IN_DOUBT,
  OVERSIZE_EVENT,
  REMOVED_EVENT,
} from "../../firmware/session/event.js";
import type { Message } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import * as statuses from "../../firmware/status.js";
import { factsOf, propertiesIn } from "./mqtt-properties.js";
import { Arguments, type Facts, fromHex, readWords, show, utf8 } from "./notation.js";
import type { Version } from "./page.js";
import { KeepingLine, PlainLine } from "./subject-line.js";
import { clientOptions } from "./subject-options.js";

const CONNACK = fromHex("20 02 00 00");
const CONNACK_5 = fromHex("20 03 00 00 00");
const STATUS_NAMES = new Map(Object.entries(statuses).map(([name, value]) => [value, name]));
/** Options of SUBSCRIBE beside its QoS. */
const NO_LOCAL = 0x04;
const AS_PUBLISHED = 0x08;
const HANDLING_SHIFT = 4;

/** What the transport can do: see subject-line.ts. */
export type Manner = "plain" | "keeping";

/**
 * The client of the firmware, seen as the pages see it: bytes and calls go in, lines come out. All that the
 * pages and their runner know of the client's own interface is here.
 */
export class Subject implements ClientHandler {
  /** What the client told its application and wrote, one line each. */
  readonly log: string[] = [];
  private now = 0;
  private readonly version: Version;
  private readonly client: Client;
  private readonly filters: string[] = [];
  private readonly topics = new Map<string, Topic>();
  /** Tokens in the order of the publishes: a page counts them from 1. */
  private readonly tokens: number[] = [];
  /** What happens before the first step of a page is not its business. */
  private isWatched = false;
  private readonly line: PlainLine;

  /** @param phase `new`, `connecting`, `reconnecting` or `connected`: where the client is to stand */
  constructor(version: Version, phase: string, options: Arguments, manner: Manner) {
    this.version = version;
    const note = (entry: string) => this.note(entry);
    this.line = manner === "keeping" ? new KeepingLine(note) : new PlainLine(note);
    this.client = new Client(clientOptions(version, options), this.line, this, () => 0);
    if (phase !== "new") this.advance(phase, options.has("clean"));
    this.isWatched = true;
  }

  /** Bytes come from the broker. */
  receive(bytes: Uint8Array, offset: number, length: number): void {
    const take = (all: Uint8Array, from: number, count: number) =>
      this.client.handleBytes(all, from, count, this.now);
    this.line.receive(bytes, offset, length, take);
  }

  breaks(): void {
    this.client.handleClose(this.now);
  }

  /** Does what a line of a page says. */
  do(line: string): void {
    const [verb = "", name = "", ...words] = readWords(line);
    if (verb === "opens") this.client.handleOpen(this.now);
    else if (verb === "breaks") this.breaks();
    else if (verb === "wait") this.wait(Number(name));
    else this.call(name, new Arguments(words));
  }

  onMessage(message: Message): void {
    const { topicBytes, topicOffset, topicLength, bytes, payloadOffset, payloadLength } = message;
    this.note(
      show("message", [
        ["topic", topicBytes.slice(topicOffset, topicOffset + topicLength)],
        ["qos", (message.flags >> 1) & 3],
        ...flag("dup", (message.flags & 8) !== 0),
        ...flag("retain", (message.flags & 1) !== 0),
        ["payload", bytes.slice(payloadOffset, payloadOffset + payloadLength)],
        ...this.properties().filter(([name]) => name !== "topicAlias"),
        ...flag("truncated", message.isTruncated),
      ]),
    );
  }

  onEvent(kind: number, detail: number): void {
    if (this.isWatched) this.note(this.describe(kind, detail));
  }

  private note(entry: string): void {
    if (this.isWatched) this.log.push(entry);
  }

  private describe(kind: number, detail: number): string {
    const { reason } = this.client;
    switch (kind) {
      case CONNECTED_EVENT:
        return show("accepted", [...flag("present", detail === 1), ...this.properties()]);
      case DISCONNECTED_EVENT:
        return show(
          `closes ${nameOf(detail)}`,
          detail === statuses.REFUSED ? [...code(reason), ...this.properties()] : [],
        );
      case ACKNOWLEDGED:
        return show(`acknowledged ${this.numberOf(detail)}`, [
          ...count("reason", reason),
          ...this.properties(),
        ]);
      case IN_DOUBT:
        return `in doubt ${this.numberOf(detail)}`;
      case EXPIRED:
        return `expired ${this.numberOf(detail)}`;
      case DROPPED:
        return `dropped ${this.numberOf(detail)} ${nameOf(-reason)}`;
      case GRANTED_EVENT:
        return show("granted", [...this.filter(detail), ["qos", reason], ...this.properties()]);
      case DENIED_EVENT:
        return show("denied", [...this.filter(detail), ["reason", reason], ...this.properties()]);
      case REMOVED_EVENT:
        return show("removed", [
          ...this.filter(detail),
          ...count("reason", reason),
          ...this.properties(),
        ]);
      case OVERSIZE_EVENT:
        return `too large qos=${detail}`;
      case AUTHENTICATION_EVENT:
        return show(detail === 0 ? "authenticated" : "challenged", this.properties());
      case CLOSED_EVENT:
        return `closed left=${detail}`;
      default:
        throw new Error(`event ${kind}`);
    }
  }

  private properties(): Facts {
    const version5 = this.client.session.version5;
    return version5 ? factsOf(version5.properties) : [];
  }

  private filter(row: number): Facts {
    return [["filter", utf8(this.filters[row] ?? "")]];
  }

  private numberOf(token: number): number {
    return this.tokens.indexOf(token) + 1;
  }

  private call(name: string, given: Arguments): void {
    const result = this.result(name, given);
    if (result < 0) this.log.push(`returns ${nameOf(result)}`);
  }

  private result(name: string, given: Arguments): number {
    const { client, now } = this;
    const [word = ""] = given.words;
    if (name === "start") client.start(now);
    else if (name === "close") client.close(Number(word), now);
    else if (name === "abandon") client.abandon(now);
    else if (name === "publish") return this.publish(given);
    else if (name === "subscribe") return this.subscribe(word, given);
    else if (name === "unsubscribe") return client.unsubscribe(word, now);
    else if (name === "authenticate")
      return client.authenticate(given.bytes("data") ?? utf8(""), now);
    else throw new Error(`no such call: ${name}`);
    return 0;
  }

  private publish(given: Arguments): number {
    const payload = given.bytes("payload") ?? new Uint8Array(0);
    const topic = this.topic(given);
    // A handler may be told of the token before `publish` has returned it.
    const slot = this.tokens.push(-1) - 1;
    const token = this.client.publish(topic, payload, payload.length, this.now);
    this.tokens[slot] = token;
    return token;
  }

  /** An application makes a topic once: it keeps its alias. */
  private topic(given: Arguments): Topic {
    const key = JSON.stringify(
      [...given.entries(""), given.words].filter(([name]) => name !== "payload"),
    );
    const topic =
      this.topics.get(key) ??
      new Topic(given.text("topic") ?? "", {
        qos: given.number("qos", 0),
        retain: given.has("retain"),
        expirySeconds: given.number("messageExpiryInterval", 0),
        properties: propertiesIn(given, "", ["messageExpiryInterval"]),
      });
    this.topics.set(key, topic);
    return topic;
  }

  private subscribe(filter: string, given: Arguments): number {
    const options =
      given.number("qos", 0) |
      (given.has("noLocal") ? NO_LOCAL : 0) |
      (given.has("asPublished") ? AS_PUBLISHED : 0) |
      (given.number("retainHandling", 0) << HANDLING_SHIFT);
    const identifier = given.number("subscriptionIdentifier", 0);
    const row = this.client.subscribe(filter, options, this.now, identifier);
    if (row >= 0) this.filters[row] = filter;
    return row;
  }

  private wait(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.now + this.client.pollTimeout(this.now);
      if (next > end) break;
      this.now = next;
      this.client.handleTimeout(this.now);
    }
    this.now = end;
  }

  /** Goes through the purge of an earlier life, where there is one, up to the phase. */
  private advance(phase: string, isClean: boolean): void {
    const connack = this.version === "5" ? CONNACK_5 : CONNACK;
    this.client.start(this.now);
    this.client.handleOpen(this.now);
    if (!isClean && this.version !== "5") {
      this.receive(connack, 0, connack.length);
      this.wait(0);
      this.client.handleOpen(this.now);
    }
    if (phase === "connecting") return;
    this.receive(connack, 0, connack.length);
    if (phase === "connected") return;
    if (phase !== "reconnecting") throw new Error(`no such phase: ${phase}`);
    this.breaks();
    this.wait(0);
    this.client.handleOpen(this.now);
  }
}

function flag(name: string, isSet: boolean): (readonly [string, true])[] {
  return isSet ? [[name, true]] : [];
}

/** A number that is left out when it is 0. */
function count(name: string, value: number): Facts {
  return value === 0 ? [] : [[name, value]];
}

const code = (value: number): Facts => count("code", value);

function nameOf(status: number): string {
  return STATUS_NAMES.get(status) ?? `status ${status}`;
}
