import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { runInNewContext } from "node:vm";
import { bundleForEspruino, type EspruinoBundleOptions } from "../../../host/build/espruino.js";

const FILES: Readonly<Record<string, string>> = {
  "platform/espruino/espruino.d.ts": "declare const E: { hwRand(): number };",
  "platform/espruino/bytes.ts": 'export function kind() { return "native"; }',
  "platform/espruino/topic.ts":
    'import { kind as general } from "../../wire/topic.js";\nexport function kind() { return "own over " + general(); }',
  "bytes.ts": 'export function kind() { return "loops"; }',
  "wire/topic.ts": 'export function kind() { return "general"; }',
  "features.ts": "export const WILL: boolean = true;\nexport const LENGTH = 2;",
  "session/record.ts": `
    import { LENGTH, WILL } from "../features.js";
    export const HEADER = LENGTH + 3;
    export const RECORD = WILL ? HEADER + 1 : HEADER;
    export interface Counter {
      countOfAll: number;
      limitOfAll: number;
    }
    export function newCounter(): Counter { "cold"; return { countOfAll: RECORD, limitOfAll: 60000 }; }
    export function add(counter: Counter): number {
      counter.countOfAll++;
      return counter.countOfAll > 7 ? overflow(counter, undefined) : counter.countOfAll;
    }
    function overflow(counter: Counter, what: string | undefined): number {
      "cold";
      const isLast = WILL && what === "will";
      if (isLast) return sayWill();
      counter.countOfAll = 0;
      return add(counter);
    }
    function sayWill(): number { "cold"; return 4711; }`,
  "main.ts": `
    import { kind } from "./bytes.js";
    import { add, newCounter } from "./session/record.js";
    import { kind as topicKind } from "./wire/topic.js";
    export function counts(times: number): string {
      const counter = newCounter();
      let text = kind() + ", " + topicKind() + ":";
      for (let i = 0; i < times; i++) text += " " + add(counter);
      return text + " of " + counter.limitOfAll;
    }`,
};

const firmware = await mkdtemp(join(tmpdir(), "mote-bundle-"));
after(() => rm(firmware, { recursive: true }));
for (const [name, text] of Object.entries(FILES)) {
  await mkdir(dirname(join(firmware, name)), { recursive: true });
  await writeFile(join(firmware, name), text);
}

const OPTIONS: EspruinoBundleOptions = { firmware, entry: "main.ts", name: "app", features: {} };

interface Exported {
  counts(times: number): string;
}

/** Loads the file as `require` does there, its pages read from Storage. */
function load(code: string): Exported {
  const module = { exports: {} as Exported };
  const storage = {
    read: (name: string, offset: number, length: number) =>
      name === "app" ? code.slice(offset, offset + length) : undefined,
  };
  runInNewContext(code, { module, require: () => storage });
  return module.exports;
}

test("a bundle runs, its cold functions from Storage, its modules those of the platform", async () => {
  const { code, cold, hot } = await bundleForEspruino(OPTIONS);
  assert.equal(load(code).counts(3), "native, own over general: 7 1 2 of 60000");
  assert.deepEqual(
    cold.map(({ name }) => name),
    ["newCounter", "overflow", "sayWill"],
  );
  assert.deepEqual(hot.slice().sort(), ["add", "counts", "kind", "kind2", "kind3"].sort());
});

test("what a feature set leaves out leaves no byte behind, and its constants follow", async () => {
  const { code, cold } = await bundleForEspruino({ ...OPTIONS, features: { WILL: false } });
  assert.equal(load(code).counts(3), "native, own over general: 6 7 1 of 60000");
  assert.doesNotMatch(code, /4711/);
  assert.deepEqual(
    cold.map(({ name }) => name),
    ["newCounter", "overflow"],
  );
});

test("members get short names, but for those that programs outside use", async () => {
  const { code } = await bundleForEspruino(OPTIONS);
  assert.doesNotMatch(code, /countOfAll|limitOfAll/);
  const open = await bundleForEspruino({ ...OPTIONS, publicFiles: ["session/record.ts"] });
  assert.match(open.code, /countOfAll/);
});

test("numbers and undefined are written as Espruino reads them fastest", async () => {
  const { code } = await bundleForEspruino(OPTIONS);
  assert.doesNotMatch(code, /void 0|6e4/);
});

test("a function is left in Storage by its name too", async () => {
  const { code, cold } = await bundleForEspruino({ ...OPTIONS, cold: ["add"] });
  assert.equal(load(code).counts(3), "native, own over general: 7 1 2 of 60000");
  assert.ok(cold.some(({ name }) => name === "add"));
});

test("the bytes of each file are told, the largest first", async () => {
  const { code, parts } = await bundleForEspruino(OPTIONS);
  assert.equal(parts[0]?.file, "session/record.ts");
  const sum = parts.reduce((bytes, part) => bytes + part.bytes, 0);
  const loader = /function \$\(.*?\}/.exec(code)?.[0] ?? "";
  assert.ok(loader !== "");
  // Places take a little more or less room than their marks.
  assert.ok(Math.abs(code.length - loader.length - "/**/".length - sum) < 40);
  assert.ok(parts.every(({ bytes }, i) => i === 0 || bytes <= (parts[i - 1]?.bytes ?? 0)));
});

test("what Espruino cannot run fails the build by file and line", async () => {
  await writeFile(join(firmware, "bad.ts"), "export const a = 1;\nexport const b = new Map();\n");
  const build = bundleForEspruino({ ...OPTIONS, entry: "bad.ts" });
  await assert.rejects(build, /bad\.ts:2:.*Espruino cannot run/s);
});

test("what esbuild itself cannot lower fails the build by file and line", async () => {
  await writeFile(join(firmware, "bad.ts"), "\nexport function f(a = 1) { return a; }\n");
  await assert.rejects(bundleForEspruino({ ...OPTIONS, entry: "bad.ts" }), /bad\.ts:2:/);
});
