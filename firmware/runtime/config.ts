/** What a board needs to know to publish. Provisioned, never in source. Sizes in bytes. */
export interface MoteConfig {
  /** The board's name: one topic level, 1 to 64 characters. */
  readonly board: string;
  /** First levels of every topic; `mote/<board>` when absent. */
  readonly base?: string;
  /** MQTT client identifier; `mote-<board>` when absent. */
  readonly clientId?: string;
  readonly userName?: string;
  readonly password?: Uint8Array;
  /** 60 when absent. */
  readonly keepAliveSeconds?: number;
  /** Holds publishes until they are acknowledged; 2048 when absent. */
  readonly outboxBytes?: number;
  /** Holds one received packet that comes in pieces; 256 when absent. */
  readonly receiveBytes?: number;
  /** How long opening the transport may take; 0 when absent: for ever. */
  readonly openTimeoutMs?: number;
}
