import { isTopicName as isAnyTopicName } from "../../wire/topic.js";

export { encodeString, isTopicFilter } from "../../wire/topic.js";

/**
 * Tells whether bytes may name a topic: by one native call unless one of them is none of ASCII, or none
 * that a name may hold.
 */
export function isTopicName(bytes: Uint8Array, offset: number, length: number): boolean {
  // A literal is made at each call, which takes time; one that stays would take memory.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no topic name holds U+0000
  const isPlain = !/[\x00#+\x80-\xff]/.test(E.toString(bytes).substr(offset, length));
  return isPlain ? length > 0 : judge(bytes, offset, length);
}

function judge(bytes: Uint8Array, offset: number, length: number): boolean {
  "cold";
  return isAnyTopicName(bytes, offset, length);
}
