import assert from "node:assert/strict";
import { test } from "node:test";
import { storeContract } from "../firmware/session/journal-store-contract.js";
import { Flash, PowerCut } from "./flash.js";

const OPTIONS = { areaSize: 512, unit: 1, tearing: "in order", seed: 1 } as const;
const FOUR = Uint8Array.of(1, 2, 3, 4);

for (const unit of [1, 8]) {
  storeContract(`flash with units of ${unit}`, () => {
    const store = new Flash({ ...OPTIONS, unit });
    return { store, reopen: () => store };
  });
}

test("flash: bytes that are not erased cannot be written", () => {
  const flash = new Flash(OPTIONS);
  flash.append(0, 0, FOUR, 0, 4);
  assert.throws(() => flash.append(0, 3, FOUR, 0, 1), /erased/);
});

test("flash: a write that is cut leaves its first bytes, and no power", () => {
  for (let written = 0; written <= 4; written++) {
    const flash = new Flash(OPTIONS);
    flash.powerUp(written);
    assert.throws(() => flash.append(0, 0, FOUR, 0, 4), PowerCut);
    assert.throws(() => flash.read(0, 0, new Uint8Array(1), 0, 1), PowerCut);
    assert.throws(() => flash.append(0, 8, FOUR, 0, 4), PowerCut);
    const whole = flash.bytesOf(0).findIndex((byte, at) => byte !== FOUR[at]);
    assert.ok(whole === written || whole === written - 1, "the last one may be there in part");
    flash.powerUp();
    assert.equal(flash.append(0, 8, FOUR, 0, 4), 0);
  }
});

test("flash: an erase that is cut leaves a part of the old bytes", () => {
  const residues = new Set<number>();
  for (let seed = 1; seed <= 20; seed++) {
    for (let stage = 0; stage <= 4; stage++) {
      const flash = new Flash({ ...OPTIONS, seed });
      flash.append(0, 0, new Uint8Array(512), 0, 512);
      flash.powerUp(stage);
      assert.throws(() => flash.truncate(0), PowerCut);
      residues.add(flash.bytesOf(0).filter((byte) => byte !== 0xff).length);
    }
  }
  assert.ok(residues.has(512) && residues.has(0), "nothing yet, and all");
  assert.ok(residues.size > 20, "and much between");
});

test("flash: an area whose erase was cut cannot be written before it is erased again", () => {
  const flash = new Flash(OPTIONS);
  flash.powerUp(2);
  assert.throws(() => flash.truncate(0), PowerCut);
  flash.powerUp();
  assert.throws(() => flash.append(0, 0, FOUR, 0, 4), /erased to the end/);
  flash.truncate(0);
  assert.equal(flash.append(0, 0, FOUR, 0, 4), 0);
});

test("flash: writes, bytes and erases are counted", () => {
  const flash = new Flash(OPTIONS);
  flash.append(0, 0, FOUR, 0, 4);
  flash.append(0, 4, FOUR, 1, 2);
  flash.truncate(0);
  assert.deepEqual([flash.writes, flash.bytesWritten, flash.erases], [2, 6, 1]);
});
