import assert from "node:assert/strict";
import { test } from "node:test";
import { Flash, type FlashOptions, PowerCut } from "../../sim/flash.js";
import { Random } from "../../sim/random.js";
import { JournalRig, live } from "./journal-rig.js";

const KINDS: readonly Omit<FlashOptions, "seed">[] = [
  { areaSize: 512, unit: 1, tearing: "in order" },
  { areaSize: 512, unit: 4, tearing: "any order" },
  { areaSize: 1024, unit: 16, tearing: "any order" },
];
const CHANGES = 70;

for (const kind of KINDS) {
  const name = `${kind.areaSize} bytes, units of ${kind.unit}, programmed ${kind.tearing}`;

  test(`a power cut at any moment leaves the state before the change or after it: ${name}`, () => {
    for (let seed = 1; seed <= 2; seed++) {
      const options = { ...kind, seed };
      const whole = new Flash(options);
      live(new JournalRig(whole), new Random(seed), CHANGES);
      assert.ok(whole.erases > 2, "areas are used up");
      for (let cutAt = 0; cutAt < whole.moments; cutAt++) {
        const flash = new Flash(options);
        flash.powerUp(cutAt);
        const states = untilCut(flash, new Random(seed), CHANGES);
        flash.powerUp();
        const rig = new JournalRig(flash);
        const where = `seed ${seed}, cut at ${cutAt}`;
        assert.ok(states.includes(rig.image.text()), where);
        assert.equal(rig.journal.isDamaged, false, where);
      }
    }
  });

  test(`life after one cut is life before the next, for as long as it takes: ${name}`, () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const flash = new Flash({ ...kind, seed });
      for (let life = 0; life < 300; life++) {
        flash.powerUp(random.below(life % 3 === 0 ? 1500 : 12));
        const states = untilCut(flash, random, 1000);
        const rig = new JournalRig(flash.copy());
        assert.ok(states.includes(rig.image.text()), `seed ${seed}, life ${life}`);
        assert.equal(rig.journal.isDamaged, false);
      }
    }
  });
}

/** @returns the states that may be found after it */
function untilCut(flash: Flash, random: Random, changes: number): string[] {
  const held = new JournalRig(flash.copy()).image.text();
  let rig: JournalRig | undefined;
  try {
    rig = new JournalRig(flash);
    live(rig, random, changes);
  } catch (error) {
    if (!(error instanceof PowerCut)) throw error;
  }
  // While a device starts nothing changes.
  return rig ? [rig.before, rig.after] : [held];
}
