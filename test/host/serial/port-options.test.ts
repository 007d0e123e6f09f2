import assert from "node:assert/strict";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { distinctPorts } from "../../../host/serial/port-options.js";

test("of paths that lead to one device the first is kept, and each other is told", async (context) => {
  const folder = await mkdtemp(join(tmpdir(), "mote-"));
  context.after(() => rm(folder, { recursive: true }));
  const link = join(folder, "link");
  await symlink("/dev/null", link);
  const paths = [link, "/dev/null", "/dev/mote-none", "/dev/mote-none", "/dev/mote-other"];
  const ports = paths.map((path) => ({ path, baudRate: 115_200, dtr: true, rts: true }));
  const doubles: string[][] = [];
  const kept = await distinctPorts(ports, (...double) => doubles.push(double));
  assert.deepEqual(
    kept.map(({ path }) => path),
    [link, "/dev/mote-none", "/dev/mote-other"],
  );
  assert.deepEqual(doubles, [
    ["/dev/null", link],
    ["/dev/mote-none", "/dev/mote-none"],
  ]);
});
