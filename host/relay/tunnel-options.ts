import type { ConnectBroker } from "../broker/connection.js";
import type { Traffic } from "./traffic.js";

/** What a tunnel needs of the link to its board. */
export interface TunnelLink {
  /** Returns how many bytes were taken: 0 when the window is full or there is no session. */
  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number;
  /** False makes the board stop at the end of its window. */
  setAccepting(accepting: boolean): void;
}

/** What happened to a board's stream. */
export type TunnelEvent =
  | { readonly kind: "unreachable"; readonly text: string }
  | { readonly kind: "opened" }
  /** The board asked for a new stream while it had one, as each does once after boot. */
  | { readonly kind: "replaced" }
  /** A message for the board was too large and kept from it; `topic` may be cut. */
  | { readonly kind: "oversize"; readonly topic: string; readonly packetLength: number }
  | { readonly kind: "closed"; readonly reason: number; readonly text: string };

/** What a tunnel works with. */
export interface TunnelOptions {
  readonly link: TunnelLink;
  readonly connect: ConnectBroker;
  readonly traffic: Traffic;
  readonly maximumPacketLength: number;
  /** Milliseconds, never going back. */
  readonly nowMs: () => number;
  /** 0 up to 1, for the jitter of reconnects. */
  readonly random: () => number;
  /** A rule of the gateway forbids the board a stream now; its request waits until none does. */
  readonly isRefused: () => boolean;
  readonly onEvent: (event: TunnelEvent) => void;
}
