import TCP from "embedded:io/socket/tcp";
import MQTTClient, { type PeerClient } from "peer";
import { PAYLOAD_BYTES, TOPIC } from "./client-rig.js";
import type { Contestant } from "./contestant.js";

interface Resolved {
  readonly host: string;
  onResolved(host: string, address: string): void;
}

/** Knows the only host there is. */
class NoResolver {
  resolve(options: Resolved): void {
    options.onResolved(options.host, options.host);
  }
}

const SUBSCRIBE = 8;
const CONNACK = 2;
const PUBACK = 4;
/** More than one message of all measurements takes. */
const MESSAGE_BYTES = 64;

/** Moddable's `examples/io/tcp/mqttclient/mqttclient.js`, used in the way that costs it least. */
export class PeerContestant implements Contestant {
  onReady: () => void = () => undefined;
  received = 0;
  acknowledged = 0;
  private readonly client: PeerClient;
  private readonly payload = new Uint8Array(PAYLOAD_BYTES);
  private readonly inbox = new Uint8Array(PAYLOAD_BYTES);
  private readonly options = [
    { topic: TOPIC, QoS: 0 },
    { topic: TOPIC, QoS: 1 },
  ] as const;
  private room = 0;

  constructor(address: string, port: number) {
    this.client = new MQTTClient({
      host: address,
      port,
      id: "peer",
      keepAlive: 60_000,
      dns: { io: NoResolver },
      socket: { io: TCP },
      onReadable: () => this.receive(),
      onWritable: (count: number) => {
        this.room = count;
      },
      onControl: (message: { readonly operation: number }) => this.control(message.operation),
      onError: () => {
        throw new Error("disconnected");
      },
    });
  }

  beginTurn(): void {
    return;
  }

  publish(qos: number): boolean {
    if (this.room < MESSAGE_BYTES) return false;
    this.room = this.client.write(this.payload, this.options[qos] as object);
    return true;
  }

  subscribe(filter: string, qos: number): void {
    this.client.write(null, { operation: SUBSCRIBE, items: [{ topic: filter, QoS: qos }] });
  }

  private receive(): void {
    this.received++;
    this.client.read(this.inbox);
  }

  private control(operation: number): void {
    if (operation === CONNACK) this.onReady();
    else if (operation === PUBACK) this.acknowledged++;
  }
}
