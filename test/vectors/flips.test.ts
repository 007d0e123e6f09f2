import assert from "node:assert/strict";
import { test } from "node:test";
import { readDifferences } from "./differences.js";
import { flawsOf } from "./flaws.js";
import { fullName, readVectors, type Vector } from "./page.js";
import { logOfChanged } from "./player.js";
import { positionsIn } from "./positions.js";
import { readPropertyVectors } from "./property-vectors.js";
import { readBySecondOpinion } from "./second-opinion.js";

/** Of the vectors of the table of properties those that are in order: the others differ by little. */
const vectors = [...readVectors(), ...readPropertyVectors().filter(isInOrder)];
const tables = readDifferences();
/** Ends that say something of the broker's bytes. */
const FAULTS = /^closes (MALFORMED|PROTOCOL_ERROR|BAD_ALIAS)/;
/** Ends that do not: a refusal in order, or no room. */
const OTHER_ENDS = /^closes (REFUSED|TOO_LARGE|TABLE_FULL|QUOTA_EXCEEDED)/;

/** One bit of a vector's bytes from the broker, turned over. */
interface Flip {
  readonly where: string;
  readonly bytes: Uint8Array;
  /** What the client did with them. */
  readonly log: readonly string[];
  readonly readings: readonly string[];
  readonly vector: Vector;
  /** The step that brings the bytes. */
  readonly index: number;
}

function isInOrder({ steps }: Vector): boolean {
  return !steps.some((step) => step.readings?.includes("refused"));
}

function* flips(): Generator<Flip> {
  // Many vectors begin alike.
  const done = new Set<string>();
  for (const vector of vectors) {
    for (const [index, step] of vector.steps.entries()) {
      const before = vector.steps.slice(0, index + 1).map(({ verb, ...rest }) => [verb, rest]);
      const key = JSON.stringify([vector.version, vector.phase, vector.options, before]);
      if (step.verb !== "rx" || done.has(key)) continue;
      done.add(key);
      for (const at of positionsIn(step.bytes.length)) {
        for (let bit = 0; bit < 8; bit++) yield flip(vector, index, step.bytes, at, bit);
      }
    }
  }
}

function flip(vector: Vector, index: number, whole: Uint8Array, at: number, bit: number): Flip {
  const bytes = whole.slice();
  bytes[at]! ^= 1 << bit;
  const where = `${fullName(vector)}: bit ${bit} of byte ${at} of step ${index}`;
  const { log, before } = logOfChanged(vector, index, bytes, false);
  const readings = readBySecondOpinion(bytes, vector.version);
  return { where, bytes, log: log.slice(before), readings, vector, index };
}

function isRefusedThere({ readings }: Flip): boolean {
  return readings.some((line) => line === "refused" || line === "throws");
}

/** Why the two disagree about flipped bytes; nothing when they agree. */
function disagreement({ bytes, index, log, readings, vector }: Flip): string[] | undefined {
  const isRefusedHere = log.some((line) => FAULTS.test(line));
  const isThere = readings.some((line) => line === "refused" || line === "throws");
  if (isRefusedHere === isThere) return undefined;
  const flaws = flawsOf(bytes, vector, index);
  if (isRefusedHere) return flaws;
  const isOver = log.some((line) => OTHER_ENDS.test(line));
  return isOver ? [...flaws, "ended before"] : flaws;
}

/** Messages that the client showed and the other parser did not read so. */
function strangeMessages({ log, readings, vector }: Flip): string[] {
  if (vector.options.has("receive") || vector.options.has("aliases")) return [];
  const read = readings.map((line) => line.replace(/^publish /, "message ").replace(/ id=\d+/, ""));
  const shown = log.filter((line) => /^message .*(?<! truncated)$/.test(line));
  return shown.filter((line) => !read.includes(line));
}

test("with any bit flipped the client and mqtt-packet agree, or the reason is listed", () => {
  const unexplained: string[] = [];
  const used = new Set<string>();
  for (const one of flips()) {
    const reasons = disagreement(one);
    const table = isRefusedThere(one) ? tables.takenHere : tables.refusedHere;
    const listed = table.filter(({ what }) => reasons?.includes(what));
    for (const { what } of listed) used.add(what);
    const isStrange = strangeMessages(one).length > 0;
    if ((reasons && listed.length === 0) || isStrange) {
      unexplained.push(`${one.where}\n  here: ${one.log}\n  there: ${one.readings}`);
    }
  }
  assert.equal(
    unexplained.length,
    0,
    `${unexplained.length}:\n${unexplained.slice(0, 9).join("\n")}`,
  );
  const rows = [...tables.refusedHere, ...tables.takenHere].map(({ what }) => what);
  assert.deepEqual(
    rows.filter((what) => !used.has(what)),
    [],
    "every listed reason is needed",
  );
});
