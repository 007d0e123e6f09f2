import { HELLO } from "../../firmware/link/hello.js";
import { printable } from "../log.js";
import type { Item } from "./cutter.js";

const CHANNELS = ["control", "console", "mqtt", "urgent", "files", "5", "6", "7"];
const NAMES: Readonly<Record<number, string>> = {
  128: "ACKNOWLEDGE",
  130: "PING",
  131: "PONG",
  132: "SPEED",
};
const SHOWN_BYTES = 48;

/** One line for people: what it is, its numbers, and the beginning of its payload. */
export function describeItem(item: Item): string {
  if (item.kind === "other")
    return `text    ${JSON.stringify(printable(item.bytes.toString("latin1")))}`;
  if (item.kind === "frame") return describeFrame(item.bytes, item.isVerified);
  const { greeting } = item;
  const hex = (value: number) => (value >>> 0).toString(16).padStart(8, "0");
  const isHello = greeting.kind === HELLO;
  const text = (bytes: Uint8Array, length: number) =>
    Buffer.from(bytes.subarray(0, length)).toString();
  const name = isHello ? ` ${text(greeting.identity, greeting.identityLength)}` : "";
  const limits = `payload ${greeting.maximumPayload} window ${greeting.window}`;
  const session = `epoch ${hex(greeting.epoch)} nonce ${hex(greeting.nonce)}`;
  return `${isHello ? "HELLO  " : "WELCOME"}${name} ${session} attempt ${greeting.attempt} ${limits}`;
}

function describeFrame(bytes: Buffer, isVerified: boolean): string {
  const [, type = 0, length = 0, , sequence, acknowledgement, limit] = bytes;
  const payload = bytes.subarray(7, 7 + length);
  const numbers = `#${sequence} ack ${acknowledgement} limit ${limit}`;
  const doubt = isVerified ? "" : "  (check unknown: no greeting was seen)";
  return `${nameOf(type)} ${numbers}  ${showPayload(payload)}${doubt}`.trimEnd();
}

function nameOf(type: number): string {
  if (type >= 0xa0) {
    const flags = `${type & 2 ? "F" : "-"}${type & 1 ? "L" : "-"}`;
    return `DATA    ${CHANNELS[(type >> 2) & 7]} ${flags}`;
  }
  if (type >= 0x88 && type <= 0x8f) return `DATAGRAM ${CHANNELS[type & 7]}`;
  return NAMES[type] ?? `type ${type.toString(16)}`;
}

function showPayload(payload: Buffer): string {
  if (payload.length === 0) return "";
  const shown = payload.subarray(0, SHOWN_BYTES);
  const more = payload.length > SHOWN_BYTES ? " …" : "";
  const text = shown.every((byte) => byte >= 0x20 && byte < 0x7f)
    ? JSON.stringify(shown.toString("latin1"))
    : shown.toString("hex");
  return `${payload.length} bytes ${text}${more}`;
}
