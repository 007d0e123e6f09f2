import assert from "node:assert/strict";
import { test } from "node:test";
import { extractPages, paginate, splitPages } from "../../../host/build/paging.js";

const CODE = [
  "function hot(a) {",
  "  return rare(a) + often(a);",
  "}",
  "function rare(a) {",
  '  "cold";',
  "  if (a) {",
  "    return hot(0);",
  "  }",
  "  return 1;",
  "}",
  "function often(a) {",
  "  return a;",
  "}",
  "export {",
  "  hot",
  "};",
  "",
].join("\n");

test("a cold function leaves the module, and its name stands for its page", () => {
  const { code, pages, resident, define } = extractPages(CODE, []);
  assert.deepEqual(pages, ["rare"]);
  assert.deepEqual(resident, ["hot", "often"]);
  assert.deepEqual(define, { rare: "$$0$$" });
  const { hot, cold } = splitPages(code);
  assert.doesNotMatch(hot, /function rare/);
  assert.equal(cold[0]?.text, "function(a) {\n  if (a) {\n    return hot(0);\n  }\n  return 1;\n}");
});

test("a function without the mark becomes cold by its name", () => {
  assert.deepEqual(extractPages(CODE, ["often", "nowhere"]).pages, ["rare", "often"]);
});

test("a cold function that is exported keeps one that calls it", () => {
  const { code, define } = extractPages(CODE.replace("  hot\n", "  hot,\n  rare\n"), []);
  assert.deepEqual(define, {});
  assert.match(code, /^function rare\(a\) \{\n {2}return \$\$0\$\$\(a\);\n\}$/m);
});

test("a mark on what is no function of a module is refused", () => {
  const inner = 'function a() {\n  function b() {\n    "cold";\n  }\n  b();\n}\n';
  assert.throws(() => extractPages(inner, []), /"cold"/);
});

test("each page is read by its place in the file, however long the places are", () => {
  const long = `(function(){return${" ".repeat(90)}$$$$1$$$$()})`.replaceAll("$$", "$");
  const pages = [
    { id: 0, name: "a", file: "f.ts", text: long },
    { id: 1, name: "b", file: "g.ts", text: "(function(){return 1})" },
  ];
  const { code, cold } = paginate("file", "module.exports={a:$$0$$};", pages);
  const places = [...code.matchAll(/\$\((\d+),(\d+)\)/g)];
  assert.equal(places.length, 2);
  const texts = places.map(([, offset, length]) =>
    code.slice(Number(offset), Number(offset) + Number(length)),
  );
  assert.equal(texts[0], "(function(){return 1})");
  assert.match(texts[1] ?? "", /^\(function\(\)\{return {90}\$\(\d+,22\)\(\)\}\)$/);
  assert.deepEqual(cold[1], { name: "b", file: "g.ts", bytes: 22 });
});

test("the loader's names are used by nothing else", () => {
  const { code } = paginate("f", "$=1;$_=2;a=$$0$$;", [
    { id: 0, name: "a", file: "f.ts", text: "($$)" },
  ]);
  assert.match(code, /^\/\*\(\$\$\)\*\/function _\(_\$,__\)\{return eval\(require\("Storage"\)/);
});

test("a module without cold functions is left as it is", () => {
  assert.deepEqual(paginate("f", "module.exports={};", []), {
    code: "module.exports={};",
    cold: [],
  });
});

test("a page that would end its comment is refused", () => {
  const text = '(function(){return"*/"})';
  assert.throws(
    () => paginate("f", "a=$$0$$", [{ id: 0, name: "a", file: "f.ts", text }]),
    /comment/,
  );
});
