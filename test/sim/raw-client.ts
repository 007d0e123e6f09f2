import {
  generate,
  type IConnackPacket,
  type IConnectPacket,
  type Packet,
  parser,
} from "mqtt-packet";
import type { BrokerModel } from "./broker/broker.js";
import { type Connection, describe } from "./broker/connection.js";
import type { Version } from "./broker/rules.js";

/** A client that says what it is told to, right or wrong, to a broker model. */
export class RawClient {
  readonly broker: BrokerModel;
  readonly version: Version;
  readonly clientId: string;
  now = 0;
  connection: Connection;
  private readonly packets: Packet[] = [];
  private reader = parser({});

  constructor(broker: BrokerModel, version: Version, clientId = "c") {
    this.broker = broker;
    this.version = version;
    this.clientId = clientId;
    this.connection = this.open();
  }

  /** A new network connection; the old one stays as it is. */
  open(): Connection {
    this.reader = parser({ protocolVersion: this.version });
    this.reader.on("packet", (packet) => this.packets.push(packet));
    this.reader.on("error", (error) => {
      throw error;
    });
    this.connection = this.broker.connect(this.now);
    return this.connection;
  }

  connectPacket(fields: Partial<IConnectPacket> = {}): IConnectPacket {
    const { clientId, version: protocolVersion } = this;
    const isV5 = this.version === 5;
    const properties = isV5 ? { sessionExpiryInterval: 3600, ...fields.properties } : {};
    return { cmd: "connect", clientId, protocolVersion, clean: false, ...fields, properties };
  }

  /** Says CONNECT. @returns CONNACK */
  connect(fields: Partial<IConnectPacket> = {}): IConnackPacket | undefined {
    this.say(this.connectPacket(fields));
    const [first] = this.take();
    return first?.cmd === "connack" ? first : undefined;
  }

  /** Comes back over a new network connection after the old one was lost. */
  reconnect(fields: Partial<IConnectPacket> = {}): IConnackPacket | undefined {
    this.connection.lost(this.now);
    this.open();
    return this.connect(fields);
  }

  say(...packets: Packet[]): void {
    for (const packet of packets) {
      this.sayBytes(generate(packet, { protocolVersion: this.version }));
    }
  }

  sayBytes(bytes: Uint8Array): void {
    this.connection.handleBytes(bytes, this.now);
  }

  /** A packet from its first byte and its body; the remaining length is put between them. */
  sayRaw(firstByte: number, ...body: (number | string | Uint8Array)[]): void {
    const bytes = body.map((part) => (typeof part === "number" ? [part] : [...Buffer.from(part)]));
    const flat = bytes.flat();
    if (flat.length > 127) throw new RangeError("one byte of length is enough for a test");
    this.sayBytes(Uint8Array.from([firstByte, flat.length, ...flat]));
  }

  publish(messageId: number, qos: 0 | 1 | 2, dup = false, payload = `${messageId}`): void {
    const packet = { cmd: "publish", topic: "t", payload, qos, dup, retain: false } as const;
    this.say(qos === 0 ? packet : { ...packet, messageId });
  }

  /** Packets of the broker since the last call: taken, and so delivered. */
  take(): Packet[] {
    this.reader.parse(Buffer.from(this.connection.takeOutput()));
    return this.packets.splice(0);
  }

  /** The same in a few words each. */
  read(): string[] {
    return this.take().map(describe);
  }

  pass(ms: number): void {
    this.now += ms;
    this.broker.tick(this.now);
  }
}

/** A text as it stands in a packet. */
export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 255]), bytes]);
}
