import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** A statement of a standard, what proves it, or why nothing can. */
interface Statement {
  readonly id: string;
  readonly text: string;
  readonly reason: string;
  readonly tests: readonly string[];
}

const SOURCE = "test";
const ROW = /^\| (MQTT-[\d.]+-\d+) \| (.*?) \| (.*?) ?\|$/;
const NAME = /test\(\s*(["'`])((?:(?!\1)[^\\]|\\.)*)\1/g;

const names = await testNames();
let missing = 0;
for (const file of (await readdir(join(SOURCE, "conformance"))).filter((name) =>
  name.endsWith(".md"),
)) {
  const statements = await readStatements(join(SOURCE, "conformance", file));
  const proven = statements.filter(({ tests }) => tests.length > 0).length;
  console.log(`${file}: ${statements.length} statements, ${proven} proven`);
  for (const statement of statements) missing += report(statement);
}
if (missing > 0) {
  console.error(`${missing} statements have neither a test that names them nor a reason`);
  process.exitCode = 1;
}

function report({ id, text, reason, tests }: Statement): number {
  console.log(`${id}  ${text}`);
  for (const name of tests) console.log(`    ✔ ${name}`);
  if (tests.length > 0) return 0;
  console.log(reason === "" ? "    ✖ nothing proves it" : `    – ${reason}`);
  return reason === "" ? 1 : 0;
}

async function readStatements(path: string): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const line of (await readFile(path, "utf8")).split("\n")) {
    const [, id, text, reason] = ROW.exec(line) ?? [];
    if (id === undefined || text === undefined || reason === undefined) continue;
    const tests = names.filter((name) => name.includes(`[${id}]`));
    statements.push({ id, text, reason: reason.trim(), tests });
  }
  return statements;
}

async function testNames(): Promise<string[]> {
  const files = (await readdir(SOURCE, { recursive: true })).filter((name) =>
    name.endsWith(".test.ts"),
  );
  const texts = await Promise.all(files.map((file) => readFile(join(SOURCE, file), "utf8")));
  return texts.flatMap((text) => [...text.matchAll(NAME)].map((match) => match[2] ?? ""));
}
