import {
  AT_LEAST_ONCE,
  Client,
  type ClientHandler,
  type ClientOptions,
} from "../../firmware/client/client.js";
import { Message } from "../../firmware/runtime/message.js";
import type { PublishFields } from "../../firmware/wire/publish.js";
import { BrokerModel } from "./broker/broker.js";
import type { BrokerOptions } from "./broker/options.js";
import { defaultOptions, TOPIC } from "./client-rig.js";
import { CuttingLine } from "./cutting-line.js";

const NEVER = Number.POSITIVE_INFINITY;
/** Steps without time passing after which something goes round in circles. */
const MOST_STEPS = 100_000;

/** Our client and the broker model, with a line between them that breaks where it is told to. */
export class LineRig implements ClientHandler {
  now = 0;
  readonly broker: BrokerModel;
  readonly line: CuttingLine;
  readonly client: Client;
  /** Payloads that came to the application, in order. */
  readonly messages: string[] = [];
  /** Tokens of publishes that were acknowledged, in order. */
  readonly acknowledged: number[] = [];
  /** What else the client told, one line each. */
  readonly told: string[] = [];
  /** Called after everything that happens. */
  afterStep: () => void = () => undefined;

  constructor(
    clientOptions: Partial<ClientOptions> = {},
    brokerOptions: Partial<BrokerOptions> = {},
  ) {
    this.broker = new BrokerModel(brokerOptions);
    this.line = new CuttingLine(this.broker);
    const options = { ...defaultOptions(), ...clientOptions };
    this.client = new Client(options, this.line, this, () => 0x80000000);
    this.line.attach(this.client);
  }

  onConnected(isSessionPresent: boolean): void {
    this.told.push(`connected ${isSessionPresent}`);
  }
  onMessage(fields: PublishFields): void {
    this.messages.push(new Message(fields).payloadText());
  }
  onAcknowledged(token: number): void {
    this.acknowledged.push(token);
  }
  onInDoubt(token: number): void {
    this.told.push(`in doubt ${token}`);
  }
  onSubscribed(row: number, isGranted: boolean): void {
    this.told.push(`subscribed ${row} ${isGranted}`);
  }
  onDisconnected(status: number, code: number): void {
    this.told.push(`disconnected ${status} ${code}`);
  }
  onClosed(left: number): void {
    this.told.push(`closed ${left}`);
  }

  publish(payload: string, flags = AT_LEAST_ONCE): number {
    const bytes = Buffer.from(payload);
    return this.client.publish(TOPIC, bytes, bytes.length, flags, this.now | 0);
  }

  /** Lets time pass, and with it all that happens. */
  run(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const next = Math.min(this.untilClient(), this.broker.pollTimeout(this.now | 0));
      if (this.now + next > end) break;
      this.now += next;
      this.broker.tick(this.now | 0);
      this.client.handleTimeout(this.now | 0);
    }
    this.now = end;
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
