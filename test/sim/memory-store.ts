import type { JournalStore } from "../../firmware/session/journal-store.js";

/** Two areas in memory that never lose power, and that allocate nothing. */
export class MemoryStore implements JournalStore {
  readonly areaSize: number;
  readonly unit = 1;
  private readonly bytes: Uint8Array;

  constructor(areaSize: number) {
    this.areaSize = areaSize;
    this.bytes = new Uint8Array(2 * areaSize);
  }

  read(area: number, position: number, out: Uint8Array, outOffset: number, length: number): number {
    const from = area * this.areaSize + position;
    for (let i = 0; i < length; i++) out[outOffset + i] = this.bytes[from + i] ?? 0;
    return length;
  }

  append(
    area: number,
    position: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    const to = area * this.areaSize + position;
    for (let i = 0; i < length; i++) this.bytes[to + i] = bytes[offset + i] ?? 0;
    return 0;
  }

  truncate(area: number): number {
    this.bytes.fill(0xff, area * this.areaSize, (area + 1) * this.areaSize);
    return 0;
  }
}
