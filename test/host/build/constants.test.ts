import assert from "node:assert/strict";
import { test } from "node:test";
import { constantsFirst } from "../../../host/build/constants.js";

test("a module's constants come first, in their order", () => {
  const code = "function a() {\n}\nvar B = 1;\nfunction c() {\n}\nvar D = true;\n";
  assert.equal(
    constantsFirst(code),
    "const B = 1;\nconst D = true;\nfunction a() {\n}\nfunction c() {\n}\n",
  );
});

test("what is assigned again stays a variable where it is", () => {
  const code = "function a() {\n  b++;\n}\nvar b = 1;\n";
  assert.equal(constantsFirst(code), code);
});

test("what a sum of names is worth is left to esbuild", () => {
  const code = "var a = b + 1;\n";
  assert.equal(constantsFirst(code), code);
});

test("declarations that were put together are parted, whatever text and calls hold", () => {
  const code = 'var a = f(1, b = 2), c = ", d = 3", e = 4;\n';
  assert.equal(constantsFirst(code), 'const e = 4;\nvar a = f(1, b = 2);\nvar c = ", d = 3";\n');
});

test("a function's constants come first in their block", () => {
  const code = "function a(b) {\n  f();\n  if (b) {\n    g();\n    const c = false;\n  }\n}\n";
  assert.equal(
    constantsFirst(code),
    "function a(b) {\n  f();\n  if (b) {\n    const c = false;\n    g();\n  }\n}\n",
  );
});

test("a constant stays where its block has no first line to itself", () => {
  const code = "switch (a) {\n  case 1:\n    f();\n    const b = 1;\n}\n";
  assert.equal(constantsFirst(code), code);
});
