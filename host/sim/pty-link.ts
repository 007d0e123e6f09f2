import { readlinkSync, unlinkSync } from "node:fs";
import { lstat, readlink, rename, stat, symlink, unlink } from "node:fs/promises";
import { HostError, messageOf, systemCode } from "../error.js";
import { leadsToLiveTerminal } from "../serial/stale-link.js";

/** @throws HostError `runtime`: something that a new link may not replace is at `link` */
export async function requireReplaceable(link: string): Promise<void> {
  const entry = await lstat(link).catch(() => null);
  if (entry === null) return;
  if (await leadsToLiveTerminal(link)) {
    const advice = "end that one, or name another path";
    throw new HostError(
      "runtime",
      `${link} leads to the port of a live simulated board; ${advice}`,
    );
  }
  if (entry.isSymbolicLink() && (await leadsToPty(link))) return;
  const advice = "name another path, or remove it";
  throw new HostError("runtime", `cannot put a link at ${link}: something is there; ${advice}`);
}

/** Also one that leads nowhere: a board that was killed left it. */
async function leadsToPty(link: string): Promise<boolean> {
  const isDangling = await stat(link).then(
    () => false,
    () => true,
  );
  return isDangling || /^\/dev\/(pts\/|ttys)\d+$/.test(await readlink(link));
}

/**
 * Makes the link in one step, so that a gateway that watches the path finds the old device or the new one.
 *
 * @throws HostError `runtime`: it cannot
 */
export async function placeLink(device: string, link: string): Promise<void> {
  const fresh = `${link}.${process.pid}`;
  try {
    await symlink(device, fresh);
    await rename(fresh, link);
  } catch (error) {
    await unlink(fresh).catch(() => undefined);
    const isFolderMissing = ["ENOENT", "ENOTDIR"].includes(systemCode(error));
    // Behind its comma the system's message names the temporary link.
    const reason = isFolderMissing ? "its folder does not exist" : messageOf(error).split(",")[0];
    const text = `cannot put a link at ${link}: ${reason}`;
    throw new HostError("runtime", text, { cause: error });
  }
}

/** Removes the link, unless another board took the path over. */
export function removeLink(link: string, device: string): void {
  try {
    if (readlinkSync(link) === device) unlinkSync(link);
  } catch {
    // Somebody removed it before us.
  }
}
