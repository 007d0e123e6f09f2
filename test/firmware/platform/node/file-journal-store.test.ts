import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { FileJournalStore } from "../../../../firmware/platform/node/file-journal-store.js";
import { STORE_FAILED } from "../../../../firmware/status.js";
import { Random } from "../../../sim/random.js";
import { JournalRig, live, publish } from "../../session/journal-rig.js";
import { storeContract } from "../../session/journal-store-contract.js";

const AREA_SIZE = 1024;
const root = mkdtempSync(join(tmpdir(), "mote-journal-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

storeContract("files", () => {
  const folder = newFolder();
  return {
    store: new FileJournalStore(folder, AREA_SIZE),
    reopen: () => new FileJournalStore(folder, AREA_SIZE),
  };
});

test("files: the owner alone can read them", () => {
  const folder = newFolder();
  new FileJournalStore(folder, AREA_SIZE).close();
  chmodSync(join(folder, "journal-1"), 0o644);
  new FileJournalStore(folder, AREA_SIZE).close();
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  for (const name of ["journal-0", "journal-1"]) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
  }
});

test("files: what a power cut leaves of the last entry, or adds to it, is no entry", () => {
  const random = new Random(5);
  const folder = newFolder();
  const rig = new JournalRig(new FileJournalStore(folder, AREA_SIZE));
  live(rig, random, 9);
  const path = join(folder, "journal-0");
  const earlier = readFileSync(path);
  assert.equal(rig.change(publish(999, random.bytes(20))), 0);
  const whole = readFileSync(path);
  for (let length = earlier.length; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    // What was not written is missing, or reads as zeros, or as anything.
    for (const rest of [0, 1, whole.length - length]) {
      for (const fill of [new Uint8Array(rest), random.bytes(rest)]) {
        writeFileSync(path, Buffer.concat([cut, fill]));
        const next = new JournalRig(new FileJournalStore(folder, AREA_SIZE));
        assert.equal(next.image.text(), rig.before, `${length} bytes, then ${fill}`);
        writeFileSync(join(folder, "journal-1"), "");
      }
    }
  }
});

test("files: an area does not grow beyond its size", () => {
  const store = new FileJournalStore(newFolder(), AREA_SIZE);
  assert.equal(store.append(0, AREA_SIZE - 1, new Uint8Array(2), 0, 2), STORE_FAILED);
});

test("files: a fault of the file is a status", () => {
  const store = new FileJournalStore(newFolder(), AREA_SIZE);
  store.close();
  const bytes = new Uint8Array(1);
  assert.equal(store.append(0, 0, bytes, 0, 1), STORE_FAILED);
  assert.equal(store.truncate(0), STORE_FAILED);
  assert.equal(store.read(0, 0, bytes, 0, 1), STORE_FAILED);
});

function newFolder(): string {
  return join(root, `store-${folders++}`);
}
