import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A member of an interface, a class or an object type at the beginning of its line, unless private. */
const MEMBER =
  /^\s+(?:readonly |static |get |set |declare |abstract )*([A-Za-z_$][\w$]*)\??\s*[:(=<;]/gm;
/** Whatever a declaration file names, in options objects and parameters too. */
const NAMED = /\b([A-Za-z_$][\w$]*)\??\s*[:(]/g;

/** The engine's own library: a property with such a name may be the engine's. */
const LIBRARIES = ["es5", "es2015.core", "es2015.collection", "es2015.promise"];

/**
 * The property names that a bundle may not change: those of the engine's library, those that
 * declarations of the platform name, and those of the members that the public files declare.
 */
export async function reservedNames(
  publicFiles: readonly string[],
  declarationFiles: readonly string[],
): Promise<Set<string>> {
  const names = new Set(["exports", "prototype", "constructor"]);
  for (const file of [...libraryFiles(), ...publicFiles]) await addNames(file, MEMBER, names);
  for (const file of declarationFiles) await addNames(file, NAMED, names);
  return names;
}

async function addNames(file: string, pattern: RegExp, names: Set<string>): Promise<void> {
  const text = await readFile(file, "utf8");
  for (const match of text.matchAll(pattern)) names.add(match[1] ?? "");
}

/** TypeScript keeps them with its compiler, which is a package of its own for each platform. */
function libraryFiles(): string[] {
  const typescript = createRequire(import.meta.url).resolve("typescript/package.json");
  const compiler = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
  const folder = dirname(createRequire(typescript).resolve(compiler));
  return LIBRARIES.map((name) => join(folder, "lib", `lib.${name}.d.ts`));
}
