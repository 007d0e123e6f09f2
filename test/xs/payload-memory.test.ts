import assert from "node:assert/strict";
import { test } from "node:test";
import type { Cost } from "./scripts/meter.js";
import { payloadOutcomes } from "./scripts/payload-runs.js";
import { builtWidths, runScript } from "./xs-host.js";

const MESSAGES = 5_000;

for (const bits of builtWidths()) {
  test(`payloads are read and written without a slot or a chunk in XS of ${bits} bits, as in Node`, async () => {
    const lines = await runScript<Partial<Cost> & { outcome?: string }>(bits, "payload-memory", [
      String(MESSAGES),
    ]);
    const costs = lines.filter(({ name }) => name !== undefined);
    for (const { name, slots, chunks, collections } of costs) {
      const cost = { slots, chunks, collections };
      assert.deepEqual(cost, { slots: 0, chunks: 0, collections: 0 }, name);
    }
    const outcomes = lines.flatMap(({ outcome }) => outcome ?? []);
    assert.deepEqual(outcomes, payloadOutcomes());
    assert.equal(costs.length, outcomes.length);
  });
}

test("the outcomes that are compared are the right ones", () => {
  const outcomes = new Map(
    payloadOutcomes().map((line) => {
      const [name = "", first, second, ...bytes] = line.split(" ");
      const text = Buffer.from(bytes.map(Number)).toString("latin1");
      return [name, { first, second, text: text.replace(/\0+$/, "") }] as const;
    }),
  );
  assert.deepEqual(outcomes.get("integer"), { first: "-12345", second: "4", text: "2146" });
  assert.deepEqual(outcomes.get("decimal"), { first: "2.1456", second: "5", text: "2.146" });
  assert.deepEqual(outcomes.get("boolean"), { first: "0", second: "5", text: "false" });
  assert.equal(outcomes.get("json.read")?.first, "190");
  assert.equal(
    Buffer.from(outcomes.get("json.write")?.text ?? "", "latin1").toString(),
    '{"temperature":21.5,"label":"\\"café\\"\\u000a","isOn":[true]}',
  );
  assert.equal(outcomes.get("cbor.read")?.first, "22.956");
  assert.equal(outcomes.get("cbor.read")?.second, "-2");
  assert.equal(outcomes.get("cbor.write")?.second, "36");
  assert.deepEqual(outcomes.get("dispatch")?.second, "3");
});
