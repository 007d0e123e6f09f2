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
  const view = bytes === inbound.viewed ? inbound.view : undefined;
  return isPlainTopic(bytes, view, offset, length) || isTopicName(bytes, offset, length);
}
