import { type Packet, type Parser, parser } from "mqtt-packet";
import { messageOf } from "../error.js";

/** From the board, or to it. */
export type Direction = "up" | "down";

/** MQTT 3.1.1 §2.2.1: what a client may send. */
const CLIENT_PACKETS: ReadonlySet<string> = new Set([
  "connect",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "unsubscribe",
  "pingreq",
  "disconnect",
  "auth",
]);

/**
 * Reads along with one stream, both ways, through an MQTT codec that is not the board's own. It never
 * alters a byte. Its callers cut the stream at packet borders and bound the length of a packet first,
 * because the parser holds whatever a header announces.
 */
export class Inspector {
  private readonly handlePacket: (direction: Direction, packet: Packet) => void;
  private readonly up: PacketTap;
  private down: PacketTap;
  private isConnected = false;

  /** @param handlePacket is told of each whole packet, after its checks */
  constructor(handlePacket: (direction: Direction, packet: Packet) => void) {
    this.handlePacket = handlePacket;
    this.up = new PacketTap({});
    this.down = new PacketTap({});
  }

  /**
   * Takes a run of one packet.
   *
   * @param run  kept until the packet is whole
   * @param last the packet ends with it
   * @returns what is wrong with the packet, or null
   */
  inspect(direction: Direction, run: Buffer, last: boolean): string | null {
    const tap = direction === "up" ? this.up : this.down;
    const result = tap.feed(run, last);
    if (result.kind === "malformed") return result.detail;
    if (result.kind === "incomplete") return null;
    if (direction === "up") {
      const fault = this.checkUp(result.packet);
      if (fault !== null) return fault;
    }
    this.handlePacket(direction, result.packet);
    return null;
  }

  private checkUp(packet: Packet): string | null {
    if (!CLIENT_PACKETS.has(packet.cmd)) return `a client may not send ${packet.cmd.toUpperCase()}`;
    if (packet.cmd === "connect") {
      if (this.isConnected) return "second CONNECT"; // [MQTT-3.1.0-2]
      this.isConnected = true;
      // Only the board's CONNECT tells which version the answers have.
      this.down = new PacketTap({ protocolVersion: packet.protocolVersion ?? 4 });
      return null;
    }
    return this.isConnected ? null : "first packet is not CONNECT"; // [MQTT-3.1.0-1]
  }
}

type TapResult =
  | { readonly kind: "incomplete" }
  | { readonly kind: "packet"; readonly packet: Packet }
  | { readonly kind: "malformed"; readonly detail: string };

/** One direction: runs of packets in, whole packets out. */
class PacketTap {
  private readonly parser: Parser;
  private packet: Packet | null = null;
  private fault: string | null = null;

  constructor(options: { protocolVersion?: number }) {
    this.parser = parser(options);
    this.parser.on("packet", (packet: Packet) => {
      this.packet = packet;
    });
    this.parser.on("error", (error: unknown) => {
      this.fault = messageOf(error);
    });
  }

  feed(run: Buffer, last: boolean): TapResult {
    this.packet = null;
    try {
      this.parser.parse(run);
    } catch (error) {
      this.fault = messageOf(error);
    }
    if (this.fault !== null) return { kind: "malformed", detail: this.fault };
    if (!last) return { kind: "incomplete" };
    if (this.packet === null) return { kind: "malformed", detail: "fields run past the packet" };
    return { kind: "packet", packet: this.packet };
  }
}
