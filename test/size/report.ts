import { readFile } from "node:fs/promises";
import { bundleSizes } from "./bundles.js";

// What the bundles weigh, against test/size/budget.json: `npm run size`.

const budget: Record<string, number> = JSON.parse(await readFile("test/size/budget.json", "utf8"));

console.log("bundle        minified     gzip   budget");
for (const { name, bytes, gzipBytes } of await bundleSizes()) {
  const limit = budget[name] ?? 0;
  const columns = [bytes, gzipBytes, limit].map((n) => String(n).padStart(9));
  console.log(name.padEnd(12) + columns.join(""));
  if (bytes <= limit) continue;
  process.exitCode = 1;
  console.error(`${name} is ${bytes - limit} bytes over its budget in test/size/budget.json`);
}
