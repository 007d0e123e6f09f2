/** Tells which file a statement came from, through whatever esbuild does with the statements. */
const MARK = "$file";
/** What esbuild writes ahead of each file's code when it joins modules. */
const FILE_COMMENT = /^\/\/ (\S.*\.ts)$/gm;
const FILE_MARK = /\$file\("([^"]*)"\);?\n?/g;

export interface Part {
  readonly file: string;
  readonly bytes: number;
}

/** Puts a call that has an effect, as far as esbuild knows, in place of each comment that names a file. */
export function markFiles(code: string): string {
  return code.replace(FILE_COMMENT, (_, file: string) => `${MARK}(${JSON.stringify(file)});`);
}

/** The file of what stands at `index`; none when no mark precedes it. */
export function fileAt(code: string, index: number): string {
  return [...code.slice(0, index).matchAll(FILE_MARK)].at(-1)?.[1] ?? "";
}

export function withoutMarks(code: string): string {
  return code.replace(FILE_MARK, "");
}

/** Bytes between the marks, by file. */
export function partsOf(code: string): Part[] {
  const marks = [...code.matchAll(FILE_MARK)];
  return marks.map(({ 0: mark, 1: file = "", index }, i) => ({
    file,
    bytes: (marks[i + 1]?.index ?? code.length) - index - mark.length,
  }));
}

/** One part for each file that has bytes, the largest first. */
export function sumParts(parts: readonly Part[]): Part[] {
  const sums = new Map<string, number>();
  for (const { file, bytes } of parts) sums.set(file, (sums.get(file) ?? 0) + bytes);
  return [...sums]
    .map(([file, bytes]) => ({ file, bytes }))
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}
