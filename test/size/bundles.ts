import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleForEspruino } from "../../host/build/espruino.js";
import { FEATURE_SETS } from "../../host/build/feature-sets.js";

export interface BundleSize {
  readonly name: string;
  /** Minified. */
  readonly bytes: number;
  readonly gzipBytes: number;
}

/** What a board that carries no platform of ours loads, by the set of features. */
const CLIENTS = { client311: "full", client5: "v5" } as const;
/** Modules with everything in, as Node and XS load them. */
const MODULES = {
  runtime: "build/firmware/runtime/mote.js",
  link: "build/firmware/link/link.js",
} as const;

/** Sizes of the bundles, one after another. */
export async function bundleSizes(): Promise<BundleSize[]> {
  const sizes: BundleSize[] = [];
  for (const [name, set] of Object.entries(CLIENTS)) {
    const { code } = await bundleForEspruino({
      firmware: "firmware",
      entry: "client/functions.ts",
      name: "mote",
      features: FEATURE_SETS[set],
    });
    sizes.push(weigh(name, Buffer.from(code)));
  }
  for (const [name, entry] of Object.entries(MODULES)) sizes.push(weigh(name, await minify(entry)));
  return sizes;
}

function weigh(name: string, code: Uint8Array): BundleSize {
  return { name, bytes: code.length, gzipBytes: gzipSync(code).length };
}

async function minify(entry: string): Promise<Uint8Array> {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2015",
  });
  return result.outputFiles[0]?.contents ?? new Uint8Array(0);
}
