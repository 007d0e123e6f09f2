import assert from "node:assert/strict";
import { after, test } from "node:test";
import { readExplained, readSeedFiles } from "./corpus.js";
import { coverage } from "./firmware-coverage.js";
import { Fuzzer } from "./fuzzer.js";
import { minimise } from "./minimise.js";
import type { Target } from "./target.js";
import { TARGETS } from "./targets.js";
import { runWithin } from "./time-bound.js";
import { weightOf } from "./weight.js";

/** All targets together; `npm run fuzz` takes ten minutes. */
const SLICE_SECONDS = 20;

after(() => coverage.stop());
coverage.learn();

/** Falls at bytes that begin as the word does, and never ends at another. */
const brittle: Target = {
  name: "link-decoder",
  files: /\/link\//,
  run(input) {
    const text = Buffer.from(input).toString("latin1");
    if (text.includes("BAD")) throw new Error("bad");
    while (text.includes("EVER")) text.length;
    return text.slice(0, 1);
  },
  mutate: (input) => Uint8Array.from([...input, 0x41, 0x42, 0x41, 0x44, 0x41]),
  seeds: () => [],
};

for (const target of TARGETS) {
  test(`${target.name} stands bytes that nobody would send`, () => {
    const seed = Date.now() % 0x7fffffff;
    const report = new Fuzzer(target, coverage, seed).run(SLICE_SECONDS / TARGETS.length);
    const { find, executions, coverage: share } = report;
    assert.equal(find, undefined, `seed ${seed}: ${find?.what}\n${find?.path}`);
    assert.ok(executions >= 256, `${executions} runs`);
    assert.ok(share > 0.7, `only ${share} of the code ran`);
  });
}

test("a fault is found, made as small as it goes, and kept", () => {
  const { find } = new Fuzzer(brittle, coverage, 1).run(5);
  assert.equal(Buffer.from(find?.input ?? []).toString(), "BAD");
  assert.match(find?.what ?? "", /Error: bad/);
});

test("a run that never ends is a fault", () => {
  const forever = () => brittle.run(Buffer.from("EVER"));
  assert.throws(() => runWithin(100, forever), { code: "ERR_SCRIPT_EXECUTION_TIMEOUT" });
});

test("an input is made smaller only as far as it still fails", () => {
  const input = Uint8Array.from({ length: 100 }, (_, i) => i);
  const small = minimise(input, (bytes) => bytes.includes(7) && bytes.includes(70));
  assert.deepEqual([...small], [7, 70]);
});

test("what an object keeps is weighed, all of it and nothing else", () => {
  const shared = new Uint8Array(100);
  const table = { rows: [1, 2], bytes: new Uint8Array(10), self: {}, view: shared.subarray(3) };
  table.self = table;
  const weight = weightOf(table, new Set([shared.buffer]));
  table.rows.push(3);
  assert.equal(weightOf(table, new Set([shared.buffer])), weight + 1);
  assert.ok(weightOf(table, new Set()) > weight + 90);
});

test("the page of the corpus says what each seed file is", () => {
  const explained = readExplained();
  assert.deepEqual([...explained.keys()].sort(), TARGETS.map(({ name }) => name).sort());
  for (const { name } of TARGETS) {
    const files = readSeedFiles(name).map((file) => file.name);
    assert.ok(files.length > 0, `${name} has seeds`);
    assert.deepEqual(files, [...(explained.get(name) ?? [])].sort());
  }
});
