import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BODY,
  COMPLETED,
  ENTRY_OVERHEAD,
  ESTABLISHED,
  FINISHED,
  newJournal,
  PUBLISHED,
  RECEIVED,
  SENT_FIRST,
  SESSION,
} from "../../../firmware/session/journal.js";
import { nextEntry, openJournal } from "../../../firmware/session/journal-read.js";
import { keep, mark, snapshot } from "../../../firmware/session/journal-write.js";
import { INCOMPLETE, JOURNAL_FULL, STORE_FAILED, TOO_LARGE } from "../../../firmware/status.js";
import { Flash } from "../../sim/flash.js";
import { Random } from "../../sim/random.js";
import { BUFFER_SIZE, entry, JournalRig, live, NO_BYTES, publish } from "./journal-rig.js";
import { SessionImage } from "./session-image.js";

const OPTIONS = { areaSize: 1024, unit: 1, tearing: "in order", seed: 1 } as const;

test("an empty store holds nothing, and the first entry begins a journal", () => {
  const flash = new Flash(OPTIONS);
  const journal = newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES);
  assert.equal(openJournal(journal), false);
  assert.equal(nextEntry(journal), 0);
  assert.equal(flash.writes, 0);
  assert.equal(mark(journal, ESTABLISHED, 0, 0), 0);
  assert.equal(
    openJournal(newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES)),
    true,
  );
});

test("what was kept is found after a reset, in its order", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  rig.change(entry(SESSION, 0xffff, 1));
  rig.change(publish(65535, Uint8Array.of(0x32, 255, 255)));
  rig.change(publish(1, new Uint8Array(0)));
  rig.change({ kind: RECEIVED, packetId: 9, detail: 0, body: Uint8Array.of(5) });
  const journal = newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES);
  assert.equal(openJournal(journal), true);
  const found: unknown[] = [];
  for (let kind = nextEntry(journal); kind !== 0; kind = nextEntry(journal)) {
    const { packetId, bytes, length } = journal;
    if (kind === PUBLISHED || kind === RECEIVED) {
      found.push([kind, packetId, ...bytes.subarray(BODY, BODY + length)]);
    }
  }
  assert.deepEqual(found, [
    [PUBLISHED, 65535, 0x32, 255, 255],
    [PUBLISHED, 1],
    [RECEIVED, 9, 5],
  ]);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
});

test("nothing is written before the replay has come to its end", () => {
  const flash = new Flash(OPTIONS);
  live(new JournalRig(flash), new Random(1), 5);
  const journal = newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES);
  assert.equal(mark(journal, ESTABLISHED, 0, 0), INCOMPLETE);
  openJournal(journal);
  assert.equal(mark(journal, ESTABLISHED, 0, 0), INCOMPLETE);
  assert.equal(snapshot(journal), INCOMPLETE);
});

test("an entry larger than the buffer is refused, and one of its size is not", () => {
  const rig = new JournalRig(new Flash(OPTIONS));
  const largest = BUFFER_SIZE - ENTRY_OVERHEAD;
  assert.equal(rig.change(publish(1, new Uint8Array(largest + 1))), TOO_LARGE);
  assert.equal(rig.change(publish(1, new Uint8Array(largest))), 0);
});

test("a full journal refuses publishes, without wear, and takes what frees room", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  let packetId = 0;
  while (rig.change(publish(packetId + 1, new Uint8Array(30))) === 0) packetId++;
  assert.ok(packetId > 10);
  const { bytesWritten, erases } = flash;
  for (let i = 0; i < 100; i++) {
    assert.equal(rig.change(publish(9999, new Uint8Array(30))), JOURNAL_FULL);
  }
  assert.deepEqual([flash.bytesWritten, flash.erases], [bytesWritten, erases]);
  for (let id = 100; id < 400; id++) {
    assert.equal(rig.change(entry(RECEIVED, id)), 0);
    assert.equal(rig.change(entry(COMPLETED, id)), 0);
  }
  for (let id = 1; id <= packetId; id++) {
    assert.equal(rig.change(entry(SENT_FIRST, id)), 0);
    assert.equal(rig.change(entry(FINISHED, id)), 0);
  }
  assert.equal(rig.change(publish(9999, new Uint8Array(30))), 0);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
});

test("a journal that is nearly full is not written anew for each publish", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  let oldest = 1;
  let newest = 1;
  while (rig.change(publish(newest, new Uint8Array(30))) === 0) newest++;
  const before = flash.bytesWritten;
  const erasesBefore = flash.erases;
  let taken = 0;
  for (let i = 0; i < 1000; i++) {
    assert.equal(rig.change(entry(FINISHED, oldest++)), 0);
    for (let tries = 0; tries < 3; tries++) {
      if (rig.change(publish(newest, new Uint8Array(30))) !== 0) continue;
      newest++;
      taken++;
    }
  }
  assert.ok(taken > 900, `${taken} publishes were taken`);
  assert.ok(flash.bytesWritten - before < 10 * 1000 * (30 + 2 * ENTRY_OVERHEAD));
  assert.ok(flash.erases - erasesBefore < taken / 3);
});

test("each bit of the last entry counts: with one flipped the entry is not there", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 6);
  const start = end(flash);
  rig.change(publish(4711, Uint8Array.of(1, 2, 3)));
  for (let at = start; at < end(flash); at++) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = flash.copy();
      damaged.bytesOf(0)[at] = (flash.bytesOf(0)[at] ?? 0) ^ (1 << bit);
      const next = new JournalRig(damaged);
      assert.equal(next.image.text(), rig.before, `byte ${at}, bit ${bit}`);
      assert.equal(next.journal.isDamaged, false);
      // Nothing is written behind it.
      assert.equal(next.change(entry(RECEIVED, 1)), 0);
      assert.equal(new JournalRig(damaged).image.text(), next.image.text());
    }
  }
});

test("any bytes behind the last entry are no entry, and nothing is written behind them", () => {
  const random = new Random(9);
  for (let run = 0; run < 300; run++) {
    const flash = new Flash(OPTIONS);
    const rig = new JournalRig(flash);
    live(rig, random, random.below(10));
    if (end(flash) === 0) continue;
    flash.bytesOf(0).set(random.bytes(1 + random.below(BUFFER_SIZE)), end(flash));
    const next = new JournalRig(flash);
    assert.equal(next.image.text(), rig.image.text());
    live(next, random, 3);
    assert.equal(new JournalRig(flash).image.text(), next.image.text());
  }
});

test("damage in the midst is told, and what stands before it is found", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 3);
  const text = rig.image.text();
  const at = end(flash);
  for (let id = 600; id < 605; id++) rig.change(publish(id, new Uint8Array(30)));
  assert.ok(end(flash) > at + 2 * BUFFER_SIZE);
  flash.bytesOf(0)[at + 2] = (flash.bytesOf(0)[at + 2] ?? 0) ^ 4;
  const next = new JournalRig(flash);
  assert.equal(next.journal.isDamaged, true);
  assert.equal(next.image.text(), text);
  assert.equal(next.change(entry(RECEIVED, 1)), 0);
  assert.equal(new JournalRig(flash).journal.isDamaged, false);
});

test("damage that looks like erased bytes is told as well", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 3);
  const at = end(flash);
  for (let id = 600; id < 608; id++) rig.change(publish(id, new Uint8Array(30)));
  assert.ok(end(flash) > at + 3 * BUFFER_SIZE);
  flash.bytesOf(0).fill(0xff, at, at + 2 * BUFFER_SIZE + 1);
  assert.equal(new JournalRig(flash).journal.isDamaged, true);
});

test("whatever the areas hold, a journal opens, and works from then on", () => {
  const random = new Random(11);
  for (let run = 0; run < 500; run++) {
    const flash = new Flash({ ...OPTIONS, areaSize: 512, seed: run });
    live(new JournalRig(flash), random, random.below(60));
    for (let i = random.below(4); i >= 0; i--) {
      const bytes = flash.bytesOf(random.below(2));
      bytes.set(random.bytes(random.below(30)), random.below(480));
    }
    const journal = newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES);
    openJournal(journal);
    let entries = 0;
    while (nextEntry(journal) !== 0) entries++;
    assert.ok(entries <= 512 / ENTRY_OVERHEAD);
    assert.equal(mark(journal, ESTABLISHED, 0, 0), 0);
    const next = newJournal(flash, new SessionImage(), new Uint8Array(BUFFER_SIZE), NO_BYTES);
    assert.equal(openJournal(next), true);
  }
});

test("an older area that a power cut kept from being erased is erased at the next start", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 6);
  const old = flash.bytesOf(0).slice();
  assert.equal(snapshot(rig.journal), 0);
  flash.bytesOf(0).set(old);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
  assert.equal(end(flash, 0), 0);
});

test("entries of an earlier generation that an erase left behind are not taken for new ones", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 6);
  const old = flash.bytesOf(0).slice();
  assert.equal(snapshot(rig.journal), 0);
  const text = rig.image.text();
  const at = flash.bytesOf(1).indexOf(0xff, end(flash, 1));
  flash.bytesOf(1).set(old.subarray(at), at);
  assert.equal(new JournalRig(flash).image.text(), text);
});

test("a write that fails is made good by a snapshot; where that fails too, the change is refused", () => {
  const flash = new Flash(OPTIONS);
  let failures = 0;
  const append = flash.append.bind(flash);
  flash.append = (...args) => {
    if (failures === 0) return append(...args);
    failures--;
    return STORE_FAILED;
  };
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 6);
  for (failures = 1; failures > 0; ) assert.equal(rig.change(publish(500, Uint8Array.of(1))), 0);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
  failures = 2;
  assert.equal(rig.change(publish(501, Uint8Array.of(1))), STORE_FAILED);
  assert.equal(failures, 0);
  assert.equal(rig.change(publish(502, Uint8Array.of(1))), 0);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
});

test("after a snapshot that failed the journal goes on in the area that it has", () => {
  const flash = new Flash(OPTIONS);
  const rig = new JournalRig(flash);
  live(rig, new Random(4), 6);
  const append = flash.append.bind(flash);
  flash.append = (area, ...args) => (area === 1 ? STORE_FAILED : append(area, ...args));
  assert.equal(snapshot(rig.journal), STORE_FAILED);
  flash.append = append;
  const { erases } = flash;
  assert.equal(rig.change(entry(RECEIVED, 77)), 0);
  assert.equal(flash.erases, erases);
  assert.equal(new JournalRig(flash).image.text(), rig.image.text());
});

test("a QoS 1 publish that is sent at once costs its record and 22 bytes, and in 4 kB one erase in 37", () => {
  const flash = new Flash({ ...OPTIONS, areaSize: 4096 });
  const image = new SessionImage();
  const journal = newJournal(flash, image, new Uint8Array(128), NO_BYTES);
  openJournal(journal);
  mark(journal, SESSION, 0, 1);
  const { bytesWritten, erases } = flash;
  const record = new Uint8Array(90);
  for (let packetId = 1; packetId <= 1000; packetId++) {
    keep(journal, PUBLISHED, packetId << 16, record, 0, record.length);
    mark(journal, FINISHED, packetId, 0);
  }
  const overhead = (flash.bytesWritten - bytesWritten) / 1000 - record.length;
  assert.ok(overhead > 20 && overhead <= 22, `${overhead} bytes`);
  assert.equal(Math.floor(1000 / (flash.erases - erases)), 37);
});

/** Where the erased bytes begin. */
function end(flash: Flash, area = 0): number {
  const bytes = flash.bytesOf(area);
  let at = bytes.length;
  while (at > 0 && bytes[at - 1] === 0xff) at--;
  return at;
}
