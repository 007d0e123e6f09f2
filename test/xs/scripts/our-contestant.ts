import {
  AT_LEAST_ONCE,
  AT_MOST_ONCE,
  Client,
  type ClientHandler,
  EXACTLY_ONCE,
} from "../../../firmware/client/client.js";
import { now } from "../../../firmware/platform/xs/clock.js";
import { random } from "../../../firmware/platform/xs/random.js";
import { TcpTransport } from "../../../firmware/platform/xs/tcp-transport.js";
import { TopicName } from "../../../firmware/wire/topic.js";
import { clientOptions, PAYLOAD_BYTES, TOPIC } from "./client-rig.js";
import type { Contestant } from "./contestant.js";

export interface Room {
  readonly arenaBytes: number;
  readonly inFlightWindow: number;
}

const PIECE_BYTES = 256;

/** Our client over our transport. */
export class OurContestant implements Contestant, ClientHandler {
  onReady: () => void = () => undefined;
  onGranted: () => void = () => undefined;
  received = 0;
  acknowledged = 0;
  readonly client: Client;
  private readonly topic = new TopicName(TOPIC);
  private readonly payload = new Uint8Array(PAYLOAD_BYTES);

  constructor(address: string, port: number, room: Room) {
    const { arenaBytes, inFlightWindow } = room;
    const transport = new TcpTransport({ address, port, arenaBytes, pieceBytes: PIECE_BYTES });
    const options = { ...clientOptions(transport.arena), inFlightWindow };
    this.client = new Client(options, transport, this, random);
    transport.attach(this.client);
    this.client.start(now());
  }

  publish(qos: number): boolean {
    const flags = qos === 0 ? AT_MOST_ONCE : qos === 1 ? AT_LEAST_ONCE : EXACTLY_ONCE;
    return this.client.publish(this.topic, this.payload, PAYLOAD_BYTES, flags, now()) >= 0;
  }

  subscribe(filter: string, qos: number): void {
    this.client.subscribe(filter, qos, now());
  }

  onConnected(): void {
    this.onReady();
  }
  onMessage(): void {
    this.received++;
  }
  onAcknowledged(): void {
    this.acknowledged++;
  }
  onInDoubt(): void {
    return;
  }
  onSubscribed(): void {
    this.onGranted();
  }
  onDisconnected(status: number): void {
    throw new Error(`disconnected: ${status}`);
  }
  onClosed(): void {
    return;
  }
}
