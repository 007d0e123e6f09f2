import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manner } from "./mqtt-subject.js";
import { fullName, readVectors, type Vector } from "./page.js";
import { byByte, type Cut, logOf, logOfChanged, splitAt, wantedLog, whole } from "./player.js";
import { positionsIn } from "./positions.js";
import { readPropertyVectors } from "./property-vectors.js";

/** Up to here a packet that is split is of interest to a transport that keeps a part of it. */
const LONGEST_KEPT = 80;

const vectors = [...readVectors(), ...readPropertyVectors()];

/** Plays every vector and tells all that went wrong at once. */
function forEach(check: (vector: Vector) => void): void {
  const wrong: string[] = [];
  for (const vector of vectors) {
    try {
      check(vector);
    } catch (error) {
      wrong.push(`${fullName(vector)}\n${error instanceof Error ? error.message : error}`);
    }
  }
  assert.equal(wrong.length, 0, `${wrong.length} vectors:\n${wrong.slice(0, 20).join("\n\n")}`);
}

/** @throws unless the vector's log is the wanted one; `arrange` brings both into the same order */
function play(
  vector: Vector,
  cut: Cut,
  what: string,
  arrange: Arrange = asItIs,
  manner: Manner = "plain",
): void {
  const got = arrange(logOf(vector, cut, manner)).join("\n");
  const wanted = arrange(wantedLog(vector)).join("\n");
  if (got !== wanted) throw new Error(`${what}\n  wanted:\n${wanted}\n  got:\n${got}`);
}

type Arrange = (log: readonly string[]) => readonly string[];
const asItIs: Arrange = (log) => log;

/**
 * What is written behind what is told. When bytes come in pieces an answer goes out between two messages that,
 * had they come in one, would both have been shown before.
 */
const apart: Arrange = (log) => [...log.filter(isTold), ...log.filter(isWritten)];
const isWritten = (line: string): boolean => line.startsWith("sends ");
const isTold = (line: string): boolean => !isWritten(line);

/** Steps that bring bytes from the broker. */
function inputsOf(vector: Vector): { index: number; bytes: Uint8Array }[] {
  return vector.steps.flatMap((step, index) =>
    step.verb === "rx" ? [{ index, bytes: step.bytes }] : [],
  );
}

test("there are vectors of every packet, of both versions", () => {
  const pages = new Set(vectors.map(({ page, version }) => `${page} ${version}`));
  assert.ok(pages.size >= 34, [...pages].join(", "));
  assert.ok(vectors.length >= 1200, `${vectors.length} vectors`);
});

test("every vector, its bytes whole, makes the client do what its page says", () => {
  forEach((vector) => play(vector, whole, "whole"));
});

test("every vector does the same byte by byte", () => {
  forEach((vector) => play(vector, byByte, "byte by byte", apart));
});

test("every vector does the same when its bytes are split at any place", () => {
  forEach((vector) => {
    const longest = Math.max(0, ...inputsOf(vector).map(({ bytes }) => bytes.length));
    for (const at of positionsIn(longest)) {
      if (at > 0) play(vector, splitAt(at), `split at ${at}`, apart);
    }
  });
});

test("every vector does the same over a transport that keeps what is not whole", () => {
  forEach((vector) => {
    play(vector, whole, "whole", apart, "keeping");
    play(vector, byByte, "byte by byte", apart, "keeping");
    const longest = Math.max(0, ...inputsOf(vector).map(({ bytes }) => bytes.length));
    for (let at = 1; at < Math.min(longest, LONGEST_KEPT); at++) {
      play(vector, splitAt(at), `split at ${at}`, apart, "keeping");
    }
  });
});

test("a connection that breaks at any byte of a vector has told nothing else before", () => {
  forEach((vector) => {
    const wanted = wantedLog(vector);
    for (const { index, bytes } of inputsOf(vector)) {
      for (const at of positionsIn(bytes.length)) {
        const { log } = logOfChanged(vector, index, bytes.slice(0, at), true);
        if (log.at(-1) === "closes TRANSPORT_CLOSED") log.pop();
        for (const part of [isWritten, isTold]) {
          const got = log.filter(part);
          const begun = wanted.filter(part).slice(0, got.length);
          assert.deepEqual(got, begun, `truncated at ${at} of step ${index}`);
        }
      }
    }
  });
});
