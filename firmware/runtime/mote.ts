import { Client } from "../client/client.js";
import { Dispatcher } from "../client/dispatch.js";
import { optionsFault } from "../client/options-fault.js";
import { DECIMAL_LENGTH } from "../payload/decimal.js";
import { writeInteger } from "../payload/integer.js";
import {
  ACKNOWLEDGED,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  IN_DOUBT,
} from "../session/event.js";
import type { Message as Fields } from "../session/parts.js";
import type { ClientHandler } from "../session/session.js";
import type { Statistics } from "../session/statistics.js";
import { Topic } from "../session/topic.js";
import type { Transport, TransportHandler } from "../transport.js";
import { encodeText } from "../wire/text.js";
import { clientOptions, MAXIMUM_COMMANDS } from "./client-options.js";
import { Command } from "./command.js";
import type { MoteConfig } from "./config.js";
import { Message } from "./message.js";
import { Sensor, type SensorOptions } from "./sensor.js";

const DIAGNOSTICS_MS = 1_000;

// What is to become of the status topic.
/** The broker has it. */
const SAID = 0;
/** `online` is to enter the outbox: ahead of the readings of this connection. */
const ONLINE_DUE = 1;
/** `online` is in the outbox. */
const ONLINE_QUEUED = 2;
const OFFLINE_DUE = 3;

/** What happens on a board that its program may want to know. */
export interface MoteHandler {
  /** The broker accepted the connection. */
  onConnected?(isSessionPresent: boolean): void;
  /** The connection ended or did not come about: a status, and the CONNACK code where it is REFUSED. */
  onDisconnected?(status: number, code: number): void;
  /** The broker does not let the board hear this command. */
  onCommandDenied?(name: string): void;
  /** Whether the broker took the publish with this token is not known, and it is not sent again. */
  onInDoubt?(token: number): void;
  /** `stop` has done its work; `left` publishes were not acknowledged. */
  onStopped?(left: number): void;
}

/**
 * A sensor board: it reads, publishes, obeys and says whether it is there.
 *
 * It has no loop and no clock. Whoever owns it calls `turn` when `pollTimeout` says so; the transport
 * reports to `transportHandler`.
 */
export class Mote implements ClientHandler {
  private readonly client: Client;
  private readonly handler: MoteHandler;
  private readonly base: string;
  private readonly sensors: Sensor[] = [];
  private readonly commands: Command[] = [];
  private readonly dispatcher = new Dispatcher<Message>(MAXIMUM_COMMANDS);
  private readonly statusTopic: Topic;
  private readonly droppedTopic: Topic;
  private readonly online = encodeText("online");
  private readonly offline = encodeText("offline");
  private readonly text = new Uint8Array(DECIMAL_LENGTH);
  private readonly message: Message;
  private status = SAID;
  private statusToken = -1;
  private dropped = 0;
  private droppedSaid = -1;
  private diagnosticsAt = 0;
  private stopBy = 0;
  private isStarted = false;

  /** @param random 32-bit unsigned numbers. Throws on a name that cannot stand in a topic. */
  constructor(
    config: MoteConfig,
    transport: Transport,
    random: () => number,
    handler: MoteHandler,
  ) {
    if (!isBoardName(config.board)) {
      throw new Error(`board name ${config.board}: one topic level, 1 to 64 characters`);
    }
    this.base = config.base ?? `mote/${config.board}`;
    this.handler = handler;
    this.statusTopic = new Topic(`${this.base}/status`, { qos: 1, retain: true });
    this.droppedTopic = new Topic(`${this.base}/diagnostics/dropped`, {
      qos: 1,
      retain: true,
    });
    const options = clientOptions(config, `${this.base}/status`);
    const fault = optionsFault(options);
    if (fault !== "") throw new Error(fault);
    this.client = new Client(options, transport, this, random);
    this.message = new Message(this.client.message);
  }

  /** To whom the transport reports. */
  get transportHandler(): TransportHandler {
    return this.client;
  }

  get statistics(): Statistics {
    return this.client.statistics;
  }

  /** Publishes a reading to `<base>/<name>` on a schedule. Declare before `start`; it allocates. */
  sensor(name: string, options: SensorOptions, read: () => number): void {
    this.sensors.push(new Sensor(this.base, name, options, read));
  }

  /** Runs on each message to `<base>/command/<name>`. Declare before `start`; it allocates. */
  command(name: string, run: (message: Message) => void): void {
    const command = new Command(this.base, name, this.commands.length);
    this.commands.push(command);
    this.dispatcher.add(command.filter, run);
  }

  start(now: number): void {
    if (this.isStarted) return;
    this.isStarted = true;
    for (let i = 0; i < this.sensors.length; i++) this.sensors[i].dueAt = now;
    for (let i = 0; i < this.commands.length; i++) {
      this.client.subscribe(this.commands[i].text, 1, now);
    }
    this.diagnosticsAt = now;
    this.status = ONLINE_DUE;
    this.client.start(now);
    this.sayStatus(now);
  }

  /** Says `offline`, waits for what is owed, disconnects; `onStopped` follows within `deadlineMs`. */
  stop(deadlineMs: number, now: number): void {
    if (!this.isStarted) return;
    this.isStarted = false;
    this.status = OFFLINE_DUE;
    this.stopBy = (now + deadlineMs) | 0;
    this.sayStatus(now);
  }

  /** Does what is due. Bounded work; spurious calls do nothing. */
  turn(now: number): void {
    if (this.isStarted) this.sample(now);
    if (this.isStarted && ((now - this.diagnosticsAt) | 0) >= 0) this.sayDiagnostics(now);
    if (this.status === OFFLINE_DUE && ((now - this.stopBy) | 0) >= 0) this.sayStatus(now);
    this.client.handleTimeout(now);
  }

  /** Milliseconds until `turn` is due. May change after every other call. */
  pollTimeout(now: number): number {
    let nearest = this.client.pollTimeout(now);
    if (this.status === OFFLINE_DUE) nearest = until(this.stopBy, now, nearest);
    if (!this.isStarted) return nearest;
    for (let i = 0; i < this.sensors.length; i++) {
      nearest = until(this.sensors[i].dueAt, now, nearest);
    }
    return until(this.diagnosticsAt, now, nearest);
  }

  onEvent(kind: number, detail: number, now: number): void {
    switch (kind) {
      case CONNECTED_EVENT:
        this.handler.onConnected?.(detail === 1);
        break;
      case ACKNOWLEDGED:
        if (this.status === ONLINE_QUEUED && detail === this.statusToken) this.status = SAID;
        this.sayStatus(now); // there is room now
        break;
      case IN_DOUBT:
        this.handler.onInDoubt?.(detail);
        break;
      case DENIED_EVENT:
        this.handler.onCommandDenied?.(this.commands[detail].name);
        break;
      case DISCONNECTED_EVENT:
        // The broker has said `offline` for us, or is about to.
        if (this.isStarted && this.status === SAID) this.status = ONLINE_DUE;
        this.sayStatus(now);
        this.handler.onDisconnected?.(detail, this.client.reason);
        break;
      case CLOSED_EVENT:
        this.handler.onStopped?.(detail);
    }
  }

  onMessage(fields: Fields, now: number): void {
    if (fields.isTruncated) return; // half a command is none; the client has counted it
    this.dispatcher.dispatch(
      fields.topicBytes,
      fields.topicOffset,
      fields.topicLength,
      this.message,
      now,
    );
  }

  private sample(now: number): void {
    for (let i = 0; i < this.sensors.length; i++) {
      const sensor = this.sensors[i];
      const length = sensor.sample(this.text, now);
      if (length === 0) continue;
      const token = this.client.publish(sensor.topic, this.text, length, now);
      if (token < 0) this.dropped++;
    }
  }

  private sayStatus(now: number): void {
    if (this.status !== ONLINE_DUE && this.status !== OFFLINE_DUE) return;
    const isLeaving = this.status === OFFLINE_DUE;
    const payload = isLeaving ? this.offline : this.online;
    const token = this.client.publish(this.statusTopic, payload, payload.length, now);
    if (token >= 0) {
      this.status = isLeaving ? SAID : ONLINE_QUEUED;
      this.statusToken = token;
      if (isLeaving) this.client.close(Math.max(0, (this.stopBy - now) | 0), now);
    } else if (isLeaving && ((now - this.stopBy) | 0) >= 0) {
      this.status = SAID;
      this.client.abandon(now); // the broker says it for us
    }
  }

  private sayDiagnostics(now: number): void {
    this.diagnosticsAt = (now + DIAGNOSTICS_MS) | 0;
    this.sayStatus(now); // if the outbox had no room for it
    if (this.dropped === this.droppedSaid || !this.client.isConnected) return;
    const length = writeInteger(this.dropped, this.text, 0, DECIMAL_LENGTH);
    if (this.client.publish(this.droppedTopic, this.text, length, now) >= 0) {
      this.droppedSaid = this.dropped;
    }
  }
}

function until(time: number, now: number, nearest: number): number {
  const left = (time - now) | 0;
  if (left >= nearest) return nearest;
  return left > 0 ? left : 0;
}

function isBoardName(name: string): boolean {
  return name.length >= 1 && name.length <= 64 && name.indexOf("/") < 0;
}
