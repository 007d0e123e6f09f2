/**
 * A buffer in pieces. Of one in a block, a part that becomes text needs a block too, and the search for
 * it takes many times as long as the copy.
 *
 * @param length in bytes
 */
export function newBuffer(length: number): Uint8Array {
  "cold";
  let text = "\0";
  while (text.length < length) text += text;
  return new Uint8Array(E.toArrayBuffer(text.substr(0, length)));
}
