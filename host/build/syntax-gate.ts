import { readFile } from "node:fs/promises";
import { SourceMap } from "node:module";
import { type PartialMessage, type Plugin, transform } from "esbuild";

/**
 * Syntax that Espruino lacks and esbuild refuses by itself, with file and line, once it is told so: it
 * knows no way around it at ES2015.
 */
export const UNSUPPORTED = {
  "default-argument": false,
  destructuring: false,
  "array-spread": false,
  "rest-argument": false,
  generator: false,
  "class-private-field": false,
} as const;

/**
 * Syntax that Espruino lacks and esbuild would lower in silence, to something that Espruino lacks too or
 * that costs far more than it looks, or would let pass. Each shows in what esbuild makes of the file.
 */
const REFUSED: readonly { readonly what: string; readonly trace: RegExp }[] = [
  { what: "#private", trace: /\b__private\w+\(|\b(?:WeakMap|WeakSet)\b/g },
  { what: "async", trace: /\b__async\(/g },
  { what: "object spread", trace: /\b__spread(?:Values|Props)\(/g },
  { what: "object rest", trace: /\b__objRest\(/g },
  {
    what: "a computed key",
    trace: /(?<=[{,;}\n]\s*(?:static )?)\[[^\]\n]+\]\s*(?::|\([^)]*\)\s*\{)/g,
  },
  { what: "a tagged template", trace: /\b__template\(/g },
  { what: "a case behind default", trace: /^( *)default:\n(?:\1 .*\n)*\1case /gm },
  { what: "**", trace: /\b__pow\(/g },
  { what: "a label", trace: /^\s*[A-Za-z_$][\w$]*:\s*(?:for|while|do|switch)\b/gm },
  {
    what: "a built-in base class",
    trace: /\bextends\s+(?:\w*Error|Array|Object|Promise|\w+Array)\b/g,
  },
  {
    what: "for…of over what is no array",
    trace: /\bfor \((?:const|let|var) \w+ of \w+\.(?:entries|keys|values)\(/g,
  },
  {
    what: "what Espruino's library lacks",
    trace:
      /\bnew (?:Map|Set|Proxy)\b|\bSymbol\b|\.copyWithin\(|\bMath\.(?:imul|clz32)\b|\bNumber\.isInteger\b|\bObject\.freeze\b|\b(?:Array|Uint8Array)\.(?:from|of)\b/g,
  },
];

/** Fails the build for what Espruino cannot run, by file and line. */
export const syntaxGate: Plugin = {
  name: "espruino syntax",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const errors = await refusedSyntax(path, source);
      return { contents: source, loader: "ts", errors };
    });
  },
};

/** What of a TypeScript file Espruino cannot run, beyond what UNSUPPORTED makes esbuild refuse. */
export async function refusedSyntax(file: string, source: string): Promise<PartialMessage[]> {
  const { code, map } = await transform(source, {
    loader: "ts",
    target: "es2015",
    legalComments: "none",
    sourcemap: "external",
    // Without templates a string holds nothing but text, and a tagged one shows.
    supported: { "template-literal": false },
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  });
  const bare = withoutText(code);
  const lines = lineFinder(code, map);
  return REFUSED.flatMap(({ what, trace }) => {
    const places = [...bare.matchAll(trace)].map(({ index }) => lines(index));
    const line = places.find((place) => place > 0);
    if (line === undefined) return [];
    const lineText = source.split("\n")[line - 1] ?? "";
    return [{ text: `Espruino cannot run ${what}`, location: { file, line, lineText } }];
  });
}

/** The same length, with blanks for what strings hold. */
function withoutText(code: string): string {
  return code.replace(
    /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'/g,
    (text) => `"${" ".repeat(text.length - 2)}"`,
  );
}

/** The source's line, from 1, of a position in what was made of it; 0 for what esbuild has added. */
function lineFinder(code: string, map: string): (index: number) => number {
  const sourceMap = new SourceMap(JSON.parse(map));
  return (index) => {
    // A trace may begin with the end of the line before.
    const start = index + (/\S/.exec(code.slice(index))?.index ?? 0);
    const before = code.slice(0, start).split("\n");
    const entry = sourceMap.findEntry(before.length - 1, before.at(-1)?.length ?? 0);
    const isOwn = "originalLine" in entry && entry.generatedLine === before.length - 1;
    return isOwn ? entry.originalLine + 1 : 0;
  };
}
