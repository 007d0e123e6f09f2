export { encodeCodePoint, isWellFormed } from "../../wire/text.js";

/** Espruino's strings are bytes: the text of a source in UTF-8 is UTF-8 already. */
export function encodeText(text: string): Uint8Array {
  "cold";
  return E.toUint8Array(text);
}

/** A string of the same bytes, which is Espruino's text. */
export function decodeText(bytes: Uint8Array, offset: number, length: number): string {
  "cold";
  return E.toString(bytes).substr(offset, length);
}
