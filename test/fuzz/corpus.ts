import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

const SOURCES = new URL("../../../test/fuzz/corpus/", import.meta.url);
const FINDS = new URL("../../fuzz/", import.meta.url);

/** A seed file and what it holds. */
interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The seed files of a target. */
export function readSeedFiles(target: string): SeedFile[] {
  const folder = new URL(`${target}/`, SOURCES);
  const names = readdirSync(folder).filter((name) => name.endsWith(".bin"));
  return names.sort().map((name) => ({ name, bytes: readFileSync(new URL(name, folder)) }));
}

/** The names that the page of the corpus explains, by target. */
export function readExplained(): Map<string, string[]> {
  const page = readFileSync(new URL("README.md", SOURCES), "utf8");
  const sections = page.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => [
      section.split("\n", 1)[0]!,
      [...section.matchAll(/^\| (\S+\.bin) +\| \S.*\|$/gm)].map((match) => match[1]!),
    ]),
  );
}

/** Keeps an input that fails, below `build/`. @returns where it lies */
export function saveFind(target: string, input: Uint8Array): string {
  const folder = new URL(`${target}/`, FINDS);
  mkdirSync(folder, { recursive: true });
  const digest = createHash("sha256").update(input).digest("hex").slice(0, 12);
  const file = new URL(`crash-${digest}.bin`, folder);
  writeFileSync(file, input);
  return file.pathname;
}
