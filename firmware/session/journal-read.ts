import {
  BEGIN,
  BODY,
  BODY_LENGTH,
  COMMIT,
  CRC_SIZE,
  ENTRY_OVERHEAD,
  ERASED,
  entryCheck,
  entrySize,
  FIRST_NUMBER,
  type Journal,
  LAST_KIND,
  REPLAYING,
  SECOND_NUMBER,
  WRITING,
} from "./journal.js";
import { eraseSpare } from "./journal-write.js";

/** Finds the newest whole area; `nextEntry` then steps through it. @returns false: there is none, all is new */
export function openJournal(journal: Journal): boolean {
  "cold";
  const first = generationOf(journal, 0);
  const second = generationOf(journal, 1);
  const newer = second > first ? 1 : 0;
  const largest = newer === 1 ? second : first;
  journal.isDamaged = false;
  journal.isSpareErased = false;
  journal.isSpareMarked = false;
  journal.mode = REPLAYING;
  if (choose(journal, newer, largest)) return true;
  if (choose(journal, 1 - newer, newer === 1 ? first : second)) return true;
  journal.generation = largest;
  journal.isEndDamaged = true;
  journal.mode = WRITING;
  return false;
}

/** Reads the next entry. @returns its kind, or 0: that was all, and the journal may be written to */
export function nextEntry(journal: Journal): number {
  "cold";
  while (journal.mode === REPLAYING) {
    const size = readEntry(journal);
    if (size === 0) endReplay(journal);
    else {
      journal.position += size;
      const kind = journal.bytes[0];
      if (kind === ERASED) journal.isSpareMarked = journal.detail === 1;
      else if (kind > ERASED) return kind;
    }
  }
  return 0;
}

/** @returns the generation of an area that has begun, or 0 */
function generationOf(journal: Journal, area: number): number {
  "cold";
  journal.area = area;
  journal.position = 0;
  const isBegun = readEntry(journal) > 0 && journal.bytes[0] === BEGIN;
  return isBegun ? ((journal.packetId << 16) | journal.detail) >>> 0 : 0;
}

/** Goes to the beginning of an area, if its snapshot is whole. */
function choose(journal: Journal, area: number, generation: number): boolean {
  "cold";
  if (generation === 0) return false;
  const begin = entrySize(journal, 0);
  journal.area = area;
  journal.generation = generation;
  journal.position = begin;
  do {
    const size = readEntry(journal);
    if (size === 0) return false;
    journal.position += size;
  } while (journal.bytes[0] !== COMMIT);
  journal.position = begin;
  return true;
}

function endReplay(journal: Journal): void {
  "cold";
  const position = journal.position;
  const areaSize = journal.store.areaSize;
  journal.isEndDamaged = !isBlank(journal, journal.area, position, areaSize);
  // Behind a damaged end the mark may have been withdrawn.
  journal.isSpareErased = journal.isSpareMarked && !journal.isEndDamaged;
  // A cut write is no longer than the buffer: what lies behind that was written, and whole, before.
  journal.isDamaged = !isBlank(journal, journal.area, position + journal.bytes.length, areaSize);
  journal.mode = WRITING;
  if (!isBlank(journal, 1 - journal.area, 0, entrySize(journal, 0))) eraseSpare(journal);
}

function isBlank(journal: Journal, area: number, position: number, end: number): boolean {
  "cold";
  const bytes = journal.bytes;
  while (position < end) {
    const wanted = end - position < bytes.length ? end - position : bytes.length;
    const count = journal.store.read(area, position, bytes, 0, wanted);
    if (count < 0) return false;
    for (let at = 0; at < count; at++) if (bytes[at] !== 0xff) return false;
    if (count < wanted) return true;
    position += count;
  }
  return true;
}

/** Reads the entry at `position`. @returns what it takes in the area, or 0: there is none that is whole */
function readEntry(journal: Journal): number {
  "cold";
  const bytes = journal.bytes;
  const left = journal.store.areaSize - journal.position;
  const room = left < bytes.length ? left : bytes.length;
  if (room < ENTRY_OVERHEAD || read(journal, 0, BODY) < BODY) return 0;
  const length = uint16(bytes, BODY_LENGTH);
  const size = entrySize(journal, length);
  if (bytes[0] < BEGIN || bytes[0] > LAST_KIND || size > room) return 0;
  if (read(journal, BODY, length + CRC_SIZE) < length + CRC_SIZE) return 0;
  const end = BODY + length;
  if (((uint16(bytes, end) << 16) | uint16(bytes, end + 2)) !== entryCheck(journal, end)) return 0;
  journal.packetId = uint16(bytes, FIRST_NUMBER);
  journal.detail = uint16(bytes, SECOND_NUMBER);
  journal.length = length;
  return size;
}

function read(journal: Journal, at: number, length: number): number {
  "cold";
  return journal.store.read(journal.area, journal.position + at, journal.bytes, at, length);
}

function uint16(bytes: Uint8Array, at: number): number {
  "cold";
  return (bytes[at] << 8) | bytes[at + 1];
}
