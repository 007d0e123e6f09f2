import assert from "node:assert/strict";
import { test } from "node:test";
import { LinkStatistics } from "../../../firmware/link/link.js";
import { countersOf, type LinkCounters, likelyCause } from "../../../host/link/health.js";

const before = countersOf(new LinkStatistics());

function after(change: Partial<LinkCounters>): LinkCounters {
  return { ...before, framesReceived: 1000, framesSent: 1000, roundTripMs: 5, ...change };
}

test("a link that is well is not spoken of", () => {
  assert.equal(likelyCause(before, after({})), null);
  assert.equal(likelyCause(before, after({ damagedFrames: 2, resends: 5 })), null);
  assert.equal(likelyCause(before, before), null);
});

test("each fault is named with its share and where to look", () => {
  const cases: readonly (readonly [Partial<LinkCounters>, RegExp])[] = [
    [{ damagedFrames: 20 }, /^2\.0 % of frames from the board are damaged: cable, ground or baud/],
    [{ damagedFrames: 500 }, /^33 % of frames from the board/],
    [{ resends: 60 }, /^6\.0 % of frames to the board are lost: its receive buffer/],
    [{ framesReceived: 0, garbageBytes: 4000 }, /^nothing but noise is heard: the baud rate/],
    [{ sessions: 3 }, /^the board started 3 times: its power/],
    [{ roundTripMs: 900 }, /^the board answers after 900 ms: it is busy/],
  ];
  for (const [change, text] of cases) assert.match(likelyCause(before, after(change)) ?? "", text);
});

test("a few frames tell nothing", () => {
  const few = { ...before, framesReceived: 10, damagedFrames: 5, framesSent: 10, resends: 5 };
  assert.equal(likelyCause(before, few), null);
});
