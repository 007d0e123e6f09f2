import { MqttClient } from "../../../firmware/client/mqtt-client.js";
import type { Transport, TransportHandler } from "../../../firmware/transport.js";

// What the client of ECMA-419 does, told as a log that must be the same in every engine.

const CONNACK = [0x20, 2, 0, 0];
const HELLO = [0x68, 0x65, 0x6c, 0x6c, 0x6f];
const OPTIONS = { topic: "a/b", QoS: 1 };

/** An application with a scripted broker. */
export class MqttPlay implements Transport {
  readonly log: string[] = [];
  readonly mqtt: MqttClient;
  readonly buffer = new Uint8Array(16);
  readonly payload = new Uint8Array(HELLO);
  isLogging = true;
  private handler: TransportHandler | undefined;

  constructor() {
    const play = this;
    this.mqtt = new MqttClient({
      platform: {
        transport: this,
        now: () => 0,
        random: () => 0,
        alarm: () => ({ set: () => undefined, clear: () => undefined }),
      },
      id: "xs",
      keepalive: 60_000,
      onControl(opcode, message) {
        if (!play.isLogging) return;
        play.note(`control ${opcode} ${message.id} ${message.reason} ${message.status}`);
      },
      onReadable(count, options) {
        const taken = this.read(play.buffer);
        if (!play.isLogging) return;
        play.note(`read ${count} ${taken} ${options.topic} ${options.QoS} ${play.buffer[0]}`);
      },
      onWritable(count) {
        if (play.isLogging) play.note(`writable ${count > 0}`);
      },
      onClose: () => this.note("close"),
      onError: (status) => this.note(`error ${status}`),
    });
  }

  attach(handler: TransportHandler): void {
    this.handler = handler;
  }
  open(): void {
    this.note("open");
  }
  close(): void {
    this.note("closed");
  }
  resume(): void {
    this.note("resume");
  }
  write(bytes: Uint8Array, offset: number, length: number): number {
    if (this.isLogging) this.note(`> ${bytes[offset]} ${length} ${bytes[offset + length - 1]}`);
    return length;
  }

  opens(): void {
    this.handler?.handleOpen(0);
    this.says(new Uint8Array(CONNACK));
  }

  says(bytes: Uint8Array): void {
    this.handler?.handleBytes(bytes, 0, bytes.length, 0);
  }

  /** Publishes and has it acknowledged. */
  exchange(puback: Uint8Array): void {
    this.mqtt.write(this.payload, OPTIONS);
    puback[2] = (this.mqtt.id + 1) >> 8;
    puback[3] = this.mqtt.id + 1;
    this.says(puback);
  }

  private note(line: string): void {
    if (this.isLogging) this.log.push(line);
  }
}

/** Plays all. @returns the log */
export function playMqtt(): string[] {
  const play = new MqttPlay();
  const { mqtt } = play;
  play.opens();
  play.exchange(new Uint8Array([0x40, 2, 0, 0]));
  mqtt.write(null, { operation: MqttClient.SUBSCRIBE, items: [{ topic: "led", QoS: 1 }] });
  play.says(new Uint8Array([0x90, 3, 0xff, 0xff, 1]));
  play.says(new Uint8Array([0x32, 9, 0, 3, 0x6c, 0x65, 0x64, 0, 7, 0x6f, 0x6e]));
  play.says(new Uint8Array([0x30, 5, 0, 3, 0x6c, 0x65, 0x64]));
  play.log.push(`refused ${mqtt.write(play.payload, { topic: "a/#" })}`);
  mqtt.write(play.payload, { topic: "parts", byteLength: 7 });
  mqtt.write(play.payload.buffer.slice(0, 2));
  mqtt.close();
  play.log.push(`over ${mqtt.write(play.payload, OPTIONS)}`);
  return play.log;
}
