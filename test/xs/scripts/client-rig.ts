import { Client } from "../../../firmware/client/client.js";
import type { ClientOptions } from "../../../firmware/session/options.js";
import type { ClientHandler } from "../../../firmware/session/session.js";
import { Topic } from "../../../firmware/session/topic.js";
import type { Transport } from "../../../firmware/transport.js";

/** The message of all measurements: 18 characters of topic, 32 bytes of payload. */
export const TOPIC = "mote/board/reading";
export const PAYLOAD_BYTES = 32;

export function clientOptions(arena: Uint8Array): ClientOptions {
  return {
    clientId: "xs",
    keepAliveSeconds: 60,
    cleanSession: true,
    receiveBuffer: new Uint8Array(256),
    arena,
    inFlightWindow: 16,
    subscriptionCapacity: 4,
    inboxCapacity: 32,
    resendsDoubtful: true,
    answerTimeoutMs: 10_000,
    openTimeoutMs: 0,
    stableMs: 10_000,
    backoff: { baseMs: 1, capMs: 1, refusedMs: 1 },
  };
}

class QuietHandler implements ClientHandler {
  messages = 0;
  onEvent(): void {
    return;
  }
  onMessage(): void {
    this.messages++;
  }
}

/** Takes every packet and remembers the identifier of the last PUBLISH. */
class Sink implements Transport {
  packetId = 0;
  packets = 0;
  open(): void {
    return;
  }
  close(): void {
    return;
  }
  resume(): void {
    return;
  }
  write(bytes: Uint8Array, offset: number, length: number): number {
    this.packets++;
    const type = (bytes[offset] as number) >> 4;
    const identifier = offset + 4 + TOPIC_BYTES;
    if (type === 3) {
      this.packetId = ((bytes[identifier] as number) << 8) | (bytes[identifier + 1] as number);
    }
    return length;
  }
}
const TOPIC_BYTES = 18;

/** A client that is connected through a transport that takes everything. */
export class ClientRig {
  readonly sink = new Sink();
  readonly handler = new QuietHandler();
  readonly client: Client;
  readonly topics = [0, 1, 2].map((qos) => new Topic(TOPIC, { qos })) as [Topic, Topic, Topic];
  readonly payload = new Uint8Array(PAYLOAD_BYTES);
  private readonly answer = new Uint8Array([0, 2, 0, 0]);

  /** @param version protocol level: 4 or 5 */
  constructor(version: number) {
    const arena = new Uint8Array(1024);
    const options = { ...clientOptions(arena), protocolVersion: version };
    this.client = new Client(options, this.sink, this.handler, () => 0);
    this.client.start(0);
    this.client.handleOpen(0);
    const connack = new Uint8Array(version === 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]);
    this.client.handleBytes(connack, 0, connack.length, 0);
    if (!this.client.isConnected) throw new Error("not connected");
  }

  /** An acknowledgement of the last PUBLISH comes. */
  acknowledge(firstByte: number): void {
    const answer = this.answer;
    answer[0] = firstByte;
    answer[2] = this.sink.packetId >> 8;
    answer[3] = this.sink.packetId;
    this.client.handleBytes(answer, 0, 4, 1);
  }
}

/** A PUBLISH as a broker sends it; in MQTT 5 without properties. */
export function inboundPublish(qos: number, version: number): Uint8Array {
  const identifierBytes = qos > 0 ? 2 : 0;
  const propertiesBytes = version === 5 ? 1 : 0;
  const rest = 2 + TOPIC_BYTES + identifierBytes + propertiesBytes + PAYLOAD_BYTES;
  const packet = new Uint8Array(2 + rest);
  packet[0] = 0x30 | (qos << 1);
  packet[1] = rest;
  packet.set(new Topic(TOPIC, {}).head.slice(2), 2);
  if (qos > 0) packet[5 + TOPIC_BYTES] = 9;
  return packet;
}
