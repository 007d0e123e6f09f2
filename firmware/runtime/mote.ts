import { AT_LEAST_ONCE, Client, type ClientHandler, RETAIN } from "../client/client.js";
import { optionsFault } from "../client/options-fault.js";
import type { Transport, TransportHandler } from "../client/transport.js";
import { DECIMAL_LENGTH, writeDecimal } from "../payload/decimal.js";
import type { SessionStatistics } from "../session/statistics.js";
import { encodeText } from "../wire/text.js";
import { TopicName } from "../wire/topic.js";
import { clientOptions } from "./client-options.js";
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
  private readonly statusTopic: TopicName;
  private readonly droppedTopic: TopicName;
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
    this.statusTopic = new TopicName(`${this.base}/status`);
    this.droppedTopic = new TopicName(`${this.base}/diagnostics/dropped`);
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

  get statistics(): SessionStatistics {
    return this.client.statistics;
  }

  /** Publishes a reading to `<base>/<name>` on a schedule. Declare before `start`; it allocates. */
  sensor(name: string, options: SensorOptions, read: () => number): void {
    this.sensors.push(new Sensor(this.base, name, options, read));
  }

  /** Runs on each message to `<base>/command/<name>`. Declare before `start`; it allocates. */
  command(name: string, run: (message: Message) => void): void {
    this.commands.push(new Command(this.base, name, this.commands.length, run));
  }

  start(now: number): void {
    if (this.isStarted) return;
    this.isStarted = true;
    for (let i = 0; i < this.sensors.length; i++) this.sensors[i].dueAt = now;
    for (let i = 0; i < this.commands.length; i++) {
      this.client.subscribe(this.commands[i].filter, 1, now);
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

  onConnected(isSessionPresent: boolean): void {
    this.handler.onConnected?.(isSessionPresent);
  }

  onMessage(): void {
    const message = this.message;
    for (let i = 0; i < this.commands.length; i++) {
      const command = this.commands[i];
      // Half a command is none; the client has counted it.
      if (message.hasTopic(command.topic) && !message.isTruncated) command.run(message);
    }
  }

  onAcknowledged(token: number, now: number): void {
    if (this.status === ONLINE_QUEUED && token === this.statusToken) this.status = SAID;
    this.sayStatus(now); // there is room now
  }

  onInDoubt(token: number): void {
    this.handler.onInDoubt?.(token);
  }

  onSubscribed(row: number, isGranted: boolean): void {
    if (!isGranted) this.handler.onCommandDenied?.(this.commands[row].name);
  }

  onDisconnected(status: number, code: number, now: number): void {
    // The broker has said `offline` for us, or is about to.
    if (this.isStarted && this.status === SAID) this.status = ONLINE_DUE;
    this.sayStatus(now);
    this.handler.onDisconnected?.(status, code);
  }

  onClosed(left: number): void {
    this.handler.onStopped?.(left);
  }

  private sample(now: number): void {
    for (let i = 0; i < this.sensors.length; i++) {
      const sensor = this.sensors[i];
      const length = sensor.sample(this.text, now);
      if (length === 0) continue;
      const token = this.client.publish(sensor.topic, this.text, length, AT_LEAST_ONCE, now);
      if (token < 0) this.dropped++;
    }
  }

  private sayStatus(now: number): void {
    if (this.status !== ONLINE_DUE && this.status !== OFFLINE_DUE) return;
    const isLeaving = this.status === OFFLINE_DUE;
    const payload = isLeaving ? this.offline : this.online;
    const flags = AT_LEAST_ONCE | RETAIN;
    const token = this.client.publish(this.statusTopic, payload, payload.length, flags, now);
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
    const length = writeDecimal(this.dropped, 0, this.text);
    const flags = AT_LEAST_ONCE | RETAIN;
    if (this.client.publish(this.droppedTopic, this.text, length, flags, now) >= 0) {
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
