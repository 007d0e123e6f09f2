import { STREAMS } from "../features.js";
import type { Inbound } from "./parts.js";

/** Begins anew: the next byte is a packet's first. */
export function forgetPacket(inbound: Inbound): void {
  "cold";
  inbound.fill = inbound.total = inbound.place = 0;
  if (!STREAMS) return;
  inbound.pieceStart = 0;
  inbound.isSkipped = inbound.isUnanswered = inbound.isDrained = false;
}
