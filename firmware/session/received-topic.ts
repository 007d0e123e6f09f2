import { ECMA_IO } from "../features.js";
import { isPlainTopic } from "../wire/plain-topic.js";
import { isTopicName } from "../wire/topic.js";
import type { Inbound } from "./parts.js";

/** Tells whether a received topic may be one: a quick look first, a close one where that is not enough. */
export function isTopic(
  inbound: Inbound,
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean {
  const view = ECMA_IO && bytes === inbound.viewed ? inbound.view : undefined;
  if (ECMA_IO && view && isPlainTopic(bytes, view, offset, length)) return true;
  return isTopicName(bytes, offset, length);
}
