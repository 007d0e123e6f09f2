import { Client } from "../../firmware/client/client.js";
import { Message } from "../../firmware/runtime/message.js";
import { IN_DOUBT } from "../../firmware/session/event.js";
import type { ClientOptions } from "../../firmware/session/options.js";
import type { Message as Fields } from "../../firmware/session/parts.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import type { Topic } from "../../firmware/session/topic.js";
import type { TransportHandler } from "../../firmware/transport.js";
import { BrokerModel } from "./broker/broker.js";
import type { BrokerOptions } from "./broker/options.js";
import { defaultOptions } from "./client-rig.js";
import { CuttingLine } from "./cutting-line.js";
import { eventText } from "./event-text.js";
import { type Flash, PowerCut } from "./flash.js";

const NEVER = Number.POSITIVE_INFINITY;
/** Steps without time passing after which something goes round in circles. */
const MOST_STEPS = 100_000;
const BUFFER_BYTES = 96;

export interface PowerRigOptions {
  readonly flash: Flash;
  readonly client: Partial<ClientOptions>;
  readonly broker: Partial<BrokerOptions>;
  /** Bytes of the application's own in the journal. */
  readonly stateBytes: number;
  /** What was written to the line before power failed arrives all the same, or is lost with it. */
  readonly arrivesAfterwards: boolean;
  /** After how many moments power fails once more. */
  readonly nextCut: () => number;
}

/** A board whose power fails: a client with a journal in flash, a line and a broker model. */
export class PowerRig implements ClientHandler, TransportHandler {
  now = 0;
  readonly broker: BrokerModel;
  readonly line: CuttingLine;
  /** That of the present life. */
  client: Client;
  /** The application's state, as the client gave it at the beginning of this life. */
  state = new Uint8Array(0);
  lives = 1;
  /** What the client told, one line each. */
  readonly told: string[] = [];
  /** Runs at the beginning of each life but the first. */
  boot: () => void = () => undefined;
  inMessage: (payload: string) => void = () => undefined;
  /** Runs after everything that happens. */
  afterStep: () => void = () => undefined;
  /** Payloads by token, of all lives. */
  readonly payloads = new Map<number, string>();
  /** Tokens of publishes of which the client did not know what became of them. */
  readonly inDoubt: number[] = [];
  private readonly options: PowerRigOptions;
  private isDead = false;

  constructor(options: PowerRigOptions) {
    this.options = options;
    this.broker = new BrokerModel(options.broker);
    this.line = new CuttingLine(this.broker);
    this.line.attach(this);
    this.client = this.makeClient();
  }

  onEvent(kind: number, detail: number): void {
    this.told.push(eventText(kind, detail, this.client.reason));
    if (kind === IN_DOUBT) this.inDoubt.push(detail);
  }

  onMessage(fields: Fields): void {
    this.inMessage(new Message(fields).payloadText());
  }

  // What the line says goes to the present life, or to nobody.
  handleOpen(now: number): void {
    this.powered(() => this.client.handleOpen(now));
  }
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    if (this.isDead) return 0;
    // When power fails meanwhile the client has them, and knows what it has kept.
    return this.powered(() => this.client.handleBytes(bytes, offset, length, now)) ?? length;
  }
  handleWritable(now: number): void {
    this.powered(() => this.client.handleWritable(now));
  }
  handleClose(now: number): void {
    this.powered(() => this.client.handleClose(now));
  }

  /** Does what needs power. @returns its result; undefined when there is none, or none any more */
  powered<Result>(action: () => Result): Result | undefined {
    if (this.isDead) return undefined;
    try {
      return action();
    } catch (error) {
      if (!(error instanceof PowerCut)) throw error;
      this.isDead = true;
      return undefined;
    }
  }

  /** To be called by what has power. @returns the token or a status */
  publish(topic: Topic, payload: string): number {
    const bytes = Buffer.from(payload);
    const token = this.client.publish(topic, bytes, bytes.length, this.now | 0);
    this.payloads.set(token, payload);
    return token;
  }

  /** Lets time pass, and with it all that happens. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const next = Math.min(this.untilClient(), this.broker.pollTimeout(this.now | 0));
      if (this.now + next > end) break;
      this.pass(next);
      this.powered(() => this.client.handleTimeout(this.now | 0));
    }
    this.pass(end - this.now);
  }

  /** Lets happen what needs no time; power comes back at once. */
  settle(): void {
    for (let steps = 0; this.isDead || this.line.step(this.now | 0); steps++) {
      if (this.isDead) this.restart();
      else this.afterStep();
      if (steps > MOST_STEPS) throw new Error("it never comes to rest");
    }
  }

  private restart(): void {
    while (this.options.arrivesAfterwards && this.line.step(this.now | 0));
    this.broker.clientRestarted("mote-b");
    this.options.flash.powerUp(this.options.nextCut());
    this.isDead = false;
    this.lives++;
    const client = this.powered(() => this.makeClient());
    if (client === undefined) return;
    this.client = client;
    this.boot();
  }

  private makeClient(): Client {
    this.state = new Uint8Array(this.options.stateBytes);
    const journal = {
      store: this.options.flash,
      buffer: new Uint8Array(BUFFER_BYTES),
      state: this.state,
    };
    const options = { ...defaultOptions(), ...this.options.client, journal };
    return new Client(options, this.line, this, () => 0x80000000);
  }

  private pass(ms: number): void {
    this.now += ms;
    this.line.now = this.now | 0;
    this.broker.tick(this.now | 0);
  }

  private untilClient(): number {
    const ms = this.client.pollTimeout(this.now | 0);
    return ms < 0x7fffffff ? ms : NEVER;
  }
}
