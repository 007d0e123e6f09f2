import { Client } from "../../firmware/client/client.js";
import { Message } from "../../firmware/runtime/message.js";
import { ACKNOWLEDGED, IN_DOUBT } from "../../firmware/session/event.js";
import type { ClientOptions } from "../../firmware/session/options.js";
import type { Message as Fields } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import type { Topic } from "../../firmware/session/topic.js";
import { BrokerModel } from "./broker/broker.js";
import type { BrokerOptions } from "./broker/options.js";
import { defaultOptions } from "./client-rig.js";
import { CuttingLine } from "./cutting-line.js";
import { eventText } from "./event-text.js";

const NEVER = Number.POSITIVE_INFINITY;
const SLICE_MS = 5_000;
/** Steps without time passing after which something goes round in circles. */
const MOST_STEPS = 100_000;

/** A message that came to the application whole. */
export interface Arrival {
  readonly topic: string;
  readonly payload: string;
}

/** Our client and the broker model, with a line between them that breaks where it is told to. */
export class LineRig implements ClientHandler {
  now = 0;
  readonly broker: BrokerModel;
  readonly line: CuttingLine;
  readonly client: Client;
  /** What came to the application, in order. */
  readonly messages: Arrival[] = [];
  /** Of each publish that ended with an event: the event's kind, as often as it was told. */
  readonly outcomes = new Map<number, number[]>();
  /** What the client told, one line each. */
  readonly told: string[] = [];
  /** Called after everything that happens. */
  afterStep: () => void = () => undefined;
  /** Runs inside `onMessage`, behind all else. */
  inMessage: () => void = () => undefined;
  /** Runs inside `onEvent`, behind all else. */
  inEvent: (kind: number, detail: number) => void = () => undefined;
  private pieces = "";

  constructor(
    clientOptions: Partial<ClientOptions> = {},
    brokerOptions: Partial<BrokerOptions> = {},
    random: () => number = () => 0x80000000,
  ) {
    this.broker = new BrokerModel(brokerOptions);
    this.line = new CuttingLine(this.broker);
    const options = { ...defaultOptions(), ...clientOptions };
    this.client = new Client(options, this.line, this, random);
    this.line.attach(this.client);
  }

  onEvent(kind: number, detail: number): void {
    this.told.push(eventText(kind, detail, this.client.reason));
    if (kind >= ACKNOWLEDGED && kind <= IN_DOUBT) {
      const before = this.outcomes.get(detail) ?? [];
      this.outcomes.set(detail, [...before, kind]);
    }
    this.inEvent(kind, detail);
  }

  /** Puts pieces together; a first piece begins anew. */
  onMessage(fields: Fields): void {
    const message = new Message(fields);
    if (fields.position === 0) this.pieces = "";
    if (fields.position !== this.pieces.length) throw new Error(`a piece at ${fields.position}`);
    this.pieces += message.payloadText();
    if (fields.remaining === 0) {
      this.messages.push({ topic: message.topicText(), payload: this.pieces });
    }
    this.inMessage();
  }

  /** @returns the token, or a status */
  publish(topic: Topic, payload: string): number {
    const bytes = Buffer.from(payload);
    return this.client.publish(topic, bytes, bytes.length, this.now | 0);
  }

  /** The same from a source that gives at most `most` bytes at a time. */
  publishFrom(topic: Topic, payload: string, most: number): number {
    const bytes = Buffer.from(payload);
    const read = (position: number, out: Uint8Array, outOffset: number, limit: number): number =>
      bytes.copy(out, outOffset, position, position + Math.min(limit, most));
    return this.client.publishFrom(topic, { read }, bytes.length, this.now | 0);
  }

  /** Lets time pass until this is so, but no more than `ms`. */
  runUntil(isSo: () => boolean, ms: number): void {
    for (const end = this.now + ms; this.now < end && !isSo(); ) this.run(SLICE_MS);
  }

  /** Lets time pass, and with it all that happens. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const next = Math.min(this.untilClient(), this.broker.pollTimeout(this.now | 0));
      if (this.now + next > end) break;
      this.pass(next);
      this.client.handleTimeout(this.now | 0);
    }
    this.pass(end - this.now);
  }

  private pass(ms: number): void {
    this.now += ms;
    this.line.now = this.now | 0;
    this.broker.tick(this.now | 0);
  }

  /** Lets happen what needs no time. */
  settle(): void {
    for (let steps = 0; this.line.step(this.now | 0); steps++) {
      this.afterStep();
      if (steps > MOST_STEPS) throw new Error("the line never comes to rest");
    }
  }

  private untilClient(): number {
    const ms = this.client.pollTimeout(this.now | 0);
    return ms < 0x7fffffff ? ms : NEVER;
  }
}
