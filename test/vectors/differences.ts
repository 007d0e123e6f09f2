import { readFileSync } from "node:fs";
import { PAGES } from "./page.js";

/** A row of a table: what differs, and why. */
interface Row {
  readonly what: string;
  readonly reason: string;
}

/** The tables of differences.md. */
export interface Differences {
  /** Vectors, as patterns of their full names. */
  readonly vectors: readonly Row[];
  /** Why the client refuses flipped bytes that the other parser takes. */
  readonly refusedHere: readonly Row[];
  /** Why the client takes flipped bytes that the other parser refuses. */
  readonly takenHere: readonly Row[];
}

/** Reads the tables of the page, by the headings that they stand under. */
export function readDifferences(): Differences {
  const page = readFileSync(new URL("differences.md", PAGES), "utf8");
  const rows = (heading: string): Row[] => {
    const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
    const found = [...section.matchAll(/^\| (.+?) +\| (.+?) +\|$/gm)];
    // The first two are the head of the table and the line below it.
    return found.slice(2).map(([, what = "", reason = ""]) => ({ what, reason }));
  };
  return {
    vectors: rows("Vectors"),
    refusedHere: rows("Flipped bits that the client refuses"),
    takenHere: rows("Flipped bits that the client takes"),
  };
}

/** Tells whether a row's pattern covers a name: `*` is anything, `{a,b}` either. */
export function covers({ what }: Row, name: string): boolean {
  const source = what
    .replace(/[.+?^$()[\]\\|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replace(/\{([^}]*)\}/g, (_, list: string) => `(${list.replaceAll(",", "|")})`);
  return new RegExp(`^${source}$`).test(name);
}
