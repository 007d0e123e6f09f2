import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

test("every statement of the standard that binds a client has a test that names it, or a reason", () => {
  const report = spawnSync(process.execPath, ["build/test/conformance/report.js"], {
    encoding: "utf8",
  });
  assert.equal(report.status, 0, report.stderr);
});
