import {
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { JournalStore } from "../../session/journal-store.js";
import { STORE_FAILED } from "../../status.js";

/** Two files in a folder as a journal's areas, readable by their owner only. One process may have them open. */
export class FileJournalStore implements JournalStore {
  readonly areaSize: number;
  readonly unit = 1;
  private readonly files: readonly number[];

  /** @param folder made if it is missing; throws where the files cannot be opened */
  constructor(folder: string, areaSize: number) {
    this.areaSize = areaSize;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.files = [0, 1].map((area) => openFile(join(folder, `journal-${area}`)));
    // A new file is there after a power cut only when its folder was written, and that one's.
    syncFolder(folder);
    syncFolder(dirname(folder));
  }

  close(): void {
    for (const file of this.files) closeSync(file);
  }

  read(area: number, position: number, out: Uint8Array, outOffset: number, length: number): number {
    let count = 0;
    while (count < length) {
      const at = outOffset + count;
      const more = attempt(() =>
        readSync(this.fileOf(area), out, at, length - count, position + count),
      );
      if (more < 0) return more;
      if (more === 0) break;
      count += more;
    }
    return count;
  }

  append(
    area: number,
    position: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): number {
    const file = this.fileOf(area);
    if (position + length > this.areaSize) return STORE_FAILED;
    return attempt(() => {
      for (let count = 0; count < length; ) {
        count += writeSync(file, bytes, offset + count, length - count, position + count);
      }
      fsyncSync(file);
      return 0;
    });
  }

  truncate(area: number): number {
    const file = this.fileOf(area);
    return attempt(() => {
      ftruncateSync(file, 0);
      fsyncSync(file);
      return 0;
    });
  }

  private fileOf(area: number): number {
    return this.files[area] ?? -1;
  }
}

function openFile(path: string): number {
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  fchmodSync(file, 0o600);
  return file;
}

function syncFolder(path: string): void {
  const folder = openSync(path, constants.O_RDONLY);
  fsyncSync(folder);
  closeSync(folder);
}

/** @returns what `action` returns, or STORE_FAILED where it throws */
function attempt(action: () => number): number {
  try {
    return action();
  } catch {
    return STORE_FAILED;
  }
}
