import assert from "node:assert/strict";
import { test } from "node:test";
import { refusedSyntax } from "../../../host/build/syntax-gate.js";

/** Each with what is refused in its third line. */
const REFUSED: Readonly<Record<string, string>> = {
  "a private field": "export class A {\n  c = 1;\n  #b = 1;\n  d() { return this.#b; }\n}",
  "an async function": "export const a = 1;\n\nexport async function b() {}",
  "a power": "export function a(b: number) {\n  const c = b;\n  return c ** 2;\n}",
  "a computed key": "const a = 'x';\nexport const b = {\n  [a]: 1 };",
  "a computed method": "const a = 'x';\nexport class B {\n  [a]() { return 1; }\n}",
  "a tagged template": "const a = (b: unknown) => b;\n\nexport const c = a`b`;",
  "object spread": "const a = { b: 1 };\n\nexport const c = { ...a };",
  "a label": "export function a() {\n  const c = 1;\n  b: for (;;) if (c) break b;\n}",
  "a built-in base class": "export const a = 1;\n\nexport class B extends Error {}",
  "a typed array as base class": "export const a = 1;\n\nexport class B extends Uint8Array {}",
  "a Map": "export const a = 1;\n\nexport const b = new Map();",
  "a Symbol": "export const a = 1;\n\nexport const b = Symbol.iterator;",
  copyWithin: "export function a(b: Uint8Array) {\n\n  b.copyWithin(0, 1, 2);\n}",
  "a case behind default":
    "export function a(b: number) {\n  switch (b) {\n    default: return 1;\n    case 2: return 2;\n  }\n}",
};

for (const [name, source] of Object.entries(REFUSED)) {
  test(`${name} is refused by file and line`, async () => {
    const errors = await refusedSyntax("a.ts", source);
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.location?.file, "a.ts");
    assert.equal(errors[0]?.location?.line, 3);
    assert.equal(errors[0]?.location?.lineText, source.split("\n")[2]);
  });
}

const ACCEPTED: Readonly<Record<string, string>> = {
  "comments and text that speak of it":
    "/** `a` ** b, [c]: d, new Map(), async. */\nexport const a = 'new Map() a ** b';",
  "a template": "export const a = (b: number) => `%{b} is b`;".replace("%", "$"),
  "a type that Espruino lacks": "export function a(b: Map<string, symbol>) { return b; }",
  "a class with fields":
    "export class A { b = 1; c(d: number): string { return d > 1 ? 'x:' : String(d); } }",
  "a switch with default at its end":
    "export function a(b: number) { switch (b) { case 1: return 2; default: return 3; } }",
  "a length that is a field": "export const a = (b: { length: number }) => { b.length = 1; };",
  "optional chaining": "export const a = (b?: { c: number }) => b?.c ?? 1;",
};

for (const [name, source] of Object.entries(ACCEPTED)) {
  test(`${name} passes`, async () => {
    assert.deepEqual(await refusedSyntax("a.ts", source), []);
  });
}
