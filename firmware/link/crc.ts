function makeTables(): Int32Array {
  const tables = new Int32Array(1024);
  for (let i = 0; i < 256; i++) {
    let crc = i;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
    tables[i] = crc;
  }
  for (let i = 256; i < 1024; i++) {
    const previous = tables[i - 256];
    tables[i] = (previous >>> 8) ^ tables[previous & 255];
  }
  return tables;
}

/** Four tables of 256 for slicing by four: table k advances a byte that has k more bytes behind it. */
const TABLES = makeTables();

/**
 * CRC-32 of ISO-HDLC (polynomial 04C11DB7 reflected; Ethernet, zlib, `E.CRC32`).
 * Slicing by four, because on XS it halves the cost per byte of the usual table.
 *
 * @returns a signed 32-bit integer
 */
export function crc32(bytes: Uint8Array, offset: number, length: number): number {
  const end = offset + length;
  const sliced = end - (length & 3);
  let crc = -1;
  while (offset < sliced) {
    crc ^=
      bytes[offset] |
      (bytes[offset + 1] << 8) |
      (bytes[offset + 2] << 16) |
      (bytes[offset + 3] << 24);
    crc =
      TABLES[768 + (crc & 255)] ^
      TABLES[512 + ((crc >>> 8) & 255)] ^
      TABLES[256 + ((crc >>> 16) & 255)] ^
      TABLES[crc >>> 24];
    offset += 4;
  }
  while (offset < end) crc = (crc >>> 8) ^ TABLES[(crc ^ bytes[offset++]) & 255];
  return ~crc;
}
