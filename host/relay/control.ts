import {
  STREAM_CLOSE,
  STREAM_CLOSED,
  STREAM_OPEN,
  STREAM_OPENED,
  TIME,
} from "../../firmware/link/control.js";

/** What a board asks of the gateway; `number` is the board's own for one stream. */
export type StreamRequest =
  | { readonly kind: "open"; readonly number: number }
  | { readonly kind: "close"; readonly number: number };

/** Reads one message of the control channel; null for what this gateway does not know. */
export function decodeRequest(
  bytes: Uint8Array,
  offset: number,
  length: number,
): StreamRequest | null {
  const [opcode, number] = [bytes[offset], bytes[offset + 1]];
  if (length < 2 || number === undefined) return null;
  if (opcode === STREAM_OPEN) return { kind: "open", number };
  return opcode === STREAM_CLOSE ? { kind: "close", number } : null;
}

/** Answers the board that its stream `number` carries MQTT from now on. */
export function streamOpened(number: number): Uint8Array {
  return Uint8Array.of(STREAM_OPENED, number);
}

/** Tells the board that its stream `number` is over. */
export function streamClosed(number: number, reason: number): Uint8Array {
  return Uint8Array.of(STREAM_CLOSED, number, reason);
}

/** Tells the board the time, in milliseconds since 1970. */
export function timeMessage(unixMs: number): Uint8Array {
  const message = Buffer.alloc(8);
  message[0] = TIME;
  message.writeUIntBE(Math.trunc(unixMs), 2, 6);
  return message;
}
