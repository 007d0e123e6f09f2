import type { ClientOptions } from "../session/options.js";
import type { Transport, TransportHandler } from "../transport.js";
import type { MqttClient } from "./mqtt-client.js";

/** What ECMA-419 calls a byte buffer, as far as MQTT needs it. */
export type ByteBuffer = ArrayBuffer | Uint8Array;

/** A timer that rings once, so many milliseconds after it was last set. */
export interface MqttAlarm {
  set(ms: number): void;
  clear(): void;
}

/** What an engine lends the client: `platform/` has it for each. It takes the place of host, port and socket. */
export interface MqttPlatform {
  readonly transport: Transport & { attach(handler: TransportHandler): void };
  /** Milliseconds, a 32-bit counter that may wrap. */
  now(): number;
  /** 32 random bits, unsigned. */
  random(): number;
  /** Makes the client's one timer. */
  alarm(ring: () => void): MqttAlarm;
}

/** What the broker publishes when the client goes without DISCONNECT. */
export interface MqttWill {
  readonly topic: string;
  readonly message?: string | ByteBuffer;
  readonly QoS?: number;
  readonly retain?: boolean;
}

/** Of a message that can be read. The client's own object, written anew for each call. */
export interface ReadableOptions {
  topic: string;
  QoS: number;
  retain: boolean;
  duplicate: boolean;
  /** Of the whole payload. */
  byteLength: number;
  /** Further parts of the same message follow in later calls. */
  more: boolean;
}

/** What a control packet says. The client's own object, written anew for each call. */
export interface ControlMessage {
  /** MqttClient.CONNACK and so on. */
  operation: number;
  /** Of a publish its `id`, of a subscription its row; else 0. */
  id: number;
  /** The code of the packet. */
  reason: number;
  /** 0, or the status (status.ts) for which a publish or a connection ended. */
  status: number;
  /** Of a CONNACK. */
  sessionPresent: boolean;
  /** Of a SUBACK: the one return code. */
  readonly payload: Uint8Array;
}

/** What to make of the data that is written. The caller's object; nothing of it is kept. */
export interface WriteOptions {
  /** PUBLISH when absent; SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT. */
  readonly operation?: number;
  readonly topic?: string;
  readonly QoS?: number;
  readonly retain?: boolean;
  /** Left out of account: the client itself knows what it sends again. */
  readonly duplicate?: boolean;
  /** Of the whole payload, where it comes in several writes. */
  readonly byteLength?: number;
  /** Of SUBSCRIBE and UNSUBSCRIBE. */
  readonly items?: readonly { readonly topic: string; readonly QoS?: number }[];
}

/** What the class of ECMA-419 is made of. */
export interface MqttClientOptions {
  readonly platform: MqttPlatform;
  /** The client identifier; empty when absent. */
  readonly id?: string;
  /** True when absent: the broker forgets the client at each disconnect. */
  readonly clean?: boolean;
  /** Milliseconds, rounded up to seconds; 0 or absent: none. */
  readonly keepalive?: number;
  readonly user?: string;
  readonly password?: string | ByteBuffer;
  readonly will?: MqttWill;
  /** True: a lost connection is made again, and told by `onControl(DISCONNECT)`. Not in ECMA-419. */
  readonly staysConnected?: boolean;
  /** Most bytes of a payload that is written in several parts, held between two writes; 256 when absent. */
  readonly fragmentBytes?: number;
  /** Buffers, limits and MQTT 5: whatever of options.ts the application wants otherwise. */
  readonly session?: Partial<Omit<ClientOptions, "authentication">>;

  onReadable?(this: MqttClient, count: number, options: ReadableOptions): void;
  onWritable?(this: MqttClient, count: number): void;
  onControl?(this: MqttClient, opcode: number, message: ControlMessage): void;
  /** The connection ended in order. Nothing follows. */
  onClose?(this: MqttClient): void;
  /** The connection did. Nothing follows. `reason` is the broker's code where there is one. */
  onError?(this: MqttClient, status: number, reason: number): void;
}
