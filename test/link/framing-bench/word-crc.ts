/** Four tables of 256, as plain arrays: XS reads those faster than typed ones. */
function makeTables(): number[][] {
  const tables: number[][] = [[], [], [], []];
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[0]!.push(crc | 0);
  }
  for (let k = 1; k < 4; k++) {
    for (let i = 0; i < 256; i++) {
      const previous = tables[k - 1]![i]!;
      tables[k]!.push((previous >>> 8) ^ tables[0]![previous & 255]!);
    }
  }
  return tables;
}

const [T0, T1, T2, T3] = makeTables() as [number[], number[], number[], number[]];

/** CRC-32 of bytes that begin at a multiple of four, read as words. */
export function wordCrc(
  words: Int32Array,
  bytes: Uint8Array,
  offset: number,
  length: number,
): number {
  const a = T0;
  const b = T1;
  const c = T2;
  const d = T3;
  const end = offset + length;
  const lastWord = end >> 2;
  let crc = -1;
  for (let at = offset >> 2; at < lastWord; at++) {
    crc ^= words[at]!;
    crc = d[crc & 255]! ^ c[(crc >>> 8) & 255]! ^ b[(crc >>> 16) & 255]! ^ a[crc >>> 24]!;
  }
  for (let at = lastWord << 2; at < end; at++) crc = (crc >>> 8) ^ a[(crc ^ bytes[at]!) & 255]!;
  return ~crc;
}

/** As `wordCrc`, and tells in the lowest bits of the second result whether any byte is zero. */
export function hasZero(words: Int32Array, offset: number, length: number): boolean {
  let found = 0;
  const lastWord = (offset + length + 3) >> 2;
  for (let at = offset >> 2; at < lastWord; at++) {
    const word = words[at]!;
    found |= (word - 0x01010101) & ~word & 0x80808080;
  }
  return found !== 0;
}

export function writeCheck(bytes: Uint8Array, at: number, check: number): void {
  bytes[at] = check >>> 24;
  bytes[at + 1] = check >>> 16;
  bytes[at + 2] = check >>> 8;
  bytes[at + 3] = check;
}

export function readCheck(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}
