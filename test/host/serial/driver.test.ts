import assert from "node:assert/strict";
import { chmod, mkdtemp, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemDriver } from "../../../host/serial/driver.js";
import { openPty } from "../../../host/sim/pty.js";

/** More than the grain of the times that file systems keep. */
const TICK_MS = 20;
/** More than a machine that runs tests has open. */
const TERMINALS = 256;

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

test("a program's own terminal is no serial port, and not absent", async () => {
  assert.equal((await systemDriver.inspect("/dev/tty")).kind, "unusable");
});

test("a link to a simulated board that lives is present", async (context) => {
  const pty = await openPty(join(await folderFor(context), "board"));
  context.after(() => pty.close());
  assert.equal((await systemDriver.inspect(pty.path)).kind, "present");
  await sleep(TICK_MS);
  await chmod(pty.path, 0o666);
  assert.equal((await systemDriver.inspect(pty.path)).kind, "present", "others may use it");
});

test("a link whose pseudo terminal has become another program's is absent", async (context) => {
  const folder = await folderFor(context);
  // The links were there before the terminal, whichever number it gets.
  for (let number = 0; number < TERMINALS; number++) {
    await symlink(`/dev/pts/${number}`, join(folder, `pts-${number}`));
    await symlink(`/dev/ttys${String(number).padStart(3, "0")}`, join(folder, `ttys-${number}`));
  }
  await sleep(TICK_MS);
  const shell = await openPty();
  context.after(() => shell.close());
  const [, kind, number] = /(pts|ttys)\D*(\d+)$/.exec(shell.path) ?? [];
  const link = join(folder, `${kind}-${Number(number)}`);
  assert.equal(await readlink(link), shell.path);
  assert.deepEqual(await systemDriver.inspect(link), { kind: "absent" });
  assert.equal((await systemDriver.inspect(shell.path)).kind, "present");
});

async function folderFor(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mote-"));
  context.after(() => rm(folder, { recursive: true }));
  return folder;
}
