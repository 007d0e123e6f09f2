import type { TestContext } from "node:test";
import { Client } from "../../firmware/client/client.js";
import { BOARD, Link, type LinkStatistics } from "../../firmware/link/link.js";
import { writeInteger } from "../../firmware/payload/integer.js";
import { Alarm, now } from "../../firmware/platform/node/clock.js";
import { random } from "../../firmware/platform/node/random.js";
import { clientOptions } from "../../firmware/runtime/client-options.js";
import { LinkTransport } from "../../firmware/runtime/link-transport.js";
import { ACKNOWLEDGED } from "../../firmware/session/event.js";
import type { ClientHandler } from "../../firmware/session/session.js";
import { Topic } from "../../firmware/session/topic.js";
import { encodeText } from "../../firmware/wire/text.js";
import { openPty, type PtyPair } from "../../host/sim/pty.js";

const PAYLOAD_BYTES = 16;
const OUTBOX_BYTES = 4_096;

/**
 * The real firmware behind a real pty, with an application that has so many numbered readings to
 * publish at QoS 1 and waits for room in the outbox: it drops nothing.
 */
export class NumberedBoard implements ClientHandler {
  /** Readings the broker has acknowledged. */
  acknowledged = 0;
  private readonly count: number;
  private readonly pty: PtyPair;
  private readonly link: Link;
  private readonly transport: LinkTransport;
  private readonly client: Client;
  private readonly topic: Topic;
  private readonly payload = new Uint8Array(PAYLOAD_BYTES);
  private readonly alarm = new Alarm(() => this.turn());
  private unread: Uint8Array = new Uint8Array(0);
  private next = 0;

  private constructor(name: string, count: number, pty: PtyPair) {
    this.count = count;
    this.pty = pty;
    this.topic = new Topic(`mote/${name}/counter`, { qos: 1 });
    this.link = new Link({
      role: BOARD,
      identity: encodeText(name),
      epoch: random(),
      random,
      maximumPayload: 240,
      window: 8,
    });
    this.transport = new LinkTransport(this.link, pty);
    const options = clientOptions(
      { board: name, outboxBytes: OUTBOX_BYTES },
      `mote/${name}/status`,
    );
    this.client = new Client(options, this.transport, this, random);
    this.transport.attach(this.client);
  }

  static async start(context: TestContext, name: string, count: number): Promise<NumberedBoard> {
    const board = new NumberedBoard(name, count, await openPty());
    context.after(() => board.close());
    board.pty.onData((bytes) => board.receive(bytes));
    board.pty.onDrain(() => board.turn());
    board.client.start(now());
    board.turn();
    return board;
  }

  /** What a gateway opens. */
  get path(): string {
    return this.pty.path;
  }

  get statistics(): Readonly<LinkStatistics> {
    return this.link.statistics;
  }

  onEvent(kind: number): void {
    if (kind === ACKNOWLEDGED) this.acknowledged++;
  }

  onMessage(): void {
    return;
  }

  private receive(bytes: Uint8Array): void {
    this.unread = this.unread.length === 0 ? bytes : Buffer.concat([this.unread, bytes]);
    this.turn();
  }

  private turn(): void {
    const time = now();
    const taken = this.transport.handleSerial(this.unread, 0, this.unread.length, time);
    this.unread = this.unread.subarray(taken);
    this.client.handleTimeout(time);
    this.publish(time);
    this.transport.turn(time);
    this.alarm.set(Math.min(this.client.pollTimeout(time), this.transport.pollTimeout(time)));
  }

  private publish(time: number): void {
    while (this.next < this.count) {
      const length = writeInteger(this.next, this.payload, 0, this.payload.length);
      if (this.client.publish(this.topic, this.payload, length, time) < 0) return;
      this.next++;
    }
  }

  private close(): void {
    this.alarm.clear();
    this.pty.close();
  }
}
