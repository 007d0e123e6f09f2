import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import {
  BITS,
  type Bits,
  EMULATOR,
  folder,
  hostFolder,
  hostPath,
  root,
  runnerPath,
} from "./host-path.js";

// Installs the engine's sources and compiles them with our host, once: `npm run xs`.

const run = promisify(execFile);
const testFolder = join(root, "test");
const engine = join(testFolder, "node_modules/@agoric/xsnap/moddable/xs");
const sources = join(engine, "sources");

/** What an ESP32's engine is built with, as far as it changes what a script sees or costs. */
const DEFINES = [
  "INCLUDE_XSPLATFORM",
  'XSPLATFORM="platform.h"',
  "mxParse=1",
  "mxRun=1",
  "mxSloppy=1",
  "mxMinusZero=1",
  "mxBoundsCheck=1",
  "mxStringNormalize=0",
  "mxRegExpUnicodePropertyEscapes=1",
];
const WARNINGS = ["-Wall", "-Wextra", "-Wno-unused-parameter"];
const COMMON = ["-O2", "-std=gnu11", "-fno-common", ...DEFINES.map((define) => `-D${define}`)];
const MACHINE: Record<Bits, readonly string[]> = {
  32: ["-m32", "-msse2", "-mfpmath=sse"],
  64: [],
};
/** memory.c includes the first with counters in place; nothing here takes snapshots. */
const LEFT_OUT = ["xsMemory.c", "xsSnapshot.c"];

interface Unit {
  readonly source: string;
  readonly flags: readonly string[];
  /** Everything that the object depends on, digested. */
  readonly key: string;
}

/** Installs test/package-lock.json, without running any package's scripts, unless it is there. */
async function install(): Promise<void> {
  const lock = digest([await readFile(join(testFolder, "package-lock.json"), "utf8")]);
  const stamp = join(testFolder, "node_modules", ".mote-lock");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === lock) return;
  await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", testFolder]);
  await writeFile(stamp, lock);
}

function digest(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

async function filesOf(path: string, extension: string): Promise<string[]> {
  const names = (await readdir(path)).filter((name) => name.endsWith(extension)).sort();
  return names.map((name) => join(path, name));
}

async function contents(paths: readonly string[]): Promise<string[]> {
  return Promise.all(paths.map((path) => readFile(path, "utf8")));
}

async function units(bits: Bits): Promise<Unit[]> {
  const headers: string[] = [];
  for (const name of ["includes", "platforms", "sources"]) {
    headers.push(...(await filesOf(join(engine, name), ".h")));
  }
  const engineHeaders = await contents([...headers, join(hostFolder, "platform.h")]);
  const allHeaders = [...engineHeaders, ...(await contents(await filesOf(hostFolder, ".h")))];
  const engineSources = (await filesOf(sources, ".c")).filter(
    (path) => !LEFT_OUT.includes(basename(path)),
  );
  const memory = await readFile(join(sources, "xsMemory.c"), "utf8");
  const compiler = [(await run("gcc", ["--version"])).stdout];
  const unit = async (source: string, flags: readonly string[], depends: readonly string[]) => ({
    source,
    flags: [...MACHINE[bits], ...COMMON, ...flags],
    key: digest([
      ...compiler,
      ...MACHINE[bits],
      ...COMMON,
      ...flags,
      ...depends,
      await readFile(source, "utf8"),
    ]),
  });
  return Promise.all([
    ...engineSources.map((source) => unit(source, ["-w"], engineHeaders)),
    ...(await filesOf(hostFolder, ".c")).map((source) =>
      unit(source, WARNINGS, [...allHeaders, memory]),
    ),
  ]);
}

async function compile(unit: Unit, object: string): Promise<void> {
  const includes = ["includes", "platforms", "sources"].flatMap((name) => [
    "-isystem",
    join(engine, name),
  ]);
  await run("gcc", [
    ...unit.flags,
    `-I${hostFolder}`,
    ...includes,
    "-c",
    unit.source,
    "-o",
    object,
  ]);
}

/** Compiles what changed and links. @returns whether there was anything to do */
async function build(bits: Bits): Promise<boolean> {
  const all = await units(bits);
  const key = digest(all.map((unit) => unit.key));
  const stamp = join(folder(bits), "key");
  if (existsSync(hostPath(bits)) && (await readFile(stamp, "utf8").catch(() => "")) === key) {
    return false;
  }
  await mkdir(folder(bits), { recursive: true });
  const objects = all.map((unit) =>
    join(folder(bits), `${basename(unit.source, ".c")}-${unit.key}.o`),
  );
  const waiting = all.map((unit, i) => ({ unit, object: objects[i] ?? "" }));
  const missing = waiting.filter(({ object }) => !existsSync(object));
  const work = async () => {
    for (let next = missing.shift(); next; next = missing.shift()) {
      await compile(next.unit, next.object);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  await run("gcc", [
    ...MACHINE[bits],
    ...objects,
    "-o",
    hostPath(bits),
    "-lm",
    "-lpthread",
    "-ldl",
  ]);
  await writeFile(stamp, key);
  for (const name of await filesOf(folder(bits), ".o")) {
    if (!objects.includes(name)) await rm(name);
  }
  return true;
}

/** A kernel without 32-bit support needs an emulator for what its gcc makes. */
const REMEDIES: Record<Bits, string> = {
  32: `apt-get install gcc-multilib, and qemu-user where the kernel runs no 32-bit programs`,
  64: "apt-get install gcc libc6-dev",
};

/**
 * Finds out with what programs of that width run on this machine.
 *
 * @returns nothing for the machine itself, or the emulator's name, or undefined: gcc makes none, or nothing runs them
 */
async function runnerFor(bits: Bits): Promise<string | undefined> {
  const probe = join(root, "build/xs", `probe-${bits}`);
  await mkdir(join(root, "build/xs"), { recursive: true });
  await writeFile(`${probe}.c`, "#include <math.h>\nint main(void) { return 0; }\n");
  const succeeds = (file: string, args: readonly string[]) =>
    run(file, args).then(
      () => true,
      () => false,
    );
  if (!(await succeeds("gcc", [...MACHINE[bits], `${probe}.c`, "-o", probe]))) return undefined;
  if (await succeeds(probe, [])) return "";
  return (await succeeds(EMULATOR, [probe])) ? EMULATOR : undefined;
}

async function main(): Promise<void> {
  if (process.platform !== "linux") {
    console.error("XS: the host runs on Linux only; its tests fail here.");
    return;
  }
  await install();
  for (const bits of BITS) {
    const runner = await runnerFor(bits);
    if (runner !== undefined) {
      if (await build(bits)) console.log(`XS: ${hostPath(bits)} is built`);
      await writeFile(runnerPath(bits), runner);
      continue;
    }
    console.error(`XS: no ${bits}-bit programs can be made and run here: ${REMEDIES[bits]}`);
    console.error(`XS: THE ${bits}-BIT ENGINE IS NOT TESTED on this machine.`);
    await rm(hostPath(bits), { force: true });
    if (process.env["CI"] === "true" || bits === 64) process.exitCode = 1;
  }
}

main().catch((error: { readonly stderr?: string }) => {
  console.error(error.stderr ? error.stderr : error);
  process.exitCode = 1;
});
