/**
 * What a port provides for a journal: two areas of one size that outlive a power cut, each written from
 * its beginning on and erased as a whole. Two sectors of flash, a partition, two files.
 *
 * Power may fail at any time. A write that it cuts may leave any part of its bytes, and an erase any
 * mixture of old bytes and erased ones; both stay within what was being written or erased. Whatever a
 * call has returned 0 for must be there when power comes back.
 */
export interface JournalStore {
  /** Bytes in each area. */
  readonly areaSize: number;
  /** Every write begins and ends at a multiple of it: a power of two, what the flash programs at one time. */
  readonly unit: number;
  /**
   * Reads bytes of area 0 or 1. What was never written since the last erase reads as 0xFF, or not at all.
   *
   * @param length bytes wanted; `position + length` is within the area
   * @returns how many were read, fewer only at the end of what is written; or a negative status
   */
  read(area: number, position: number, out: Uint8Array, outOffset: number, length: number): number;
  /**
   * Writes behind what was written before.
   *
   * @param position where the last append to this area ended; 0 after `truncate`
   * @param bytes    borrowed during the call
   * @returns 0 once the bytes would survive a power cut, or a negative status
   */
  append(area: number, position: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Erases an area. @returns 0 once that would survive a power cut, or a negative status */
  truncate(area: number): number;
}
