import { MqttClient } from "../../firmware/client/mqtt-client.js";
import type { MqttClientOptions } from "../../firmware/client/mqtt-options.js";
import { NEVER } from "../../firmware/status.js";
import { ScriptedTransport } from "./scripted-transport.js";

type Callbacks = Partial<MqttClientOptions>;

/** An application of ECMA-419 under virtual time, with a scripted broker. */
export class MqttRig {
  readonly transport = new ScriptedTransport();
  readonly told: string[] = [];
  readonly mqtt: MqttClient;
  now = 0;
  private ringAt = NEVER;
  private ring: () => void = () => undefined;

  constructor(options: Callbacks = {}) {
    const told = this.told;
    this.mqtt = new MqttClient({
      platform: {
        transport: this.transport,
        now: () => this.now | 0,
        random: () => 0x80000000,
        alarm: (ring) => {
          this.ring = ring;
          return {
            set: (ms: number) => {
              this.ringAt = this.now + ms;
            },
            clear: () => {
              this.ringAt = NEVER;
            },
          };
        },
      },
      id: "board-7",
      onControl(_opcode, message) {
        const { operation, id, reason, status, payload } = message;
        const code = operation === MqttClient.SUBACK ? ` [${payload[0]}]` : "";
        told.push(`control ${operation} ${id} ${reason} ${status}${code}`);
      },
      onClose() {
        told.push("close");
      },
      onError(status, reason) {
        told.push(`error ${status} ${reason}`);
      },
      ...options,
    });
  }

  connect(): this {
    this.transport.opens(this.now);
    this.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, this.now);
    this.transport.take();
    return this;
  }

  pass(ms: number): void {
    const end = this.now + ms;
    while (this.ringAt <= end) {
      this.now = this.ringAt;
      this.ringAt = NEVER;
      this.ring();
    }
    this.now = end;
  }

  /** Packets that the client wrote, as `cmd[ topic][ payload]`. */
  written(): string[] {
    return this.transport.take().map((packet) => {
      if (packet.cmd === "publish") return `publish ${packet.topic} ${packet.payload}`;
      if (packet.cmd === "subscribe") {
        return `subscribe ${packet.subscriptions.map(({ topic, qos }) => `${topic} ${qos}`)}`;
      }
      if (packet.cmd === "unsubscribe") return `unsubscribe ${packet.unsubscriptions}`;
      return packet.cmd;
    });
  }
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text));
}

export function textOf(data: Uint8Array): string {
  return Buffer.from(data).toString();
}

/** A PUBLISH of the broker. */
export function message(payload: string, qos: 0 | 1 | 2 = 0, topic = "led") {
  const id = qos === 0 ? {} : { messageId: 9 };
  return { cmd: "publish", topic, payload, qos, retain: false, dup: false, ...id } as const;
}
