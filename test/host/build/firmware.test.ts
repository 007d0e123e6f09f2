import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { bundleForEspruino } from "../../../host/build/espruino.js";
import { FEATURE_SETS } from "../../../host/build/feature-sets.js";

for (const [name, features] of Object.entries(FEATURE_SETS)) {
  test(`the client is fit for Espruino with the features ${name}`, async () => {
    const entry = "../test/device/espruino-app.ts";
    const options = { firmware: "firmware", entry, name: "app", features };
    const { code, cold } = await bundleForEspruino(options);
    assert.ok(code.length > 0);
    assert.ok(cold.some((page) => page.name === "newSession"));
  });
}

test("whatever reads or writes payloads, and what dispatches messages, is fit for Espruino", async () => {
  const payload = (await readdir("firmware/payload")).map((name) => `payload/${name}`);
  assert.ok(payload.length > 8);
  for (const entry of [...payload, "wire/filter.ts", "client/dispatch.ts"]) {
    const { code } = await bundleForEspruino({
      firmware: "firmware",
      entry,
      name: "part",
      features: {},
    });
    assert.match(code, /module\.exports=\{\w+:[\w$]+/, entry);
  }
});
