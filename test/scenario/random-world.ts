import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import { CONNECTED_EVENT } from "../../firmware/session/event.js";
import { LAST_PACKET_ID } from "../../firmware/session/outbox.js";
import type { Topic } from "../../firmware/session/topic.js";
import type { Connection } from "../sim/broker/connection.js";
import type { Delivery } from "../sim/broker/session.js";
import { LineRig } from "../sim/line-rig.js";
import { Random } from "../sim/random.js";
import type { Cast } from "./random-plan.js";

export const CLIENT_ID = "mote-b";
const LEAVES_AT = 4;

/** A publish that the client took. */
export interface Entry {
  readonly token: number;
  readonly name: string;
  readonly topic: Topic;
  /** Sessions that the broker had begun when it was taken, or the client first stood connected. */
  bornIn: number;
  /** The same when it ended. */
  endedIn: number;
}

/** A message from the broker to the client. */
export interface Parcel {
  readonly name: string;
  readonly delivery: Delivery;
}

/** A client, a broker and what each of them was asked for. */
export class RandomWorld {
  readonly cast: Cast;
  readonly rig: LineRig;
  readonly entries: Entry[] = [];
  readonly parcels: Parcel[] = [];
  /** Filters that the application wants. */
  readonly wanted = new Set<string>();
  refused = 0;
  /** Sessions that the broker began for the client. */
  sessions = 0;
  isDown = false;
  /** Others that came with the client's identifier. */
  others: Connection[] = [];
  private echoesLeft: number;
  private leavesLeft: number;
  private messages = 0;
  private names = 0;
  private isSourceWaiting = false;
  private hasConnected = false;

  constructor(cast: Cast) {
    this.cast = cast;
    this.echoesLeft = cast.echoes;
    this.leavesLeft = cast.leaves;
    const random = new Random(cast.seed);
    this.rig = new LineRig(cast.client, cast.broker, () => random.next());
    this.rig.line.joinsPairs = cast.joinsPairs;
    // Of a piece in which it leaves nobody could say what it has seen.
    if (cast.leaves > 0) this.rig.line.pieceLength = 1;
    const begin = this.rig.broker.newSession.bind(this.rig.broker);
    this.rig.broker.newSession = (clientId) => {
      this.sessions++;
      return begin(clientId);
    };
    this.rig.afterStep = () => this.wakeSource();
    this.rig.inMessage = () => this.handleMessage();
    this.rig.inEvent = (kind, detail) => this.handleEvent(kind, detail);
  }

  get now(): number {
    return this.rig.now | 0;
  }

  publish(topic: Topic, length: number): void {
    const name = this.newName();
    this.note(topic, name, this.rig.publish(topic, pad(name, length)));
  }

  /** @param manner how the source behaves: it may wait, or give up in the middle */
  stream(topic: Topic, length: number, manner: number): void {
    const name = this.newName();
    const bytes = Buffer.from(pad(name, length));
    let waits = manner & 3;
    const failsAt = (manner & 0x1c) === 0 ? length >> 1 : length;
    const read = (position: number, out: Uint8Array, offset: number, limit: number): number => {
      if (position >= failsAt && position > 0) return -1;
      this.isSourceWaiting = waits-- > 0;
      return this.isSourceWaiting ? 0 : bytes.copy(out, offset, position, position + limit);
    };
    const token = this.rig.client.publishFrom(topic, { read }, bytes.length, this.now);
    this.note(topic, name, token);
    this.wakeSource();
  }

  /** The broker has a message for whoever wants it. */
  say(topic: string, qos: 0 | 1 | 2, length: number, expiry: number): void {
    const name = `d${this.parcels.length}`;
    const properties = expiry > 0 ? { messageExpiryInterval: expiry } : {};
    const deliveries = this.rig.broker.publish(topic, pad(name, length), { qos, properties });
    for (const delivery of deliveries) this.parcels.push({ name, delivery });
  }

  /** Another client comes with the same identifier and keeps quiet. */
  takeOver(): void {
    const session = this.rig.broker.sessions.get(CLIENT_ID);
    if (this.isDown || session === undefined) return;
    const { version, client } = this.cast;
    const sessionExpiryInterval = client.sessionExpirySeconds ?? 0xffffffff;
    const bytes = generate({
      cmd: "connect",
      clientId: CLIENT_ID,
      protocolVersion: version,
      clean: false,
      ...(version === 5 ? { properties: { sessionExpiryInterval } } : {}),
    });
    // A session that is over would be lost to it without our client's knowledge.
    if (session.expiresAt !== undefined && session.expiresAt <= this.rig.broker.at + 1) return;
    const other = this.rig.broker.connect(this.now);
    other.handleBytes(bytes, this.now);
    this.others.push(other);
  }

  othersLeave(): void {
    for (const other of this.others.splice(0)) other.lost(this.now);
  }

  /** A publish may be made while another makes room for itself. */
  private newName(): string {
    return `u${this.names++}`;
  }

  private note(topic: Topic, name: string, token: number): void {
    if (token < 0) {
      this.refused++;
      return;
    }
    const { sessions } = this;
    // What ends before its token is known does not end with an event.
    this.entries.push({ token, name, topic, bornIn: sessions, endedIn: sessions });
  }

  private wakeSource(): void {
    while (this.isSourceWaiting) {
      this.isSourceWaiting = false;
      this.rig.client.handleWritable(this.now);
    }
  }

  private handleMessage(): void {
    this.messages++;
    const { pausesAt, topics } = this.cast;
    const { client } = this.rig;
    if (this.leavesLeft > 0 && this.messages % LEAVES_AT === 0) {
      this.leavesLeft--;
      client.abandon(this.now);
      client.start(this.now);
    }
    if (pausesAt > 0 && this.messages % pausesAt === 0) client.pause();
    if (this.echoesLeft === 0) return;
    this.echoesLeft--;
    this.publish(topics[this.messages % topics.length], 8);
  }

  private handleEvent(kind: number, detail: number): void {
    if (kind === CONNECTED_EVENT && !this.hasConnected) {
      this.hasConnected = true;
      for (const entry of this.entries) entry.bornIn = entry.endedIn = this.sessions;
    }
    const entry = this.rig.outcomes.has(detail) && this.entries.find((one) => one.token === detail);
    if (kind >= CONNECTED_EVENT || !entry) return;
    entry.endedIn = this.sessions;
    if (this.echoesLeft === 0) return;
    this.echoesLeft--;
    this.publish(this.cast.topics[detail % this.cast.topics.length], 8);
  }
}

function pad(name: string, length: number): string {
  assert.ok(length >= 0);
  return `${name}-`.padEnd(length, ".");
}

/** Of a payload, or of its beginning. */
export function nameOf(payload: string): string {
  return payload.split("-", 1)[0];
}

/** As if so many publishes had come and gone that identifiers begin anew. */
export function wrapIdentifiers(world: RandomWorld): void {
  const { outbox } = world.rig.client.session;
  outbox.packetId = LAST_PACKET_ID;
  outbox.freeIds = 0;
}
