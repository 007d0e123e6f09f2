import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { generate, type IPublishPacket, type Packet, parser } from "mqtt-packet";

export interface Observation {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Milliseconds, never going back. */
  readonly atMs: number;
}

/** A subscriber that shares no code with what it watches: mqtt-packet on a socket. */
export class Observer {
  readonly seen: Observation[] = [];
  private readonly socket: Socket;

  private constructor(socket: Socket) {
    this.socket = socket;
    // The broker is killed under it, on purpose.
    socket.on("error", () => undefined);
  }

  /** Resolves once the broker has acknowledged the subscription; it ends with the test. */
  static async start(context: TestContext, port: number, filter = "mote/#"): Promise<Observer> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    context.after(() => socket.destroy());
    await once(socket, "connect");
    const observer = new Observer(socket);
    await observer.subscribe(filter);
    return observer;
  }

  /** Payloads of a topic, in the order of arrival. */
  payloads(topic: string): string[] {
    return this.seen.filter((one) => one.topic === topic).map((one) => one.payload);
  }

  /** The last payload of a topic. */
  last(topic: string): string | undefined {
    return this.payloads(topic).at(-1);
  }

  private async subscribe(filter: string): Promise<void> {
    const reader = parser();
    this.socket.on("data", (chunk) => reader.parse(chunk));
    const subscribed = new Promise<void>((resolve, reject) => {
      reader.on("packet", (packet: Packet) => {
        if (packet.cmd === "suback") resolve();
        else if (packet.cmd === "publish") this.handlePublish(packet);
      });
      reader.on("error", reject);
      this.socket.once("close", () => reject(new Error("the broker closed before its SUBACK")));
    });
    const clientId = `observer-${process.pid}-${Math.round(performance.now() * 1000)}`;
    this.socket.write(
      generate({ cmd: "connect", protocolId: "MQTT", protocolVersion: 4, clean: true, clientId }),
    );
    this.socket.write(
      generate({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] }),
    );
    await subscribed;
  }

  private handlePublish(packet: IPublishPacket): void {
    const { topic, retain, dup, messageId } = packet;
    const payload = packet.payload.toString();
    this.seen.push({ topic, payload, retain, dup, atMs: performance.now() });
    if (messageId !== undefined) this.socket.write(generate({ cmd: "puback", messageId }));
  }
}
