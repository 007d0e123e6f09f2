import { Client } from "../../../firmware/client/client.js";
import { Message } from "../../../firmware/runtime/message.js";
import {
  ACKNOWLEDGED,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DISCONNECTED_EVENT,
  GRANTED_EVENT,
} from "../../../firmware/session/event.js";
import type { Message as Fields } from "../../../firmware/session/parts.js";
import type { ClientHandler } from "../../../firmware/session/session.js";
import { Topic } from "../../../firmware/session/topic.js";
import type { Transport } from "../../../firmware/transport.js";
import { clientOptions } from "./client-rig.js";

// What a client does, told as a log that must be the same in every engine. Nothing here is Node's or XS's.

const TOPICS = [0, 1, 2].map((qos) => new Topic("a/b", { qos }));
const CONNACK = [0x20, 2, 0, 0];
const CONNACK_SESSION_PRESENT = [0x20, 2, 1, 0];

/** A client, the broker's side of its connection played by hand, and the log of both. */
class Play implements Transport, ClientHandler {
  readonly log: string[] = [];
  readonly client: Client;
  private now = 0;

  constructor() {
    const options = { ...clientOptions(new Uint8Array(512)), cleanSession: false };
    this.client = new Client(options, this, this, () => 0);
  }

  open(): void {
    this.log.push("open");
  }
  close(): void {
    this.log.push("close");
  }
  write(bytes: Uint8Array, offset: number, length: number): number {
    this.log.push(`> ${hex(bytes, offset, length)}`);
    return length;
  }

  resume(): void {
    this.log.push("resume");
  }

  onEvent(kind: number, detail: number): void {
    if (kind === CONNECTED_EVENT) this.log.push(`connected ${detail === 1}`);
    else if (kind === ACKNOWLEDGED) this.log.push(`acknowledged ${detail}`);
    else if (kind === GRANTED_EVENT) this.log.push(`subscribed ${detail} true`);
    else if (kind === DISCONNECTED_EVENT) {
      this.log.push(`disconnected ${detail} ${this.client.reason}`);
    } else if (kind === CLOSED_EVENT) this.log.push(`closed ${detail}`);
    else this.log.push(`event ${kind} ${detail}`);
  }
  onMessage(fields: Fields): void {
    const message = new Message(fields);
    this.log.push(`message ${message.topicText()} ${message.payloadText()}`);
  }

  says(bytes: readonly number[]): void {
    this.client.handleBytes(new Uint8Array(bytes), 0, bytes.length, this.now);
  }

  publish(text: string, qos: number): void {
    const payload = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) payload[i] = text.charCodeAt(i);
    this.client.publish(TOPICS[qos] as Topic, payload, payload.length, this.now);
  }

  pass(ms: number): void {
    this.now += ms;
    this.client.handleTimeout(this.now);
  }

  /** Through the purge of an earlier life to the session that stays. */
  connect(): void {
    this.client.start(this.now);
    this.comeBack(CONNACK);
    this.pass(0);
    this.comeBack(CONNACK);
  }

  comeBack(connack: readonly number[]): void {
    this.client.handleOpen(this.now);
    this.says(connack);
  }

  breakOff(): void {
    this.client.handleClose(this.now);
    this.pass(10);
  }

  end(): void {
    this.client.close(1_000, this.now);
    this.pass(0);
  }
}

function hex(bytes: Uint8Array, offset: number, length: number): string {
  let text = "";
  for (let i = offset; i < offset + length; i++) {
    text += (bytes[i] as number).toString(16).padStart(2, "0");
  }
  return text;
}

function resendsInOrder(play: Play): void {
  play.publish("1", 1);
  play.publish("2", 2);
  play.says([0x50, 2, 0, 2]);
  play.breakOff();
  play.comeBack(CONNACK_SESSION_PRESENT);
  play.says([0x40, 2, 0, 1]);
  play.says([0x70, 2, 0, 2]);
}

function receivesOnce(play: Play): void {
  play.client.subscribe("a/#", 2, 0);
  play.says([0x90, 3, 0xff, 0xff, 2]);
  play.says([0x34, 8, 0, 3, 0x61, 0x2f, 0x62, 0, 7, 0x21]);
  play.breakOff();
  play.comeBack(CONNACK_SESSION_PRESENT);
  play.says([0x3c, 8, 0, 3, 0x61, 0x2f, 0x62, 0, 7, 0x21]);
  play.says([0x62, 2, 0, 7]);
}

function survivesNonsense(play: Play): void {
  play.says([0x30, 3, 0, 1, 0]);
  play.pass(10);
  play.comeBack(CONNACK_SESSION_PRESENT);
  play.pass(45_000);
  play.pass(10_000);
  play.pass(10);
  play.comeBack(CONNACK_SESSION_PRESENT);
}

/** Plays all. @returns the log */
export function playBehaviours(): string[] {
  const play = new Play();
  play.connect();
  resendsInOrder(play);
  receivesOnce(play);
  survivesNonsense(play);
  play.end();
  return play.log;
}
