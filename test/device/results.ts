import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";

/** What was measured on one engine, and of which firmware. */
export interface DeviceResult {
  /** `hashOfFolder` of `firmware/` when it was measured. */
  readonly firmware: string;
  readonly engine: string;
  readonly figures: Readonly<Record<string, number>>;
}

const RESULTS = "test/device/results.json";

/** By engine. */
export async function readResults(): Promise<Record<string, DeviceResult>> {
  const results: Record<string, DeviceResult> = JSON.parse(await readFile(RESULTS, "utf8"));
  return results;
}

/** Notes what was measured on an engine in place of what was known of it. */
export async function noteResult(engine: string, result: DeviceResult): Promise<void> {
  const results = await readResults().catch(() => ({}));
  const noted = { ...results, [engine]: result };
  await writeFile(RESULTS, `${JSON.stringify(noted, null, 2)}\n`);
}

/** SHA-256 over the names and contents of a folder's files, in the order of their names. */
export async function hashOfFolder(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  for (const path of paths.sort()) {
    const content = await readFile(path);
    const name = path.slice(folder.length + 1).replaceAll(sep, "/");
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex");
}
