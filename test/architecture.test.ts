import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { REPLACED_MODULES } from "../host/build/espruino.js";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const SOURCES = ["firmware", "host", "boards", "test"];
const MAXIMUM_LINES = 400;
const VAGUE_NAME = /(^|[-.])(utils?|helpers?|common|misc|managers?)([-.]|$)/;
const TOP_LEVEL = new Set([
  ...SOURCES,
  "LICENSE",
  "README.md",
  "package-lock.json",
  "package.json",
  "tsconfig.json",
]);

/** Which folders the files of a folder may import from, besides itself; the longest match counts. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  "firmware/": [],
  "firmware/link": ["firmware/"],
  "firmware/wire": ["firmware/"],
  "firmware/payload": ["firmware/", "firmware/wire/text.ts"],
  "firmware/session": ["firmware/", "firmware/wire"],
  "firmware/client": ["firmware/", "firmware/wire", "firmware/session"],
  "firmware/runtime": [
    "firmware/",
    "firmware/wire",
    "firmware/session",
    "firmware/client",
    "firmware/payload",
    "firmware/link",
  ],
  "firmware/platform": ["firmware"],
  boards: [],
  host: ["host", "boards", "firmware/link", "firmware/crc.ts", "firmware/status.ts"],
  "host/sim": ["host", "boards", "firmware"],
  test: ["test", "host", "boards", "firmware"],
};
/** Exports that nothing here imports, each with its reason. */
const PUBLIC: Readonly<Record<string, string>> = {
  "firmware/link/link.ts#FILES":
    "a channel of the specification that this version does not use yet",
  ...constants(
    "firmware/client/functions.ts",
    "the client for boards on which methods cost memory",
    [
      "Topic",
      "abandon",
      "close",
      "handleBytes",
      "handleClose",
      "handleOpen",
      "handleTimeout",
      "handleWritable",
      "newSession",
      "publish",
      "start",
      "unwant",
      "want",
    ],
  ),
  ...constants("firmware/wire/property-id.ts", "what an application sends or looks for", [
    "REQUEST_PROBLEM_INFORMATION",
    "REQUEST_RESPONSE_INFORMATION",
    "RESPONSE_INFORMATION",
  ]),
  ...constants(
    "test/device/espruino-timed.ts",
    "what the program beside it on the board requires",
    ["connect", "newTopic", "publish", "socketOf"],
  ),
};
/** Where a module of Node, of an engine or of a package may be imported. */
const MAY_IMPORT_PACKAGES = /^(firmware\/platform\/(node|xs)|host|test)\//;

function constants(path: string, reason: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [`${path}#${name}`, reason]));
}

interface Import {
  readonly from: string;
  readonly to: string;
}

const files = SOURCES.flatMap(listFiles);
const sources = files.filter((path) => /\.(ts|cts|mts|js|css|html|c|h)$/.test(path));
const modules = sources.filter((path) => path.endsWith("ts"));

test("imports only go down", () => {
  const imports = modules.flatMap(importsOf);
  assert.ok(imports.length > modules.length, "the imports are found at all");
  assert.deepEqual(
    imports.filter((one) => !isAllowed(one)),
    [],
  );
});

test("no source file is longer than 400 lines", () => {
  const long = sources.filter((path) => read(path).split("\n").length - 1 > MAXIMUM_LINES);
  assert.deepEqual(long, []);
});

test("no file or folder has a name that says nothing", () => {
  const vague = files.filter((path) => path.split("/").some((part) => VAGUE_NAME.test(part)));
  assert.deepEqual(vague, []);
});

test("the top level holds what the design lists", () => {
  const ignored = new Set(
    read(".gitignore")
      .split("\n")
      .map((line) => line.replaceAll("/", "")),
  );
  const surplus = readdirSync(ROOT).filter(
    (name) => !name.startsWith(".") && !TOP_LEVEL.has(name) && !ignored.has(name),
  );
  assert.deepEqual(surplus, []);
});

test("no test is left out", () => {
  // Written so that this file does not find itself.
  const marks = ["skip", "only", "todo"].join("|");
  const leftOut = new RegExp(
    `\\b(test|it|describe|suite|context|t)\\.(${marks})\\(|\\b(${marks}):\\s*[^,\\s]`,
  );
  const tests = modules.filter((path) => path.startsWith("test/"));
  assert.deepEqual(
    tests.filter((path) => leftOut.test(read(path))),
    [],
  );
});

test("every test file is run", () => {
  const strays = modules
    .filter((path) => /\bfrom "node:test"/.test(read(path)) && /^test\(/m.test(read(path)))
    .filter((path) => !path.endsWith(".test.ts"));
  assert.deepEqual(strays, []);
});

test("every exported name is imported by another file, or public", () => {
  const exported = modules.flatMap(exportsOf);
  const imported = new Set(modules.flatMap(importedNamesOf));
  for (const [original, standIn] of Object.entries(REPLACED_MODULES)) {
    const prefix = `firmware/${original}#`;
    for (const name of imported) {
      if (name.startsWith(prefix)) imported.add(`firmware/${standIn}#${name.slice(prefix.length)}`);
    }
  }
  assert.ok(imported.size > modules.length, "the names are found at all");
  const unused = exported.filter((one) => !imported.has(one));
  assert.deepEqual(unused.sort(), Object.keys(PUBLIC).sort());
});

/** Paths from the root, with slashes. */
function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.split(sep).join("/")}`)
    .filter((path) => !path.includes("node_modules/") && statSync(join(ROOT, path)).isFile());
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function importsOf(from: string): Import[] {
  const found = read(from).matchAll(
    /^(?:import|export)\b[^;"(]*?"([^"]+)";|\bimport\("([^"]+)"\)/gm,
  );
  return [...found].map((match) => {
    const name = match[1] ?? match[2] ?? "";
    return { from, to: name.startsWith(".") ? resolveLocal(from, name) : name };
  });
}

/**
 * Names as `path#name`: what the file declares and exports, or passes on. Types are left out: those of an
 * exported function's arguments are exported with it.
 */
function exportsOf(path: string): string[] {
  const text = read(path);
  const declared = text.matchAll(
    /^export (?:declare )?(?:abstract )?(?:async )?(?:const|let|function\*?|class) (\w+)/gm,
  );
  const listed = text.matchAll(/^export \{([^}]*)\}/gm);
  const names = [...declared].map((match) => match[1] ?? "");
  for (const match of listed) names.push(...namesIn(match[1] ?? "", 1));
  return names.map((name) => `${path}#${name}`);
}

/** Names as `path#name`, of the files they come from. */
function importedNamesOf(from: string): string[] {
  const found = read(from).matchAll(/^(?:import|export)\b[^;"{]*\{([^}]*)\} from "(\.[^"]+)";/gm);
  return [...found].flatMap((match) => {
    const path = resolveLocal(from, match[2] ?? "");
    return namesIn(match[1] ?? "", 0).map((name) => `${path}#${name}`);
  });
}

/** Of a list in braces; of `a as b` the first or the second. */
function namesIn(list: string, side: 0 | 1): string[] {
  const names = list.split(",").map((part) => part.trim().replace(/^type /, ""));
  return names
    .filter((name) => name !== "")
    .map((name) => {
      const [first = "", second = first] = name.split(" as ");
      return side === 0 ? first : second;
    });
}

function resolveLocal(from: string, name: string): string {
  return join(dirname(from), name).split(sep).join("/").replace(/\.js$/, ".ts");
}

function isPackage(to: string): boolean {
  return !SOURCES.some((folder) => to.startsWith(`${folder}/`));
}

function isAllowed({ from, to }: Import): boolean {
  if (isPackage(to)) return MAY_IMPORT_PACKAGES.test(from);
  const rules = Object.keys(MAY_IMPORT).filter((folder) => lies(from, folder));
  const home = rules.reduce((longest, rule) => (rule.length > longest.length ? rule : longest), "");
  return [home, ...(MAY_IMPORT[home] ?? [])].some((folder) => lies(to, folder));
}

/** A folder with a slash at its end means the files directly in it. */
function lies(path: string, folder: string): boolean {
  if (folder.endsWith("/")) return dirname(path) === folder.slice(0, -1);
  return path === folder || path.startsWith(`${folder}/`);
}
