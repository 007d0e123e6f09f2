import type { IPublishPacket, Packet } from "mqtt-packet";
import { printable } from "../log.js";
import type { Direction } from "./inspector.js";

const READINGS_KEPT = 16;
const READING_BYTES = 24;
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** What went over one board's streams since the gateway began: counts and the last readings. */
export class Traffic {
  /** PUBLISH packets from the board, by QoS. */
  readonly published: [number, number, number] = [0, 0, 0];
  /** PUBLISH packets from the board with DUP set. */
  repeated = 0;
  /** PUBLISH packets to the board. */
  received = 0;
  /** PUBLISH packets that were too large for the board and kept from it. */
  withheld = 0;
  /** From the board's last CONNECT. */
  clientId = "";
  private readonly lastReadings = new Map<string, string>();

  /** Messages both ways. */
  get messages(): number {
    const [qos0, qos1, qos2] = this.published;
    return qos0 + qos1 + qos2 + this.received;
  }

  /** The last value of each plain decimal the board published, by the last level of its topic. */
  get readings(): ReadonlyMap<string, string> {
    return this.lastReadings;
  }

  handlePacket(direction: Direction, packet: Packet): void {
    if (packet.cmd === "connect") this.clientId = printable(packet.clientId);
    if (packet.cmd !== "publish") return;
    if (direction === "down") {
      this.received++;
      return;
    }
    this.published[packet.qos]++;
    if (packet.dup) this.repeated++;
    this.keepReading(packet);
  }

  private keepReading(packet: IPublishPacket): void {
    const levels = packet.topic.split("/");
    if (packet.payload.length > READING_BYTES || levels.includes("diagnostics")) return;
    const value = packet.payload.toString();
    const name = printable(levels[levels.length - 1] ?? "").slice(0, READING_BYTES);
    if (!DECIMAL.test(value) || name === "") return;
    if (this.lastReadings.size >= READINGS_KEPT && !this.lastReadings.has(name)) return;
    this.lastReadings.set(name, value);
  }
}
