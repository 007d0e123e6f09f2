import type { PublishProperties } from "./options.js";
import type { Version } from "./rules.js";

/** Where a message for a client stands. */
export type DeliveryState =
  | "queued"
  /** Written; neither PUBACK nor PUBREC came. */
  | "sent"
  /** PUBREC came, PUBCOMP did not. */
  | "received"
  /** PUBACK or PUBCOMP came, or at QoS 0 it was written. */
  | "acknowledged"
  /** PUBACK or PUBREC came with a reason code from 0x80 on. */
  | "refused"
  | "expired"
  /** Larger than the client takes. [MQTT-3.1.2-25] */
  | "too large"
  /** Its session ended first. */
  | "lost";

/** A message on its way from the broker to one client. */
export interface Delivery {
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties;
  /** In the broker's milliseconds; Infinity: never. */
  readonly expiresAt: number;
  state: DeliveryState;
  packetId: number;
  /** How often its PUBLISH was written. */
  timesSent: number;
  /** Of the PUBACK, PUBREC or PUBCOMP that ended it. */
  reasonCode: number;
}

export interface Subscription {
  /** As the client wrote it, with `$share/<name>/`. */
  readonly filter: string;
  readonly qos: number;
  readonly identifier: number | undefined;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  /** Of which version the filter is. */
  readonly version: Version;
}

export interface Will {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly properties: PublishProperties;
  readonly delayMs: number;
}

/** What the broker keeps for a client identifier across connections. */
export class Session {
  readonly clientId: string;
  readonly subscriptions = new Map<string, Subscription>();
  /** Identifiers of QoS 2 messages from the client that were not released, with what they carry. */
  readonly received = new Map<number, () => void>();
  /** Written to the client and not acknowledged, in the order of the first send. */
  inFlight: Delivery[] = [];
  queue: Delivery[] = [];
  /** When it ends, in the broker's milliseconds; undefined while it is connected. */
  expiresAt: number | undefined;
  expiryMs = 0;
  /** The will that waits, and when it is due. */
  will: Will | undefined;
  willDueAt = Number.POSITIVE_INFINITY;
  private packetId: number;

  constructor(clientId: string, firstPacketId: number) {
    this.clientId = clientId;
    this.packetId = firstPacketId - 1;
  }

  /** An identifier, up to `last`, that no message in flight has. */
  unusedPacketId(last: number): number {
    if (this.inFlight.length >= last) throw new RangeError("no identifier is left");
    do this.packetId = (this.packetId % last) + 1;
    while (this.inFlight.some((one) => one.packetId === this.packetId));
    return this.packetId;
  }
}
