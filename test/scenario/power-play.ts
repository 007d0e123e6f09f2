import assert from "node:assert/strict";
import { test } from "node:test";
import type { Version } from "../sim/broker/rules.js";
import { Flash, type FlashOptions } from "../sim/flash.js";
import { PowerRig } from "../sim/power-rig.js";
import { Random } from "../sim/random.js";
import type { Role } from "./power-roles.js";

const NEVER = Number.POSITIVE_INFINITY;
const VERSIONS = [4, 5] as const;

/** What a cut does, and what the line is like. */
interface Manner {
  readonly window: number;
  readonly arrivesAfterwards: boolean;
  readonly tearing: FlashOptions["tearing"];
  readonly unit: number;
  readonly pieceLength: number;
}

const PLAIN: Manner = {
  window: 5,
  arrivesAfterwards: false,
  tearing: "in order",
  unit: 1,
  pieceLength: NEVER,
};
const MANNERS: readonly Manner[] = [
  PLAIN,
  { ...PLAIN, window: 1, tearing: "any order" },
  { ...PLAIN, arrivesAfterwards: true, unit: 4 },
  { ...PLAIN, window: 1, arrivesAfterwards: true, pieceLength: 1 },
];

interface Play extends Manner {
  readonly role: Role;
  readonly areaSize: number;
  readonly version: Version;
}

interface Played {
  readonly lives: number;
  /** Moments of the last life. */
  readonly moments: number;
  readonly erases: number;
}

/** @param nextCut after how many moments of its flash a life ends, asked at its beginning */
function play(one: Play, seed: number, nextCut: () => number): Played {
  const { role, version, window } = one;
  const flash = new Flash({ areaSize: one.areaSize, unit: one.unit, tearing: one.tearing, seed });
  flash.powerUp(nextCut());
  const rig = new PowerRig({
    flash,
    client: {
      inFlightWindow: window,
      protocolVersion: version,
      arena: new Uint8Array(one.areaSize),
      resendsDoubtful: role.resendsDoubtful,
    },
    broker: { inFlightWindow: window, lastPacketId: window + 1 },
    stateBytes: role.stateBytes,
    arrivesAfterwards: one.arrivesAfterwards,
    nextCut,
  });
  rig.line.pieceLength = one.pieceLength;
  try {
    role.play(rig);
    assert.deepEqual(rig.broker.violations, []);
  } catch (error) {
    const text = [JSON.stringify(one), ...rig.broker.transcript, ...rig.told].join("\n");
    throw new Error(`${error}\nseed ${seed}\n${text}`, { cause: error });
  }
  return { lives: rig.lives, moments: flash.moments, erases: flash.erases };
}

/** Cuts once for each moment that it takes. @returns runs */
function everyCut(one: Play): number {
  const { moments, erases } = play(one, 1, () => NEVER);
  assert.ok(erases >= 3, "areas are used up");
  for (let at = 0; at < moments; at++) {
    const cuts = [at];
    const { lives } = play(one, 1 + at, () => cuts.shift() ?? NEVER);
    assert.equal(lives, 2, `a cut at ${at}`);
  }
  return moments;
}

/** Makes the tests of one role. */
export function testPowerCuts(role: Role): void {
  for (const version of VERSIONS) {
    test(`power fails at every byte of a version ${version} board's journal that ${role.what}`, () => {
      // Each manner with one version; below both meet them all.
      const manners = MANNERS.filter((_, index) => VERSIONS[index % 2] === version);
      const areaSize = role.areaSize;
      const runs = manners.map((manner) => everyCut({ ...manner, role, version, areaSize }));
      assert.ok(Math.min(...runs) > 400, `${runs} cuts`);
    });

    test(`power fails again and again of a version ${version} board that ${role.what}`, () => {
      let lives = 0;
      for (let seed = 1; seed <= 60; seed++) {
        const random = new Random(seed);
        let left = 30;
        const nextCut = () => (left-- > 0 ? random.below(300) : NEVER);
        const manner = MANNERS[seed % MANNERS.length] ?? PLAIN;
        const one = { ...manner, role, version, areaSize: role.roomyAreaSize };
        lives += play(one, seed, nextCut).lives;
      }
      assert.ok(lives > 300, `${lives} lives`);
    });
  }
}
