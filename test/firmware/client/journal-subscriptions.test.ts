import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientRig } from "../../sim/client-rig.js";
import { JournalBoard } from "./journal-board.js";

const ID = 65535; // of the first row

/** A life in which the filter `a/#` was granted. */
function granted(board: JournalBoard): ClientRig {
  const rig = board.connected();
  rig.client.subscribe("a/#", 1, rig.now);
  rig.says({ cmd: "suback", messageId: ID, granted: [1] });
  return rig;
}

test("a filter that the broker granted is not asked for again after a reset, and counts as granted", () => {
  const board = new JournalBoard();
  granted(board);
  const next = board.resumed();
  assert.equal(next.client.subscribe("a/#", 1, next.now), 0);
  assert.deepEqual(next.written(), ["connect"]);
  assert.equal(next.told.at(-1), "subscribed 0 true");
});

test("the same holds for an application that subscribes before it starts", () => {
  const board = new JournalBoard();
  granted(board);
  const next = board.boot();
  next.client.subscribe("a/#", 1, next.now);
  next.client.start(next.now);
  next.transport.opens(next.now);
  next.accept({ sessionPresent: true });
  assert.deepEqual(next.written(), ["connect"]);
  assert.deepEqual(next.told.slice(-2), ["connected true", "subscribed 0 true"]);
});

test("a filter that is wanted otherwise than before the reset is asked for", () => {
  const board = new JournalBoard();
  granted(board);
  const next = board.resumed();
  next.client.subscribe("a/#", 2, next.now);
  assert.deepEqual(next.written(), ["connect", `subscribe ${ID}`]);
});

test("a filter that was not granted before the reset is asked for after it", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.client.subscribe("a/#", 1, rig.now);
  assert.deepEqual(board.resumed().written(), ["connect", `subscribe ${ID}`]);
});

test("filters of before the reset are asked for when the broker lost the session", () => {
  const board = new JournalBoard();
  granted(board);
  const next = board.resumed({ sessionPresent: false });
  assert.deepEqual(next.written(), ["connect", `subscribe ${ID}`]);
});

test("a filter that was being given up when power failed is given up after the reset", () => {
  const board = new JournalBoard();
  const rig = granted(board);
  rig.client.unsubscribe("a/#", rig.now);
  const next = board.resumed();
  assert.deepEqual(next.written(), ["connect", `unsubscribe ${ID}`]);
  next.says({ cmd: "unsuback", messageId: ID, granted: [] });
  assert.deepEqual(board.resumed().written(), ["connect"]);
  const last = board.resumed({ sessionPresent: false });
  assert.deepEqual(last.written(), ["connect"]);
});

test("rows stay with their filters, whatever the order after the reset", () => {
  const board = new JournalBoard();
  const rig = granted(board);
  rig.client.subscribe("b", 0, rig.now);
  rig.says({ cmd: "suback", messageId: ID - 1, granted: [0] });
  const next = board.resumed();
  assert.equal(next.client.subscribe("c", 0, next.now), 2);
  assert.equal(next.client.subscribe("b", 0, next.now), 1);
  assert.equal(next.client.subscribe("a/#", 1, next.now), 0);
  assert.deepEqual(next.written(), ["connect", `subscribe ${ID - 2}`]);
});

test("a filter larger than the journal's buffer is refused, and the row stays as it was", () => {
  const board = new JournalBoard();
  const rig = granted(board);
  assert.ok(rig.client.subscribe("x".repeat(120), 1, rig.now) < 0);
  assert.equal(rig.client.subscribe("b", 1, rig.now), 1);
});
