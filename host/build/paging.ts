import { fileAt } from "./parts.js";

/**
 * A cold function costs no memory until it is called: its text stays in the module's file in Storage,
 * and a call evaluates it from there, in the scope of the module. It is marked by the directive `"cold"`.
 *
 * esbuild shortens the names of all functions together, and prints each statement of the module at the
 * beginning of a line: so a cold function is first made an argument of a call to MARK, and told by that
 * afterwards. Where other functions name it they then mean a global, which esbuild puts REFERENCE for.
 */
export interface Page {
  readonly id: number;
  readonly name: string;
  /** Where it comes from. */
  readonly file: string;
  /** One expression in parentheses that makes the function. */
  readonly text: string;
}

const MARK = "$cold";
const REFERENCE = /\$\$(\d+)\$\$/g;

/** A function of a module, as esbuild prints it: its end is the next brace at the beginning of a line. */
const FUNCTION = /^function ([\w$]+)(\(([^()]*)\) \{\n)((?:[^}\n].*\n|\n)*)\}(?=\n|$)/gm;
const DIRECTIVE = '  "cold";\n';
const EXPORTS = /^export \{([^}]*)\}/m;
const COLD_PAGE = /^\$cold\((\d+), (function\([^()]*\) \{\n[\s\S]*?\n\})\);(?:\n|$)/gm;

export interface ExtractedPages {
  readonly code: string;
  /** Names by the number of the page. */
  readonly pages: readonly string[];
  /** Names of the functions that are not cold. */
  readonly resident: readonly string[];
  /** What esbuild is to put for the name of a cold function. */
  readonly define: Readonly<Record<string, string>>;
}

/**
 * Marks the cold functions in a joined module. One that the module exports keeps a function of its name
 * that calls it.
 *
 * @param further functions that are to be cold without a mark; those that are not there do not matter
 * @throws when a function that is not a module's own is marked as cold
 */
export function extractPages(code: string, further: readonly string[]): ExtractedPages {
  const pages: string[] = [];
  const resident: string[] = [];
  const define: Record<string, string> = {};
  const exported = new Set(
    (EXPORTS.exec(code)?.[1] ?? "").split(",").map((item) => item.trim().split(" as ")[0] ?? ""),
  );
  const marked = code.replace(FUNCTION, (whole, name: string, head: string, parameters, body) => {
    if (!body.startsWith(DIRECTIVE) && !further.includes(name)) {
      resident.push(name);
      return whole;
    }
    const id = pages.push(name) - 1;
    const page = `${MARK}(${id}, function${head}${body.replace(DIRECTIVE, "")}});`;
    if (!exported.has(name)) {
      define[name] = reference(id);
      return page;
    }
    return `${page}\nfunction ${name}(${parameters}) {\n  return ${reference(id)}(${parameters});\n}`;
  });
  if (/^\s+"cold";$/m.test(marked)) throw new Error('only a function of a module can be "cold"');
  return { code: marked, pages, resident, define };
}

export interface SplitPages {
  readonly hot: string;
  readonly cold: readonly { readonly id: number; readonly file: string; readonly text: string }[];
}

/** Parts what `extractPages` has marked from the rest. */
export function splitPages(code: string): SplitPages {
  const cold: { id: number; file: string; text: string }[] = [];
  const hot = code.replace(COLD_PAGE, (_, id: string, text: string, index: number) => {
    cold.push({ id: Number(id), file: fileAt(code, index), text });
    return "";
  });
  return { hot, cold };
}

/** A function in Storage, and the bytes it takes there. */
export interface ColdFunction {
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
}

export interface PagedModule {
  readonly code: string;
  readonly cold: readonly ColdFunction[];
}

/**
 * The file: the pages in a comment, so that loading it passes over them, then what loading evaluates.
 *
 * @param name of the file in Storage
 */
export function paginate(name: string, hot: string, pages: readonly Page[]): PagedModule {
  if (pages.length === 0) return { code: hot, cold: [] };
  const everything = [hot, ...pages.map(({ text }) => text)].join("");
  if (pages.some(({ text }) => text.includes("*/"))) throw new Error("a page ends its comment");
  const [load = "", offset = "", length = ""] = freeNames(everything, 3);
  let places = new Map<number, string>();
  let texts: string[] = [];
  // A place that moves may be written with a digit more, which moves others.
  for (let isSettled = false; !isSettled; ) {
    texts = pages.map(({ text }) => withPlaces(text, load, places));
    const next = placesOf(pages, texts);
    isSettled = [...next].every(([id, place]) => places.get(id) === place);
    places = next;
  }
  const read = `require("Storage").read(${JSON.stringify(name)},${offset},${length})`;
  // Espruino knows a function from its declaration on: this one stands first.
  const loader = `function ${load}(${offset},${length}){return eval(${read})}`;
  const cold = pages.map(({ name: page, file }, i) => ({
    name: page,
    file,
    bytes: texts[i]?.length ?? 0,
  }));
  return { code: `/*${texts.join("")}*/${loader}${withPlaces(hot, load, places)}`, cold };
}

function placesOf(pages: readonly Page[], texts: readonly string[]): Map<number, string> {
  const places = new Map<number, string>();
  let offset = "/*".length;
  pages.forEach(({ id }, i) => {
    const length = texts[i]?.length ?? 0;
    places.set(id, `${offset},${length}`);
    offset += length;
  });
  return places;
}

function withPlaces(text: string, load: string, places: ReadonlyMap<number, string>): string {
  return text.replace(REFERENCE, (_, id: string) => `${load}(${places.get(Number(id)) ?? "0,0"})`);
}

function reference(id: number): string {
  return `$$${id}$$`;
}

/** Names that nothing uses: a page sees the loader's parameters as well as the module's own names. */
function freeNames(code: string, count: number): string[] {
  const used = new Set(code.match(/[A-Za-z_$][\w$]*/g));
  const names: string[] = [];
  for (const first of "$_abcdefghijklmnopqrstuvwxyz") {
    for (const second of ["", "$", "_"]) {
      if (names.length < count && !used.has(first + second)) names.push(first + second);
    }
  }
  return names;
}
