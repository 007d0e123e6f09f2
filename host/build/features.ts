import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Plugin } from "esbuild";

/** What a build carries: values for the constants of `firmware/features.ts`, by name. */
export type Features = Readonly<Record<string, boolean>>;

const CONSTANT = /^(export const (\w+)(?:: boolean)? = )(true|false);$/gm;

/** Builds with other values of `features.ts`; a feature that is false there leaves no byte behind. */
export function replaceFeatures(firmware: string, features: Features): Plugin {
  const path = resolve(firmware, "features.ts");
  return {
    name: "features",
    setup(build) {
      build.onLoad({ filter: /[\\/]features\.ts$/ }, async (file) => {
        if (resolve(file.path) !== path) return undefined;
        return { contents: withFeatures(await readFile(path, "utf8"), features), loader: "ts" };
      });
    },
  };
}

/** @throws when a feature has no constant in `source` */
export function withFeatures(source: string, features: Features): string {
  const known = new Set<string>();
  const text = source.replace(CONSTANT, (_, beginning: string, name: string, value: string) => {
    known.add(name);
    return `${beginning}${features[name] ?? value};`;
  });
  const unknown = Object.keys(features).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new Error(`features.ts has no ${unknown.join(", ")}`);
  return text;
}
