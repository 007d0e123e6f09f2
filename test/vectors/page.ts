import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { Arguments, fromHex, readWords } from "./notation.js";

export type Version = "3.1.1" | "5";

/** Bytes on the wire, and how the standard reads them. */
interface WireStep {
  readonly verb: "rx" | "sends";
  readonly bytes: Uint8Array;
  /** One line for each packet; `refused` where the bytes are none, `incomplete` where they end too early. */
  readonly readings: string[];
}

/** Something that the test does: the application calls, the transport opens or breaks, time passes. */
interface DoStep {
  readonly verb: "do";
  readonly readings?: undefined;
  readonly line: string;
}

/** A line that the application must have been told. */
interface ToldStep {
  readonly verb: "told";
  readonly readings?: undefined;
  readonly line: string;
}

export type Step = WireStep | DoStep | ToldStep;

/** One fenced block `mqtt` of a page, under its heading. */
export interface Vector {
  readonly page: string;
  readonly name: string;
  readonly version: Version;
  /** Where the client stands before the first step. */
  readonly phase: string;
  readonly options: Arguments;
  readonly steps: readonly Step[];
}

/** The folder of the pages. */
export const PAGES = new URL("../../../test/vectors/mqtt/", import.meta.url);
const DONE_BY_TEST = /^(call|opens|breaks|wait|allow)\b/;

/** Pages that hold no vectors. */
const OTHER_PAGES = ["README.md", "differences.md", "properties.md"];

/** Reads every vector of the pages. A page uses a name once for each version. */
export function readVectors(): Vector[] {
  const pages = readdirSync(PAGES).filter((name) => !OTHER_PAGES.includes(name));
  const vectors = pages.flatMap((page) => {
    const found = parse(page, readFileSync(new URL(page, PAGES), "utf8"));
    assert.ok(found.length > 0, `no vector in ${page}`);
    return found;
  });
  const names = vectors.map(fullName);
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  assert.deepEqual(repeated, [], "every vector has a name of its own");
  return vectors;
}

/** What a vector is called in the table of differences. */
export function fullName({ page, version, name }: Vector): string {
  return `${page.replace(/\.md$/, "")} · ${version} · ${name}`;
}

function parse(page: string, text: string): Vector[] {
  const vectors: Vector[] = [];
  let name = "";
  for (const part of text.split(/^(?=#+ |```)/m)) {
    const heading = /^#+ (.*)/.exec(part);
    if (heading) name = heading[1]!;
    const block = /^```mqtt\n([\s\S]*)/.exec(part);
    if (block) vectors.push(parseBlock(page, name, block[1]!));
  }
  return vectors;
}

/** Reads the lines of one block. */
export function parseBlock(page: string, name: string, block: string): Vector {
  const lines = joinLines(block);
  const [version, phase, ...words] = readWords(lines[0] ?? "");
  assert.ok(version === "3.1.1" || version === "5", `${page}: ${name}: no version`);
  assert.ok(phase !== undefined, `${page}: ${name}: no phase`);
  const steps: Step[] = [];
  for (const line of lines.slice(1)) parseStep(line, steps);
  for (const step of steps) {
    const isRead = step.readings === undefined || step.readings.length > 0;
    assert.ok(isRead, `${page}: ${name}: bytes without a line that says how they read`);
  }
  return { page, name, version, phase, options: new Arguments(words), steps };
}

/** Takes comments off and puts an indented line behind the one before. */
function joinLines(block: string): string[] {
  const lines: string[] = [];
  for (const raw of block.split("\n")) {
    const line = raw.replace(/(^|\s);.*$/, "").trimEnd();
    if (line === "") continue;
    if (/^\s/.test(line)) lines.push(`${lines.pop() ?? ""} ${line.trim()}`);
    else lines.push(line);
  }
  return lines;
}

function parseStep(line: string, steps: Step[]): void {
  const [, verb, rest = ""] = /^(rx|sends|=) ?(.*)$/.exec(line) ?? [];
  if (verb === "rx" || verb === "sends") {
    steps.push({ verb, bytes: fromHex(rest), readings: [] });
  } else if (verb === "=") {
    const last = steps.findLast((step) => step.readings !== undefined);
    assert.ok(last?.readings, `nothing to read before: ${line}`);
    last.readings.push(rest);
  } else {
    steps.push(DONE_BY_TEST.test(line) ? { verb: "do", line } : { verb: "told", line });
  }
}
