import { copyBytes } from "../bytes.js";
import { crc32 } from "../crc.js";
import { MALFORMED, PROTOCOL_ERROR } from "../status.js";
import { MARK, MAXIMUM_PAYLOAD, MAXIMUM_WINDOW, readUint32, writeUint32 } from "./frame.js";

/** Peers of another version do not understand each other. */
const PROTOCOL_VERSION = 2;
const MAXIMUM_IDENTITY = 64;
/** Of the text that names what the board runs. */
const MAXIMUM_FIRMWARE = 32;
/** The least that a port may hold: two greetings' worth of frames would not fit in less. */
const MINIMUM_BUFFER = 64;

/** Board → host: who I am, which session I hold; may we talk? */
export const HELLO = 0x48; // "H"
/** Host → board: yes, and this is the session. */
export const WELCOME = 0x57; // "W"

// The body. Bytes after the last field belong to later revisions and are passed over.
const VERSION = 0;
const EPOCH = 1;
const NONCE = 5;
const ATTEMPT = 9;
const PAYLOAD_LIMIT = 10;
const WINDOW = 11;
const BUFFER = 12;
const SPEED_LIMIT = 14;
const FEATURES = 16;
const WELCOME_LENGTH = 17;
const HELLO_RESET_CAUSE = 17;
const HELLO_IDENTITY_LENGTH = 18;
const HELLO_IDENTITY = 19;

const EXCLAMATION = 0x21;
const PREFIX_LENGTH = 3;
const CHECK_LENGTH = 4;

/** The largest HELLO on the wire, with the marks around it. */
export const MAXIMUM_HELLO =
  PREFIX_LENGTH + 2 * (HELLO_IDENTITY + MAXIMUM_IDENTITY + 1 + MAXIMUM_FIRMWARE + CHECK_LENGTH) + 1;
/** The WELCOME on the wire, with its marks, and as much again for what later revisions add. */
export const MAXIMUM_WELCOME = PREFIX_LENGTH + 4 * (WELCOME_LENGTH + CHECK_LENGTH) + 1;

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
  /** Bytes that the sender's port holds unread; UNLIMITED when it is never too slow. */
  buffer = 0;
  /** The most that the sender's port can do, in hundreds of baud; 0 when its speed is fixed. */
  speedLimit = 0;
  /** What the sender can do beyond version 2: bits that are not known are ignored. */
  features = 0;
  /** HELLO only; 0 for unknown. */
  resetCause = 0;
  /** HELLO only: the board's name. */
  readonly identity = new Uint8Array(MAXIMUM_IDENTITY);
  identityLength = 0;
  /** HELLO only: what the board runs, as text. */
  readonly firmware = new Uint8Array(MAXIMUM_FIRMWARE);
  firmwareLength = 0;
}

/** Tells whether a letter behind a mark and `!` is a greeting's. */
export function isGreetingKind(letter: number): boolean {
  return letter === HELLO || letter === WELCOME;
}

/** Tells whether bytes can name a board: 1 to 64 of printable ASCII. */
export function isIdentity(bytes: Uint8Array, offset: number, length: number): boolean {
  return length >= 1 && length <= MAXIMUM_IDENTITY && isPrintable(bytes, offset, length);
}

/** Tells whether bytes can name a firmware: up to 32 of printable ASCII. */
export function isFirmware(bytes: Uint8Array, offset: number, length: number): boolean {
  return length <= MAXIMUM_FIRMWARE && isPrintable(bytes, offset, length);
}

function isPrintable(bytes: Uint8Array, offset: number, length: number): boolean {
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

function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] << 8) | bytes[offset + 1];
}

/**
 * Encodes a greeting between two marks: `!`, the kind, body and CRC-32 in hexadecimal digits. It has no
 * line end, so a REPL that hears it executes nothing.
 *
 * @returns one past the last mark
 */
export function encodeGreeting(greeting: Greeting, out: Uint8Array, outOffset: number): number {
  out[outOffset] = MARK;
  out[outOffset + 1] = EXCLAMATION;
  out[outOffset + 2] = greeting.kind;
  const body = outOffset + PREFIX_LENGTH;
  out[body + VERSION] = PROTOCOL_VERSION;
  writeUint32(out, body + EPOCH, greeting.epoch);
  writeUint32(out, body + NONCE, greeting.nonce);
  out[body + ATTEMPT] = greeting.attempt;
  out[body + PAYLOAD_LIMIT] = greeting.maximumPayload;
  out[body + WINDOW] = greeting.window;
  writeUint16(out, body + BUFFER, greeting.buffer);
  writeUint16(out, body + SPEED_LIMIT, greeting.speedLimit);
  out[body + FEATURES] = greeting.features;
  let length = WELCOME_LENGTH;
  if (greeting.kind === HELLO) {
    const identityLength = greeting.identityLength;
    const firmwareLength = greeting.firmwareLength;
    out[body + HELLO_RESET_CAUSE] = greeting.resetCause;
    out[body + HELLO_IDENTITY_LENGTH] = identityLength;
    copyBytes(greeting.identity, 0, identityLength, out, body + HELLO_IDENTITY);
    length = HELLO_IDENTITY + identityLength;
    out[body + length] = firmwareLength;
    copyBytes(greeting.firmware, 0, firmwareLength, out, body + length + 1);
    length += 1 + firmwareLength;
  }
  writeUint32(out, body + length, crc32(out, outOffset + 1, PREFIX_LENGTH - 1 + length));
  spreadHex(out, body, length + CHECK_LENGTH);
  const end = body + 2 * (length + CHECK_LENGTH);
  out[end] = MARK;
  return end + 1;
}

/**
 * Decodes a greeting in place: its digits are gathered into bytes.
 *
 * @param bytes holds the greeting's first mark at `offset`; unchanged unless the rest of it are digits
 * @param end   one past its last digit
 * @param into  overwritten when the result is 0
 * @returns 0; MALFORMED when it is no greeting or damaged; PROTOCOL_ERROR when it is one of another version or its fields are
 *   out of range
 */
export function decodeGreeting(
  bytes: Uint8Array,
  offset: number,
  end: number,
  into: Greeting,
): number {
  const body = offset + PREFIX_LENGTH;
  const checkOffset = body + ((end - body) >> 1) - CHECK_LENGTH;
  const length = checkOffset - body;
  if (length < WELCOME_LENGTH || !isHex(bytes, body, end)) return MALFORMED;
  for (let to = body, at = body; at < end; at += 2) {
    bytes[to++] = (hexValue(bytes[at]) << 4) | hexValue(bytes[at + 1]);
  }
  const check = crc32(bytes, offset + 1, checkOffset - offset - 1);
  if (check !== readUint32(bytes, checkOffset)) return MALFORMED;
  const isHello = bytes[offset + 2] === HELLO;
  if (bytes[body + VERSION] !== PROTOCOL_VERSION) return PROTOCOL_ERROR;
  if (!isWithin(bytes[body + PAYLOAD_LIMIT], MAXIMUM_PAYLOAD)) return PROTOCOL_ERROR;
  if (!isWithin(bytes[body + WINDOW], MAXIMUM_WINDOW)) return PROTOCOL_ERROR;
  if (readUint16(bytes, body + BUFFER) < MINIMUM_BUFFER) return PROTOCOL_ERROR;
  if (isHello && !hasNames(bytes, body, length)) return PROTOCOL_ERROR;
  into.kind = bytes[offset + 2];
  into.epoch = readUint32(bytes, body + EPOCH);
  into.nonce = readUint32(bytes, body + NONCE);
  into.attempt = bytes[body + ATTEMPT];
  into.maximumPayload = bytes[body + PAYLOAD_LIMIT];
  into.window = bytes[body + WINDOW];
  into.buffer = readUint16(bytes, body + BUFFER);
  into.speedLimit = readUint16(bytes, body + SPEED_LIMIT);
  into.features = bytes[body + FEATURES];
  if (isHello) readNames(bytes, body, into);
  return 0;
}

function readNames(bytes: Uint8Array, body: number, into: Greeting): void {
  into.resetCause = bytes[body + HELLO_RESET_CAUSE];
  into.identityLength = bytes[body + HELLO_IDENTITY_LENGTH];
  copyBytes(bytes, body + HELLO_IDENTITY, into.identityLength, into.identity, 0);
  const firmware = body + HELLO_IDENTITY + into.identityLength;
  into.firmwareLength = bytes[firmware];
  copyBytes(bytes, firmware + 1, into.firmwareLength, into.firmware, 0);
}

/** Tells whether a HELLO's identity and firmware lie within its body and are printable. */
function hasNames(bytes: Uint8Array, body: number, length: number): boolean {
  if (length <= HELLO_IDENTITY) return false;
  const identityLength = bytes[body + HELLO_IDENTITY_LENGTH];
  const firmware = HELLO_IDENTITY + identityLength;
  if (firmware >= length || !isIdentity(bytes, body + HELLO_IDENTITY, identityLength)) return false;
  const firmwareLength = bytes[body + firmware];
  if (firmware + 1 + firmwareLength > length) return false;
  return isFirmware(bytes, body + firmware + 1, firmwareLength);
}

function isWithin(value: number, maximum: number): boolean {
  return value >= 1 && value <= maximum;
}
