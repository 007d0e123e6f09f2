import assert from "node:assert/strict";
import { test } from "node:test";
import { WritePacer } from "../../../host/serial/pacer.js";

test("an idle line takes the whole limit, and no more until it sent some", () => {
  const pacer = new WritePacer(115_200, 1024);
  assert.equal(pacer.room(0), 1024);
  pacer.written(1024, 0);
  assert.equal(pacer.room(0), 0);
  assert.ok(Math.abs(pacer.room(50) - 576) <= 1);
});

test("the wait ends when half of the limit is free", () => {
  const pacer = new WritePacer(115_200, 1024);
  pacer.written(1024, 0);
  assert.ok(Math.abs(pacer.room(pacer.waitMs(0)) - 512) <= 1);
});

test("time without writes is not saved up", () => {
  const pacer = new WritePacer(115_200, 1024);
  pacer.written(10, 0);
  assert.equal(pacer.room(1_000_000), 1024);
  assert.equal(pacer.waitMs(1_000_000), 0);
});
