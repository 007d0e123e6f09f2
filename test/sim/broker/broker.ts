import type { IPublishPacket } from "mqtt-packet";
import { Connection, type ConnectionOwner } from "./connection.js";
import { nextTick, tick } from "./deadlines.js";
import { handleBytes, parse } from "./dispatch.js";
import { closeWith, end, endSession } from "./ending.js";
import { Framer, type RawPacket } from "./framer.js";
import type { BrokerOptions, PublishProperties } from "./options.js";
import { packetFault } from "./packet-rules.js";
import { route } from "./routing.js";
import type { Delivery } from "./session.js";
import { BrokerState } from "./state.js";

export interface PublishOptions {
  readonly qos?: 0 | 1 | 2;
  readonly retain?: boolean;
  readonly properties?: PublishProperties;
}

/**
 * A broker that does what the standards say to the letter and notes each thing that a client does
 * against them. It has no clock and no sockets: bytes and time are arguments.
 */
export class BrokerModel extends BrokerState implements ConnectionOwner {
  private isDown = false;
  private made = 0;

  constructor(options: Partial<BrokerOptions> = {}) {
    super(options);
  }

  /** A network connection begins. While the broker is down it is closed from the start. */
  connect(now: number): Connection {
    this.sync(now);
    this.made++;
    const connection = new Connection(this, `#${this.made}`);
    if (this.isDown) connection.phase = "closed";
    else this.connections.push(connection);
    return connection;
  }

  /** Does what time asks for. */
  tick(now: number): void {
    this.sync(now);
    tick(this);
  }

  /** Milliseconds until `tick` is due; Infinity: at no time. May change after every other call. */
  pollTimeout(now: number): number {
    this.sync(now);
    return Math.max(nextTick(this) - this.at, 0);
  }

  /** Publishes to the clients that subscribed. @returns one delivery for each of them */
  publish(topic: string, payload: string | Uint8Array, options: PublishOptions = {}): Delivery[] {
    const { qos = 0, retain = false, properties = {} } = options;
    return route(this, { topic, payload: Buffer.from(payload), qos, retain, properties }, "");
  }

  /** Deliveries whose last acknowledgement came, in the order in which they were published. */
  get acknowledged(): Delivery[] {
    return this.deliveries.filter((one) => one.state === "acknowledged");
  }

  /** Lets the first `count` packets that `holds` kept back go, on each connection. */
  release(count = Number.POSITIVE_INFINITY): void {
    for (const connection of this.connections) connection.release(count);
  }

  /** Ends the connection of a client, in 5 with DISCONNECT. */
  disconnect(
    clientId: string,
    reasonCode: number,
    properties: { serverReference?: string; reasonString?: string } = {},
  ): void {
    const connection = this.connectionOf(clientId);
    if (connection !== undefined) closeWith(this, connection, reasonCode, properties);
  }

  /** Loses what it knew of a client, as a broker does that expires or purges a session. */
  forgetSession(clientId: string): void {
    const session = this.sessions.get(clientId);
    if (session === undefined) return;
    const connection = this.connectionOf(clientId);
    if (connection !== undefined) end(this, connection);
    session.will = undefined;
    endSession(this, session);
  }

  /** The client lost its memory but for a journal: it may resend what it was acknowledged for. */
  clientRestarted(clientId: string): void {
    this.viewOf(clientId).restarted();
  }

  /** Stops at once: connections break, no will is published, nothing accepts until `start`. */
  kill(now: number): void {
    this.sync(now);
    this.isDown = true;
    for (const connection of this.connections) {
      connection.will = undefined;
      end(this, connection);
    }
    this.connections = [];
  }

  /** Runs again after `kill`. @param keeps what its disk kept: sessions and retained messages, or nothing */
  start(keeps: "everything" | "nothing"): void {
    this.isDown = false;
    if (keeps === "everything") return;
    for (const session of [...this.sessions.values()]) {
      session.will = undefined;
      endSession(this, session);
    }
    this.retained.clear();
  }

  handleBytes(connection: Connection, bytes: Uint8Array, now: number): void {
    this.sync(now);
    handleBytes(this, connection, bytes);
  }

  handleDelivered(connection: Connection, count: number, now: number): void {
    this.sync(now);
    connection.markDelivered(count);
  }

  handleLost(connection: Connection, now: number): void {
    this.sync(now);
    end(this, connection);
  }

  handleLosesUp(connection: Connection, bytes: Uint8Array): void {
    const framer = new Framer();
    framer.feed(connection.framer.rest);
    framer.feed(bytes);
    for (let raw = framer.next(); raw !== undefined; raw = framer.next()) {
      this.noteLost(connection, raw);
    }
    const [first = 0] = framer.rest;
    const isPublishWithId = first >> 4 === 3 && (first & 6) !== 0;
    if (isPublishWithId) connection.view?.lostInPart();
  }

  private noteLost(connection: Connection, raw: RawPacket): void {
    if (packetFault(raw, connection.version) !== undefined) return;
    const packet = parse(raw.bytes, connection.version);
    if (packet.cmd !== "publish" || packet.qos === 0) return;
    const { messageId: id = 0, qos, dup } = packet;
    const topic = packet.topic || (connection.aliasesIn.get(aliasOf(packet)) ?? "");
    connection.view?.lost({ id, qos, dup, topic, payload: Buffer.from(packet.payload) });
  }
}

function aliasOf(packet: IPublishPacket): number {
  return packet.properties?.topicAlias ?? 0;
}
