import { MAXIMUM_PAYLOAD, MAXIMUM_WINDOW } from "./frame.js";
import { isFirmware, isIdentity } from "./hello.js";

/** The end that greets: a microcontroller. */
export const BOARD = 0;
/** The end that answers: a gateway. It never speaks first. */
export const HOST = 1;
/** A port that holds as much as ever comes. */
export const UNLIMITED_BUFFER = 0xffff;

/** What one end of a link is made of. */
export interface LinkOptions {
  /** BOARD or HOST. */
  readonly role: number;
  /** Board: its name, 1 to 64 bytes of printable ASCII without spaces. Host: empty. */
  readonly identity: Uint8Array;
  /** Board: 32 bits drawn at boot. Host: not used. */
  readonly epoch: number;
  /** 32 random bits, unsigned: the host draws its nonces from it. */
  readonly random: () => number;
  /** Bytes per frame that this end sends or receives at most, 1 to 240. */
  readonly maximumPayload: number;
  /** Frames that this end receives ahead, and keeps unacknowledged, at most: 1 to 64. */
  readonly window: number;
  /** Bytes that this end's port holds unread, 64 to 65,534: the peer sends no more before it knows that they were read. UNLIMITED_BUFFER when absent. */
  readonly buffer?: number;
  /** The most that this end's port can do, in baud, a multiple of 100; its speed is fixed when absent or 0. */
  readonly speedLimit?: number;
  /** Board: what it runs, up to 32 bytes of printable ASCII without spaces. */
  readonly firmware?: Uint8Array;
  /** Board: why it started, 1 to 255. */
  readonly resetCause?: number;
  /**
   * An array whose end the link uses as its own. Packets and input that lie before that are copied by the engine and not
   * byte by byte, which in XS is most of what a byte costs.
   */
  readonly memory?: Uint8Array;
}

/** Names the option that is out of its range; empty when none is. */
export function optionsFault(options: LinkOptions): string {
  const identity = options.identity;
  const maximumPayload = options.maximumPayload;
  const window = options.window;
  const buffer = options.buffer ?? UNLIMITED_BUFFER;
  const firmware = options.firmware;
  if (options.role === BOARD && !isIdentity(identity, 0, identity.length)) return "identity";
  if (firmware !== undefined && !isFirmware(firmware, 0, firmware.length)) return "firmware";
  if (!(maximumPayload >= 1 && maximumPayload <= MAXIMUM_PAYLOAD)) return "maximumPayload";
  if (!(buffer >= 64 && buffer <= UNLIMITED_BUFFER)) return "buffer";
  return window >= 1 && window <= MAXIMUM_WINDOW ? "" : "window";
}
