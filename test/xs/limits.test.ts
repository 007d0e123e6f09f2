import assert from "node:assert/strict";
import { test } from "node:test";
import { builtWidths, runScript, XsScript } from "./xs-host.js";

/** The engine's exit codes. */
const NOT_ENOUGH_MEMORY = 1;
const STACK_OVERFLOW = 2;

for (const bits of builtWidths()) {
  const end = async (what: string, status: number) =>
    new XsScript(bits, "limits", [what]).end(status);

  test(`slots, chunks and stack are an ESP32's in XS of ${bits} bits`, async () => {
    assert.match(await end("slots", NOT_ENOUGH_MEMORY), /memory full/);
    assert.match(await end("chunks", NOT_ENOUGH_MEMORY), /memory full/);
    assert.match(await end("stack", STACK_OVERFLOW), /stack overflow/);
  });

  test(`preloaded modules are read-only in XS of ${bits} bits`, async () => {
    const seen = await runScript<object>(bits, "limits", ["flash"]);
    assert.deepEqual(seen, [{ prototype: true, statics: true, instance: false }]);
  });
}
