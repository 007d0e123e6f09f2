import {
  ACKNOWLEDGED,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  DROPPED,
  EXPIRED,
  GRANTED_EVENT,
  IN_DOUBT,
  OVERSIZE_EVENT,
  REMOVED_EVENT,
} from "../session/event.js";
import { TOO_LARGE, UNKNOWN } from "../status.js";
import {
  CONNACK,
  DISCONNECT,
  PUBACK,
  PUBCOMP,
  PUBLISH,
  SUBACK,
  UNSUBACK,
} from "../wire/packet-type.js";
import type { ControlMessage } from "./mqtt-options.js";

/** Publishes whose QoS is remembered, so that the packet that ended them can be named. */
const QOS_MEMORY = 64;

/** What the client tells, in ECMA-419's words. */
export class MqttControl implements ControlMessage {
  operation = 0;
  id = 0;
  reason = 0;
  status = 0;
  sessionPresent = false;
  readonly payload = new Uint8Array(1);
  private readonly qosById = new Uint8Array(QOS_MEMORY);

  /** A publish was taken. */
  note(id: number, qos: number): void {
    this.qosById[id % QOS_MEMORY] = qos;
  }

  /** Says what an event of the client means. @returns the operation */
  say(kind: number, detail: number, reason: number): number {
    this.id = detail;
    this.reason = reason;
    this.status = 0;
    this.operation = PUBLISH;
    switch (kind) {
      case CONNECTED_EVENT:
        this.sessionPresent = detail === 1;
        this.id = 0;
        this.operation = CONNACK;
        break;
      case DISCONNECTED_EVENT:
        this.id = 0;
        this.status = detail;
        this.operation = DISCONNECT;
        break;
      case ACKNOWLEDGED:
        this.operation = this.qosById[detail % QOS_MEMORY] === 2 ? PUBCOMP : PUBACK;
        break;
      case GRANTED_EVENT:
      case DENIED_EVENT:
        this.payload[0] = reason;
        this.operation = SUBACK;
        break;
      case REMOVED_EVENT:
        this.operation = UNSUBACK;
        break;
      case OVERSIZE_EVENT:
        this.id = -1;
        this.status = TOO_LARGE;
        break;
      case DROPPED:
        this.status = -reason;
        this.reason = 0;
        break;
      case EXPIRED:
      case IN_DOUBT:
        this.status = UNKNOWN;
    }
    return this.operation;
  }
}
