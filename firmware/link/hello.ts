import { copyBytes } from "../bytes.js";
import { MALFORMED, PROTOCOL_ERROR } from "../status.js";
import { crc32 } from "./crc.js";
import { MAXIMUM_PAYLOAD, MAXIMUM_WINDOW, readUint32, writeUint32 } from "./frame.js";
import { DELIMITER } from "./framing.js";

/** Peers of another version do not understand each other. */
const PROTOCOL_VERSION = 1;
const MAXIMUM_IDENTITY = 64;

/** Board → host: who I am, which session I hold; may we talk? */
export const HELLO = 0x48; // "H"
/** Host → board: yes, and this is the session. */
export const WELCOME = 0x57; // "W"

// The body. Bytes after the last field belong to later versions and are passed over.
const VERSION = 0;
const EPOCH = 1;
const NONCE = 5;
const ATTEMPT = 9;
const PAYLOAD_LIMIT = 10;
const WINDOW = 11;
const WELCOME_LENGTH = 12;
const HELLO_RESET_CAUSE = 12;
const HELLO_IDENTITY_LENGTH = 13;
const HELLO_IDENTITY = 14;

const MARK = 0x21; // "!"
const PREFIX_LENGTH = 2;
const CHECK_LENGTH = 4;

/** The largest handshake on the wire, without delimiters: a HELLO with the longest identity. */
export const MAXIMUM_HELLO = PREFIX_LENGTH + 2 * (HELLO_IDENTITY + MAXIMUM_IDENTITY + CHECK_LENGTH);
/** The WELCOME on the wire, without delimiters, and as much again for what later versions add. */
export const MAXIMUM_WELCOME = PREFIX_LENGTH + 4 * (WELCOME_LENGTH + CHECK_LENGTH);

/** The fields of a HELLO or a WELCOME. */
export class Greeting {
  /** HELLO or WELCOME. */
  kind = 0;
  /** The board's, drawn at boot. */
  epoch = 0;
  /** HELLO: the session the board still holds, 0 for none. WELCOME: the session to use. */
  nonce = 0;
  /** Counts the board's HELLOs; a WELCOME tells which one it answers. */
  attempt = 0;
  /** Bytes per frame that the sender can receive. */
  maximumPayload = 0;
  /** Frames that the sender can receive ahead. */
  window = 0;
  /** HELLO only; 0 for unknown. */
  resetCause = 0;
  /** HELLO only: the board's name. */
  readonly identity = new Uint8Array(MAXIMUM_IDENTITY);
  identityLength = 0;
}

/** Tells whether a run of at least two bytes begins as a handshake does. */
export function isHandshake(bytes: Uint8Array): boolean {
  return bytes[0] === MARK && (bytes[1] === HELLO || bytes[1] === WELCOME);
}

/** Tells whether bytes can name a board: 1 to 64 of printable ASCII. */
export function isIdentity(bytes: Uint8Array, offset: number, length: number): boolean {
  if (length < 1 || length > MAXIMUM_IDENTITY) return false;
  for (let i = offset; i < offset + length; i++) {
    if (bytes[i] < 0x21 || bytes[i] > 0x7e) return false;
  }
  return true;
}

function hexDigit(value: number): number {
  return value < 10 ? 0x30 + value : 0x57 + value;
}

function hexValue(digit: number): number {
  if (digit >= 0x30 && digit <= 0x39) return digit - 0x30;
  const letter = digit | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** Writes `length` bytes as hexadecimal digits, last first, so that they may be spread in place. */
function spreadHex(bytes: Uint8Array, offset: number, length: number): void {
  for (let i = length - 1; i >= 0; i--) {
    const byte = bytes[offset + i];
    bytes[offset + 2 * i] = hexDigit(byte >>> 4);
    bytes[offset + 2 * i + 1] = hexDigit(byte & 15);
  }
}

function isHex(bytes: Uint8Array, offset: number, end: number): boolean {
  for (let at = offset; at < end; at++) if (hexValue(bytes[at]) < 0) return false;
  return ((end - offset) & 1) === 0;
}

/**
 * Encodes a handshake between two delimiters: `!`, the kind, body and CRC-32 in hexadecimal digits. It has no
 * line end, so a REPL that hears it executes nothing.
 *
 * @returns one past the last delimiter
 */
export function encodeGreeting(greeting: Greeting, out: Uint8Array, outOffset: number): number {
  out[outOffset] = DELIMITER;
  out[outOffset + 1] = MARK;
  out[outOffset + 2] = greeting.kind;
  const body = outOffset + 1 + PREFIX_LENGTH;
  out[body + VERSION] = PROTOCOL_VERSION;
  writeUint32(out, body + EPOCH, greeting.epoch);
  writeUint32(out, body + NONCE, greeting.nonce);
  out[body + ATTEMPT] = greeting.attempt;
  out[body + PAYLOAD_LIMIT] = greeting.maximumPayload;
  out[body + WINDOW] = greeting.window;
  let length = WELCOME_LENGTH;
  if (greeting.kind === HELLO) {
    out[body + HELLO_RESET_CAUSE] = greeting.resetCause;
    out[body + HELLO_IDENTITY_LENGTH] = greeting.identityLength;
    copyBytes(greeting.identity, 0, greeting.identityLength, out, body + HELLO_IDENTITY);
    length = HELLO_IDENTITY + greeting.identityLength;
  }
  const checked = PREFIX_LENGTH + length;
  writeUint32(out, body + length, crc32(out, outOffset + 1, checked));
  spreadHex(out, body, length + CHECK_LENGTH);
  const end = body + 2 * (length + CHECK_LENGTH);
  out[end] = DELIMITER;
  return end + 1;
}

/**
 * Decodes a handshake in place: its digits are gathered into bytes.
 *
 * @param bytes the run from its `!` at 0; unchanged unless the rest of it are digits
 * @param end   one past its last digit
 * @param into  overwritten when the result is 0
 * @returns 0; MALFORMED when it is no handshake or damaged; PROTOCOL_ERROR when it is one of another version or its fields are
 *   out of range
 */
export function decodeGreeting(bytes: Uint8Array, end: number, into: Greeting): number {
  const body = PREFIX_LENGTH;
  const checkOffset = body + ((end - body) >> 1) - CHECK_LENGTH;
  const length = checkOffset - body;
  if (length < WELCOME_LENGTH || !isHex(bytes, body, end)) return MALFORMED;
  for (let to = body, at = body; at < end; at += 2) {
    bytes[to++] = (hexValue(bytes[at]) << 4) | hexValue(bytes[at + 1]);
  }
  if (crc32(bytes, 0, checkOffset) !== readUint32(bytes, checkOffset)) return MALFORMED;
  const isHello = bytes[1] === HELLO;
  if (bytes[body + VERSION] !== PROTOCOL_VERSION) return PROTOCOL_ERROR;
  if (!isWithin(bytes[body + PAYLOAD_LIMIT], MAXIMUM_PAYLOAD)) return PROTOCOL_ERROR;
  if (!isWithin(bytes[body + WINDOW], MAXIMUM_WINDOW)) return PROTOCOL_ERROR;
  if (isHello && !hasIdentity(bytes, body, length)) return PROTOCOL_ERROR;
  into.kind = bytes[1];
  into.epoch = readUint32(bytes, body + EPOCH);
  into.nonce = readUint32(bytes, body + NONCE);
  into.attempt = bytes[body + ATTEMPT];
  into.maximumPayload = bytes[body + PAYLOAD_LIMIT];
  into.window = bytes[body + WINDOW];
  if (!isHello) return 0;
  into.resetCause = bytes[body + HELLO_RESET_CAUSE];
  into.identityLength = bytes[body + HELLO_IDENTITY_LENGTH];
  copyBytes(bytes, body + HELLO_IDENTITY, into.identityLength, into.identity, 0);
  return 0;
}

/** Tells whether a HELLO's identity lies within its body and is printable. */
function hasIdentity(bytes: Uint8Array, body: number, length: number): boolean {
  if (length < HELLO_IDENTITY) return false;
  const identityLength = bytes[body + HELLO_IDENTITY_LENGTH];
  if (HELLO_IDENTITY + identityLength > length) return false;
  return isIdentity(bytes, body + HELLO_IDENTITY, identityLength);
}

function isWithin(value: number, maximum: number): boolean {
  return value >= 1 && value <= maximum;
}
