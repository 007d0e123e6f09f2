// Local stand-ins until the link's own constants are merged.
export const CONTROL = 0;
export const MQTT = 2;
const STREAM_OPEN = 0x01;
const STREAM_CLOSE = 0x02;
const STREAM_OPENED = 0x81;
const STREAM_CLOSED = 0x82;

/** Why the gateway closed a stream; the numbers go over the wire. */
export const CloseReason = {
  brokerClosed: 0,
  unreachable: 1,
  refused: 2,
  tooLarge: 3,
  malformed: 4,
  gatewayStops: 5,
} as const;

export type StreamRequest =
  | { readonly kind: "open"; readonly number: number }
  | { readonly kind: "close"; readonly number: number };

/** Answers the board that its stream `number` carries MQTT from now on. */
export function streamOpened(number: number): Uint8Array {
  return Uint8Array.of(STREAM_OPENED, number);
}

/** Tells the board that its stream `number` is over. */
export function streamClosed(number: number, reason: number): Uint8Array {
  return Uint8Array.of(STREAM_CLOSED, number, reason);
}

/** Reads the board's requests on the control channel, in any pieces; unknown ones are passed over. */
export class ControlReader {
  /** The opcode of a message whose second byte is still to come. */
  private opcode: number | null = null;
  private isSkipping = false;

  reset(): void {
    this.opcode = null;
    this.isSkipping = false;
  }

  /** @param first a message begins at `offset` */
  feed(
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    handle: (request: StreamRequest) => void,
  ): void {
    if (first) this.reset();
    for (let at = offset; at < offset + length && !this.isSkipping; at++) {
      const byte = bytes[at] ?? 0;
      if (this.opcode === null) {
        this.opcode = byte;
        this.isSkipping = byte !== STREAM_OPEN && byte !== STREAM_CLOSE;
      } else {
        const kind = this.opcode === STREAM_OPEN ? "open" : "close";
        this.opcode = null;
        handle({ kind, number: byte });
      }
    }
  }
}
