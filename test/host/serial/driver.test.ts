import assert from "node:assert/strict";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemDriver } from "../../../host/serial/driver.js";

test("a path that does not exist is absent", async () => {
  assert.deepEqual(await systemDriver.inspect("/dev/mote-none"), { kind: "absent" });
  assert.deepEqual(await systemDriver.inspect("/dev/null/below"), { kind: "absent" });
});

test("a file is no serial port", async () => {
  const folder = await mkdtemp(join(tmpdir(), "mote-"));
  const file = join(folder, "file");
  await writeFile(file, "");
  await chmod(file, 0o600);
  assert.equal((await systemDriver.inspect(file)).kind, "unusable");
  await rm(folder, { recursive: true });
});

test("a device that is no terminal exists, and cannot be opened", async () => {
  assert.equal((await systemDriver.inspect("/dev/null")).kind, "present");
  const options = { baudRate: 115_200, dtr: true, rts: true };
  const opened = await systemDriver.open("/dev/null", options);
  assert.ok("kind" in opened && opened.kind === "unusable");
});
