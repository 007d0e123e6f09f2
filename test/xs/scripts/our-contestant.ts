import { Client } from "../../../firmware/client/client.js";
import { now } from "../../../firmware/platform/xs/clock.js";
import { random } from "../../../firmware/platform/xs/random.js";
import { TcpTransport } from "../../../firmware/platform/xs/tcp-transport.js";
import {
  ACKNOWLEDGED,
  CONNECTED_EVENT,
  DISCONNECTED_EVENT,
  GRANTED_EVENT,
} from "../../../firmware/session/event.js";
import type { ClientHandler } from "../../../firmware/session/session.js";
import { Topic } from "../../../firmware/session/topic.js";
import { clientOptions, PAYLOAD_BYTES, TOPIC } from "./client-rig.js";
import type { Contestant } from "./contestant.js";

export interface Room {
  readonly arenaBytes: number;
  readonly inFlightWindow: number;
}

const PIECE_BYTES = 256;
/** Of a message larger than that, as much as tells its topic. */
const HEAD_BYTES = 64;

/** Our client over our transport. */
export class OurContestant implements Contestant, ClientHandler {
  onReady: () => void = () => undefined;
  onGranted: () => void = () => undefined;
  received = 0;
  acknowledged = 0;
  private time = 0;
  readonly client: Client;
  private readonly topics = [0, 1, 2].map((qos) => new Topic(TOPIC, { qos }));
  private readonly payload = new Uint8Array(PAYLOAD_BYTES);

  constructor(address: string, port: number, room: Room) {
    const { arenaBytes, inFlightWindow } = room;
    const transport = new TcpTransport({
      address,
      port,
      arenaBytes,
      pieceBytes: PIECE_BYTES,
      receiveBytes: PIECE_BYTES,
    });
    const options = {
      ...clientOptions(transport.arena),
      receiveBuffer: new Uint8Array(HEAD_BYTES),
      inFlightWindow,
    };
    this.client = new Client(options, transport, this, random);
    transport.attach(this.client);
    this.client.start(now());
  }

  beginTurn(): void {
    this.time = now();
  }

  publish(qos: number): boolean {
    const topic = this.topics[qos] as Topic;
    return this.client.publish(topic, this.payload, PAYLOAD_BYTES, this.time) >= 0;
  }

  subscribe(filter: string, qos: number): void {
    this.client.subscribe(filter, qos, now());
  }

  onEvent(kind: number, detail: number): void {
    if (kind === ACKNOWLEDGED) this.acknowledged++;
    else if (kind === CONNECTED_EVENT) this.onReady();
    else if (kind === GRANTED_EVENT) this.onGranted();
    else if (kind === DISCONNECTED_EVENT) throw new Error(`disconnected: ${detail}`);
  }
  onMessage(): void {
    this.received++;
  }
}
