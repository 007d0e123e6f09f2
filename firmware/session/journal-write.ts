import { copyBytes } from "../bytes.js";
import { INCOMPLETE, JOURNAL_FULL, TOO_LARGE } from "../status.js";
import { encodeUint16, encodeUint32 } from "../wire/field.js";
import {
  BEGIN,
  BODY,
  BODY_LENGTH,
  COMMIT,
  CRC_SIZE,
  ERASED,
  entryCheck,
  entrySize,
  FIRST_NUMBER,
  type Journal,
  MEASURING,
  PUBLISHED,
  SECOND_NUMBER,
  SNAPSHOT,
  WANTED_ROW,
  WRITING,
} from "./journal.js";

/** An entry is not to be written: it was measured, or a snapshot holds it. */
const SETTLED = 1;

/**
 * Writes an entry with a body. The live state holds the change already: where a snapshot is made instead,
 * it has to be in it.
 *
 * @param numbers the entry's two numbers, the first in the upper half
 * @returns 0 when it would survive a power cut; TOO_LARGE, JOURNAL_FULL or a status of the store: the
 *   change must be taken back
 */
export function keep(
  journal: Journal,
  kind: number,
  numbers: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): number {
  const status = makeRoom(journal, kind, length);
  if (status !== 0) return status === SETTLED ? 0 : status;
  copyBytes(bytes, offset, length, journal.bytes, BODY);
  return write(journal, kind, numbers >>> 16, numbers & 0xffff, length);
}

/** Writes an entry of two numbers; as `keep`. */
export function mark(journal: Journal, kind: number, packetId: number, detail: number): number {
  const status = makeRoom(journal, kind, 0);
  if (status !== 0) return status === SETTLED ? 0 : status;
  return write(journal, kind, packetId, detail, 0);
}

/** Writes the live state to the other area and erases this one; as `keep`. */
export function snapshot(journal: Journal): number {
  "cold";
  if (journal.mode !== WRITING) return INCOMPLETE;
  // The spare may be half written, and then half erased, when power fails: the mark goes first.
  if (journal.isSpareMarked && !journal.isEndDamaged) write(journal, ERASED, 0, 0, 0);
  journal.isSpareMarked = false;
  const oldArea = journal.area;
  const oldPosition = journal.position;
  const status = writeSnapshot(journal);
  journal.mode = WRITING;
  if (status < 0) {
    journal.area = oldArea;
    journal.position = oldPosition;
    journal.generation--;
    return status;
  }
  journal.isEndDamaged = false;
  eraseSpare(journal);
  return 0;
}

function writeSnapshot(journal: Journal): number {
  "cold";
  const spare = 1 - journal.area;
  let status = journal.isSpareErased ? 0 : journal.store.truncate(spare);
  journal.isSpareErased = false;
  journal.mode = SNAPSHOT;
  journal.area = spare;
  journal.position = 0;
  journal.generation++;
  const generation = journal.generation;
  if (status === 0) status = mark(journal, BEGIN, generation >>> 16, generation & 0xffff);
  if (status === 0) status = journal.source.writeState(journal);
  return status < 0 ? status : mark(journal, COMMIT, 0, 0);
}

/** So that the older area can never count again, and the next snapshot need not erase. */
export function eraseSpare(journal: Journal): void {
  "cold";
  journal.isSpareErased = journal.store.truncate(1 - journal.area) === 0;
  if (!journal.isSpareErased || journal.isEndDamaged) return;
  const isRoom = journal.position + 2 * entrySize(journal, 0) <= journal.store.areaSize;
  if (isRoom) journal.isSpareMarked = write(journal, ERASED, 0, 1, 0) === 0;
}

/** @returns 0, SETTLED or a negative status */
function makeRoom(journal: Journal, kind: number, length: number): number {
  const size = entrySize(journal, length);
  // Two entries are always left for ERASED.
  const areaSize = journal.store.areaSize - 2 * entrySize(journal, 0);
  if (size > journal.bytes.length) return TOO_LARGE;
  if (journal.mode === MEASURING) {
    journal.measured += size;
    return SETTLED;
  }
  if (journal.mode === SNAPSHOT) return journal.position + size > areaSize ? JOURNAL_FULL : 0;
  if (journal.mode !== WRITING) return INCOMPLETE;
  // An eighth beyond the live state is for the entries that may not be refused. It is also what each
  // snapshot gains at the least: they never follow each other closely.
  const reserve = kind === PUBLISHED || kind === WANTED_ROW ? areaSize >> 3 : 0;
  const isRoom = !journal.isEndDamaged && journal.position + size <= areaSize;
  if (isRoom && journal.position + size + reserve <= areaSize) return 0;
  if (measure(journal) + reserve > areaSize) return JOURNAL_FULL;
  if (isRoom) return 0;
  const status = snapshot(journal);
  return status < 0 ? status : SETTLED;
}

/** Bytes that the live state takes as a snapshot, with BEGIN and COMMIT. */
function measure(journal: Journal): number {
  "cold";
  journal.measured = 2 * entrySize(journal, 0);
  journal.mode = MEASURING;
  journal.source.writeState(journal);
  journal.mode = WRITING;
  return journal.measured;
}

/** Writes an entry whose body lies in the buffer and for which there is room. */
function write(
  journal: Journal,
  kind: number,
  packetId: number,
  detail: number,
  length: number,
): number {
  const bytes = journal.bytes;
  const size = entrySize(journal, length);
  const end = BODY + length;
  bytes[0] = kind;
  encodeUint16(length, bytes, BODY_LENGTH);
  encodeUint16(packetId, bytes, FIRST_NUMBER);
  encodeUint16(detail, bytes, SECOND_NUMBER);
  encodeUint32(entryCheck(journal, end), bytes, end);
  for (let at = end + CRC_SIZE; at < size; at++) bytes[at] = 0;
  const status = journal.store.append(journal.area, journal.position, bytes, 0, size);
  if (status === 0) {
    journal.position += size;
    return 0;
  }
  if (journal.mode === SNAPSHOT) return status;
  // The area now ends in what may be a part of the entry, or all of it: only a new one is certain.
  journal.isEndDamaged = true;
  return kind === ERASED ? status : snapshot(journal);
}
