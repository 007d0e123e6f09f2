import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { boards } from "../../boards/index.js";

test("every board has an id of its own, which names its file", () => {
  const ids = boards.map((board) => board.id);
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    assert.ok(existsSync(new URL(`../../boards/${id}.js`, import.meta.url)), id);
  }
});

test("USB ids are lower-case hexadecimal of four digits, and no two boards share one", () => {
  const all = boards.flatMap((board) => board.usbIds.map((id) => `${id.vendorId}:${id.productId}`));
  for (const id of all) assert.match(id, /^[0-9a-f]{4}:[0-9a-f]{4}$/);
  assert.equal(new Set(all).size, all.length);
});

test("every board has at least one USB id and a usual speed", () => {
  for (const board of boards) {
    assert.ok(board.usbIds.length > 0, board.id);
    assert.ok([115_200, 230_400, 460_800, 921_600].includes(board.baudRate), board.id);
  }
});
