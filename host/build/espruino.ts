import { join, resolve } from "node:path";
import { build, type TransformOptions, transform } from "esbuild";
import { constantsFirst } from "./constants.js";
import { type Features, replaceFeatures } from "./features.js";
import { type ColdFunction, extractPages, type Page, paginate, splitPages } from "./paging.js";
import { markFiles, type Part, partsOf, sumParts, withoutMarks } from "./parts.js";
import { replaceModules } from "./replaced-modules.js";
import { reservedNames } from "./reserved-names.js";
import { syntaxGate, UNSUPPORTED } from "./syntax-gate.js";

export interface EspruinoBundleOptions {
  /** The folder `firmware`. */
  readonly firmware: string;
  /** The module whose exports the bundle has, relative to `firmware`. */
  readonly entry: string;
  /** Name of the file in Storage: `require` finds the module by it, and cold functions are read from it. */
  readonly name: string;
  /** Values of constants in `features.ts` that differ from those written there. */
  readonly features: Features;
  /** Functions that stay in Storage until they are called, beside those that are marked as cold. */
  readonly cold?: readonly string[];
  /** Files, relative to `firmware`, whose members keep their names: for programs that are not in the bundle. */
  readonly publicFiles?: readonly string[];
}

export interface EspruinoBundle {
  /** The content of the file: a module that sets `module.exports`. */
  readonly code: string;
  /** Bytes that each source file became, largest first; its path is relative to `firmware`. */
  readonly parts: readonly Part[];
  /** Functions that stay in Storage until they are called. */
  readonly cold: readonly ColdFunction[];
  /** Functions that take memory from the start. */
  readonly hot: readonly string[];
}

/** What stands in for a module of the firmware on Espruino. */
export const REPLACED_MODULES = {
  "bytes.ts": "platform/espruino/bytes.ts",
  "wire/text.ts": "platform/espruino/text.ts",
  "wire/topic.ts": "platform/espruino/topic.ts",
} as const;

const COMMON = {
  target: "es2015",
  charset: "ascii",
  legalComments: "none",
  logLevel: "silent",
  supported: UNSUPPORTED,
  // A field is an assignment: Object.defineProperty costs 4 times as much and a helper.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
} as const;

/**
 * Makes one module of the firmware for Espruino: minified, its own properties renamed to short names,
 * its constants in place of their names, its cold functions left in Storage.
 *
 * @throws when the firmware holds what Espruino cannot run; the message names file and line
 */
export async function bundleForEspruino(options: EspruinoBundleOptions): Promise<EspruinoBundle> {
  const folded = await fold(markFiles(await joinModules(options)));
  const { code, pages, define, resident } = extractPages(folded, options.cold ?? []);
  const short = await transform(code, { ...COMMON, ...(await shortNames(options)), define });
  const split = splitPages(short.code);
  const marked = exportsOfModule(await withoutSpace(split.hot));
  const cold: Page[] = [];
  for (const { id, file, text } of split.cold) {
    const minified = await withoutSpace(`(${text});`);
    cold.push({ id, name: pages[id] ?? "", file, text: minified.replace(/;$/, "") });
  }
  const whole = paginate(options.name, withoutMarks(marked), cold);
  const parts = sumParts([...partsOf(marked), ...whole.cold]);
  return { ...whole, hot: resident, parts };
}

/** Puts values in place of constants, and leaves out what can never run then. */
async function fold(code: string): Promise<string> {
  const { code: folded } = await transform(constantsFirst(code), {
    ...COMMON,
    format: "esm",
    minifySyntax: true,
    treeShaking: true,
  });
  // A value may make another constant known.
  return folded === code ? folded : fold(folded);
}

async function shortNames(options: EspruinoBundleOptions): Promise<TransformOptions> {
  const { firmware } = options;
  const reserved = await reservedNames(
    (options.publicFiles ?? []).map((file) => join(firmware, file)),
    [join(firmware, "platform/espruino/espruino.d.ts")],
  );
  const names = [...reserved].map((name) => name.replaceAll("$", "\\$"));
  return {
    format: "esm",
    minifySyntax: true,
    minifyIdentifiers: true,
    treeShaking: true,
    mangleProps: /./,
    reserveProps: new RegExp(`^(?:${names.join("|")})$`),
  };
}

/** Another pass than the one that shortens names: until then each statement begins its own line. */
async function withoutSpace(code: string): Promise<string> {
  const result = await transform(code, { ...COMMON, minifyWhitespace: true, treeShaking: false });
  return forEspruino(result.code.trim());
}

/** What is short elsewhere, but there a call (`void 0`), or another kind of number (`6e4`). */
function forEspruino(code: string): string {
  return code
    .replace(/\bvoid 0\b/g, "undefined")
    .replace(/(?<![\w$.])\d+e\d+\b/g, (number) => String(Number(number)));
}

async function joinModules(options: EspruinoBundleOptions): Promise<string> {
  const firmware = resolve(options.firmware);
  const result = await build({
    ...COMMON,
    absWorkingDir: firmware,
    entryPoints: [join(firmware, options.entry)],
    bundle: true,
    write: false,
    format: "esm",
    plugins: [
      replaceFeatures(firmware, options.features),
      replaceModules(firmware, REPLACED_MODULES),
      syntaxGate,
    ],
  });
  return result.outputFiles[0]?.text ?? "";
}

/** `export{a as Client}` as Espruino knows it; esbuild's own form of that costs 600 bytes. */
function exportsOfModule(code: string): string {
  return code.replace(/export\s*\{([^}]*)\};?$/, (_, list: string) => {
    const pairs = list.split(",").map((item) => {
      const [local, name] = item.trim().split(" as ");
      return `${name ?? local}:${local}`;
    });
    return `module.exports={${pairs.join(",")}};`;
  });
}
