/** LINKTYPE_USER0: Wireshark asks the dissector in mote-link.lua. */
const LINK_TYPE = 147;
const [SECTION, INTERFACE, PACKET] = [0x0a0d0d0a, 1, 6];
const BYTE_ORDER = 0x1a2b3c4d;
const FLAGS_OPTION = 2;
const [INBOUND, OUTBOUND] = [1, 2];

function block(type: number, body: Buffer): Buffer {
  const padded = Buffer.alloc(Math.ceil(body.length / 4) * 4);
  body.copy(padded);
  const length = padded.length + 12;
  const out = Buffer.alloc(length);
  out.writeUInt32LE(type, 0);
  out.writeUInt32LE(length, 4);
  padded.copy(out, 8);
  out.writeUInt32LE(length, length - 4);
  return out;
}

/** What a capture file begins with. */
export function captureHeader(): Buffer {
  const section = Buffer.alloc(16);
  section.writeUInt32LE(BYTE_ORDER, 0);
  section.writeUInt16LE(1, 4);
  section.writeBigInt64LE(-1n, 8);
  const port = Buffer.alloc(8);
  port.writeUInt16LE(LINK_TYPE, 0);
  return Buffer.concat([block(SECTION, section), block(INTERFACE, port)]);
}

/** One frame, greeting or run of text; `up` is from the board. Times are in milliseconds since 1970. */
export function captureItem(bytes: Uint8Array, direction: "up" | "down", unixMs: number): Buffer {
  const micros = BigInt(Math.round(unixMs * 1000));
  const padded = Math.ceil(bytes.length / 4) * 4;
  const body = Buffer.alloc(20 + padded + 12);
  body.writeUInt32LE(Number(micros >> 32n), 4);
  body.writeUInt32LE(Number(micros & 0xffffffffn), 8);
  body.writeUInt32LE(bytes.length, 12);
  body.writeUInt32LE(bytes.length, 16);
  body.set(bytes, 20);
  body.writeUInt16LE(FLAGS_OPTION, 20 + padded);
  body.writeUInt16LE(4, 22 + padded);
  body.writeUInt32LE(direction === "up" ? INBOUND : OUTBOUND, 24 + padded);
  return block(PACKET, body);
}
