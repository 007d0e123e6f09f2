import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** What is weighed: the modules that a board of that kind loads. */
const BUNDLES = {
  client311: "build/firmware/client/client.js",
  runtime311: "build/firmware/runtime/mote.js",
  link: "build/firmware/link/link.js",
} as const;

const budget: Record<string, number> = JSON.parse(await readFile("test/size/budget.json", "utf8"));
let isOver = false;

console.log("bundle        minified     gzip   budget");
for (const [name, entry] of Object.entries(BUNDLES)) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2015",
    // What is missing on Espruino must not be lowered in silence.
    supported: { "default-argument": false, destructuring: false, "rest-argument": false },
  });
  const bytes = result.outputFiles[0]?.contents ?? new Uint8Array(0);
  const limit = budget[name] ?? 0;
  const columns = [bytes.length, gzipSync(bytes).length, limit].map((n) => String(n).padStart(9));
  console.log(name.padEnd(12) + columns.join(""));
  if (bytes.length > limit) {
    isOver = true;
    console.error(
      `${name} is ${bytes.length - limit} bytes over its budget in test/size/budget.json`,
    );
  }
}
if (isOver) process.exitCode = 1;
