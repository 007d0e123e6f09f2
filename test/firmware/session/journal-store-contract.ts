import assert from "node:assert/strict";
import { test } from "node:test";
import type { JournalStore } from "../../../firmware/session/journal-store.js";
import { Random } from "../../sim/random.js";
import { JournalRig, live } from "./journal-rig.js";

/** A store under test that can be taken away and given back with what it held. */
export interface StoreFixture {
  readonly store: JournalStore;
  /** What a reset leaves: another store over the same memory. */
  readonly reopen: () => JournalStore;
}

/** What every store must do for a journal. */
export function storeContract(name: string, create: () => StoreFixture): void {
  const unit = create().store.unit;
  const some = writable(new Random(1), 4 * unit);

  test(`${name}: what was appended is read back, also after a reset`, () => {
    const { store, reopen } = create();
    assert.equal(store.append(0, 0, some, 0, some.length), 0);
    assert.equal(store.append(0, some.length, some, unit, unit), 0);
    const expected = [...some, ...some.subarray(unit, 2 * unit)];
    assert.deepEqual(read(store, 0, expected.length), expected);
    assert.deepEqual(read(reopen(), 0, expected.length), expected);
  });

  test(`${name}: the areas are apart`, () => {
    const { store } = create();
    store.append(0, 0, some, 0, some.length);
    assert.deepEqual(read(store, 1, some.length), []);
    store.append(1, 0, some, unit, unit);
    store.truncate(0);
    assert.deepEqual(read(store, 0, some.length), []);
    assert.deepEqual(read(store, 1, unit), [...some.subarray(unit, 2 * unit)]);
  });

  test(`${name}: an area is read in parts, into the middle of a buffer`, () => {
    const { store } = create();
    store.append(0, 0, some, 0, some.length);
    const out = new Uint8Array(unit + 6);
    assert.equal(store.read(0, 1, out, 3, unit), unit);
    assert.deepEqual([...out], [0, 0, 0, ...some.subarray(1, 1 + unit), 0, 0, 0]);
  });

  test(`${name}: a truncated area is blank, after a reset too, and takes new bytes from its beginning`, () => {
    const { store, reopen } = create();
    store.append(0, 0, some, 0, some.length);
    assert.equal(store.truncate(0), 0);
    assert.deepEqual(read(store, 0, store.areaSize), []);
    assert.deepEqual(read(reopen(), 0, store.areaSize), []);
    assert.equal(store.append(0, 0, some, unit, unit), 0);
    assert.deepEqual(read(store, 0, unit), [...some.subarray(unit, 2 * unit)]);
  });

  test(`${name}: an area can be filled to its last byte`, () => {
    const { store } = create();
    const bytes = writable(new Random(2), store.areaSize);
    assert.equal(store.append(1, 0, bytes, 0, bytes.length), 0);
    assert.deepEqual(read(store, 1, store.areaSize), [...bytes]);
  });

  test(`${name}: a journal lives through resets at any time between its writes`, () => {
    const { store, reopen } = create();
    const random = new Random(3);
    let rig = new JournalRig(store);
    for (let life = 0; life < 20; life++) {
      live(rig, random, random.below(20));
      const text = rig.image.text();
      rig = new JournalRig(reopen());
      assert.equal(rig.image.text(), text);
    }
  });
}

/** Bytes that cannot be taken for erased ones. */
function writable(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.below(255));
}

/** The first bytes of an area, up to the erased ones. */
function read(store: JournalStore, area: number, length: number): number[] {
  const out = new Uint8Array(length);
  const count = store.read(area, 0, out, 0, length);
  assert.ok(count >= 0);
  const bytes = [...out.subarray(0, count)];
  const isErased = bytes.slice(bytes.indexOf(0xff)).every((byte) => byte === 0xff);
  return isErased && bytes.includes(0xff) ? bytes.slice(0, bytes.indexOf(0xff)) : bytes;
}
