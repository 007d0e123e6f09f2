import assert from "node:assert/strict";
import { test } from "node:test";
import { Dispatcher } from "../../../firmware/client/dispatch.js";
import { TABLE_FULL } from "../../../firmware/status.js";
import { Filter } from "../../../firmware/wire/filter.js";

/** A dispatcher for text, and what its handlers were told. */
class Rig {
  readonly told: string[] = [];
  readonly dispatcher = new Dispatcher<string>(4);

  add(filter: string): number {
    return this.dispatcher.add(new Filter(filter), (message, now) => {
      this.told.push(`${filter} ${message} ${now}`);
    });
  }

  dispatch(topic: string, message: string, now: number): number {
    const bytes = Buffer.from(`xx${topic}yy`);
    return this.dispatcher.dispatch(bytes, 2, bytes.length - 4, message, now);
  }
}

test("every handler whose filter matches runs, in the order of addition", () => {
  const rig = new Rig();
  for (const filter of ["a/#", "b", "a/b", "$share/g/+/b"]) rig.add(filter);
  assert.equal(rig.dispatch("a/b", "m", 7), 3);
  assert.deepEqual(rig.told, ["a/# m 7", "a/b m 7", "$share/g/+/b m 7"]);
  assert.equal(rig.dispatcher.unmatched, 0);
});

test("a message that matches no filter is counted", () => {
  const rig = new Rig();
  assert.equal(rig.dispatch("a", "m", 0), 0);
  rig.add("a/+");
  assert.equal(rig.dispatch("a", "m", 0), 0);
  assert.equal(rig.dispatch("a/b", "m", 0), 1);
  assert.equal(rig.dispatcher.unmatched, 2);
  assert.equal(rig.told.length, 1);
});

test("one filter with two handlers runs both", () => {
  const rig = new Rig();
  rig.add("a");
  rig.add("a");
  assert.equal(rig.dispatch("a", "m", 0), 2);
});

test("filters are numbered, and one too many is refused", () => {
  const rig = new Rig();
  assert.deepEqual(
    ["a", "b", "c", "d", "e"].map((filter) => rig.add(filter)),
    [0, 1, 2, 3, TABLE_FULL],
  );
  assert.equal(rig.dispatch("e", "m", 0), 0);
});

test("a handler that is added by a handler waits for the next message", () => {
  const rig = new Rig();
  rig.dispatcher.add(new Filter("#"), () => {
    if (rig.told.length === 0) rig.add("a");
  });
  assert.equal(rig.dispatch("a", "first", 0), 1);
  assert.equal(rig.dispatch("a", "second", 0), 2);
  assert.deepEqual(rig.told, ["a second 0"]);
});
