/** What esbuild prints for a number or a truth value. */
const LITERAL = String.raw`-?[\d.]+(?:e[+-]?\d+)?|true|false|![01]`;
const NAME = String.raw`[A-Za-z_$][\w$]*`;
const MODULE_CONSTANT = new RegExp(`^(?:var|const|let) (${NAME}) = (${LITERAL});$\\n?`, "gm");
const LOCAL_CONSTANT = new RegExp(`^( +)const ${NAME} = (?:${LITERAL});$`);
const DECLARATIONS = /^( *(?:const|var) )(.*)$/;

/**
 * Puts constants ahead of all else in their scope. esbuild puts a constant's value in place of its name
 * only where nothing but constants precedes it; each that stays in a module costs Espruino 2 variables,
 * and in a function it may keep alive what a feature set leaves out.
 *
 * @param code as esbuild prints it, each statement on a line of its own
 */
export function constantsFirst(code: string): string {
  const lines = code.split("\n").flatMap(oneByOne);
  const constants: string[] = [];
  const rest = lines.join("\n").replace(MODULE_CONSTANT, (whole, name: string, value: string) => {
    if (isAssignedAgain(code, name)) return whole;
    constants.push(`const ${name} = ${value};\n`);
    return "";
  });
  return constants.join("") + localConstantsFirst(rest.split("\n")).join("\n");
}

/** Parts declarations that esbuild has put together. */
function oneByOne(line: string): string[] {
  const found = DECLARATIONS.exec(line);
  if (found === null) return [line];
  const [, keyword = "", list = ""] = found;
  const parts = partsOfList(list);
  return parts.map((part, i) => `${keyword}${part}${i < parts.length - 1 ? ";" : ""}`);
}

/** What commas part, but for those within brackets and text. */
function partsOfList(list: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const [token] of list.matchAll(/"(?:[^"\\]|\\.)*"|, |./g)) {
    if (/^[([{]$/.test(token)) depth++;
    if (/^[)\]}]$/.test(token)) depth--;
    if (token === ", " && depth === 0) parts.push("");
    else parts[parts.length - 1] += token;
  }
  return parts;
}

/** esbuild prints a module's constant as `var`: what is assigned again is none. */
function isAssignedAgain(code: string, name: string): boolean {
  const variable = `(?<![\\w$.])${name.replaceAll("$", "\\$")}`;
  const assigned = new RegExp(
    `${variable} (?:[-+*/%&|^]|<<|>>>?)?= |(?:\\+\\+|--)${variable}\\b|${variable}(?:\\+\\+|--)`,
    "g",
  );
  return [...code.matchAll(assigned)].length > 1;
}

function localConstantsFirst(lines: readonly string[]): string[] {
  const moved: string[] = [];
  for (const line of lines) {
    const indent = LOCAL_CONSTANT.exec(line)?.[1];
    moved.splice(indent === undefined ? moved.length : startOfBlock(moved, indent), 0, line);
  }
  return moved;
}

/** Where the block that now ends has its first line; its end where that cannot be told. */
function startOfBlock(lines: readonly string[], indent: string): number {
  let start = lines.length;
  while (start > 0 && (lines[start - 1] ?? "").startsWith(indent)) start--;
  return lines[start - 1]?.endsWith("{") === true ? start : lines.length;
}
