import { MAXIMUM_PAYLOAD, MAXIMUM_WINDOW } from "./frame.js";
import { isIdentity } from "./hello.js";

/** The end that greets: a microcontroller. */
export const BOARD = 0;
/** The end that answers: a gateway. It never speaks first. */
export const HOST = 1;

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
}

/** Names the option that is out of its range; empty when none is. */
export function optionsFault(options: LinkOptions): string {
  const identity = options.identity;
  const maximumPayload = options.maximumPayload;
  const window = options.window;
  if (options.role === BOARD && !isIdentity(identity, 0, identity.length)) return "identity";
  if (!(maximumPayload >= 1 && maximumPayload <= MAXIMUM_PAYLOAD)) return "maximumPayload";
  return window >= 1 && window <= MAXIMUM_WINDOW ? "" : "window";
}
