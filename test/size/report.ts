import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { build, type Plugin } from "esbuild";

interface Bundle {
  readonly entry: string;
  /** Features that are left out. */
  readonly without: readonly string[];
}

/** What is weighed: the modules that a board of that kind loads. */
const BUNDLES: Readonly<Record<string, Bundle>> = {
  client311: { entry: "build/firmware/client/client.js", without: ["JOURNAL"] },
  client311journal: { entry: "build/firmware/client/client.js", without: [] },
  runtime311: { entry: "build/firmware/runtime/mote.js", without: ["JOURNAL"] },
  link: { entry: "build/firmware/link/link.js", without: [] },
};
/** What tells a feature's code: where it is left out, none of it may be there. */
const TRACES: Readonly<Record<string, RegExp>> = { JOURNAL: /journal|crc32/i };
const budget: Record<string, number> = JSON.parse(await readFile("test/size/budget.json", "utf8"));
let isOver = false;

console.log("bundle            minified     gzip   budget");
for (const [name, bundle] of Object.entries(BUNDLES)) {
  const bytes = Buffer.from(await bundled(bundle));
  const limit = budget[name] ?? 0;
  const columns = [bytes.length, gzipSync(bytes).length, limit].map((n) => String(n).padStart(9));
  console.log(name.padEnd(16) + columns.join(""));
  if (bytes.length > limit) {
    fail(`${name} is ${bytes.length - limit} bytes over its budget in test/size/budget.json`);
  }
}
if (isOver) process.exitCode = 1;

async function bundled({ entry, without }: Bundle): Promise<string> {
  const whole = await minified(entry, without, true);
  for (const feature of without) {
    const trace = TRACES[feature]?.exec(await minified(entry, without, false));
    if (trace) fail(`${entry} without ${feature} still has ${trace[0]}`);
  }
  return whole;
}

async function minified(
  entry: string,
  without: readonly string[],
  minifyIdentifiers: boolean,
): Promise<string> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers,
    write: false,
    format: "esm",
    target: "es2015",
    // What is missing on Espruino must not be lowered in silence.
    supported: { "default-argument": false, destructuring: false, "rest-argument": false },
    plugins: [leaveOut(without)],
  });
  return result.outputFiles[0]?.text ?? "";
}

function fail(message: string): void {
  isOver = true;
  console.error(message);
}

/**
 * Turns features off, as the build for a small board does: `false` stands where their names stood, so that
 * what they alone use is not even imported.
 */
function leaveOut(features: readonly string[]): Plugin {
  const names = new RegExp(`\\b(?:${features.join("|")})\\b`, "g");
  const list = /^import \{([^}]*)\} from "[^"]*\/features\.js";$/m;
  return {
    name: "features",
    setup: (into) => {
      if (features.length === 0) return;
      into.onLoad({ filter: /[\\/]firmware[\\/][^.]*\.js$/ }, async ({ path }) => {
        if (path.endsWith("features.js")) return undefined;
        const text = await readFile(path, "utf8");
        const contents = text.replace(list, (line, imported: string) => {
          const kept = imported.split(",").filter((name) => !features.includes(name.trim()));
          return line.replace(imported, kept.join(","));
        });
        return { contents: contents.replace(names, "false") };
      });
    },
  };
}
