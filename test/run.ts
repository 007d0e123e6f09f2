import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { run } from "node:test";
import { spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

// Runs every test under test/, or those whose path contains one of the arguments.

/** The slow files mostly wait for each other's seconds to pass; two cores carry three at once. */
const CONCURRENCY = 3;
const FILE_TIMEOUT_MS = 240_000;
/** These take longest: begun first, they do not run on alone at the end. */
const SLOW = /[/\\]chain[/\\]/;

const built = fileURLToPath(new URL(".", import.meta.url));
/** The sources say which tests there are: a build keeps those that were removed. */
const sources = fileURLToPath(new URL("../../test/", import.meta.url));
const wanted = process.argv.slice(2);
const found = await readdir(sources, { recursive: true });
const files = found
  .filter((path) => path.endsWith(".test.ts"))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .map((path) => join(built, path.replace(/\.ts$/, ".js")))
  .sort((a, b) => Number(SLOW.test(b)) - Number(SLOW.test(a)) || a.localeCompare(b));

let passed = 0;
const stream = run({ files, concurrency: CONCURRENCY, timeout: FILE_TIMEOUT_MS });
stream.on("test:fail", () => {
  process.exitCode = 1;
});
stream.on("test:pass", () => {
  passed++;
});
stream.on("end", () => {
  if (passed > 0) return;
  process.stderr.write("no test ran\n");
  process.exitCode = 1;
});
stream.compose(new spec()).pipe(process.stdout);
