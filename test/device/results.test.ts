import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashOfFolder } from "./results.js";

test("the hash of a folder changes with each name and each byte, and with nothing else", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "mote-hash-"));
  context.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "b"));
  await writeFile(join(folder, "b/one"), "1");
  await writeFile(join(folder, "a"), "");
  const first = await hashOfFolder(folder);
  assert.match(first, /^[0-9a-f]{64}$/);
  assert.equal(await hashOfFolder(folder), first);
  await writeFile(join(folder, "b/one"), "2");
  const second = await hashOfFolder(folder);
  assert.notEqual(second, first);
  await rename(join(folder, "b/one"), join(folder, "b/two"));
  assert.notEqual(await hashOfFolder(folder), second);
});
