import { lstat, readlink, stat } from "node:fs/promises";

const PSEUDO_TERMINAL = /^\/dev\/(pts\/|ttys)\d+$/;

/**
 * Tells whether a path is a link that a killed `mote sim` left, and whose pseudo terminal has become
 * another program's since: the kernel gives the numbers of closed ones out again, be it to a person's
 * shell. The terminal is then younger than the link.
 */
export async function leadsToStranger(path: string): Promise<boolean> {
  const link = await lstat(path, { bigint: true });
  if (!link.isSymbolicLink() || !PSEUDO_TERMINAL.test(await readlink(path))) return false;
  const { atimeNs, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  // It keeps no time of birth, but each of the three began with it, and use moves them only forward.
  return [atimeNs, mtimeNs, ctimeNs].every((timeNs) => timeNs > link.ctimeNs);
}

/**
 * Tells whether a path is a link to a pseudo terminal that is still its maker's. Linux takes the device
 * away in the moment in which the maker ends, whoever has its far end open; elsewhere it may stay, and
 * the answer is no.
 */
export async function leadsToLiveTerminal(path: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const target = await readlink(path).catch(() => "");
  if (!PSEUDO_TERMINAL.test(target)) return false;
  return leadsToStranger(path).then(
    (isStranger) => !isStranger,
    () => false,
  );
}
