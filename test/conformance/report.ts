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
/** Tests of MQTT 5 stand in a folder of their own: the two standards use the same identifiers for other statements. */
const VERSION_5 = /[/\\]mqtt-5[/\\.]/;
const ROW = /^\| (MQTT-[\d.]+-\d+) *\| (.*?) *\| (.*?) *\|$/;
const ID = /\[(MQTT-[\d.]+-\d+)\]/g;
const NAME = /test\(\s*(["'`])((?:(?!\1)[^\\]|\\.)*)\1/g;

const tests = await findTests();
let missing = 0;
for (const file of (await readdir(join(SOURCE, "conformance"))).filter((name) =>
  name.endsWith(".md"),
)) {
  const path = join(SOURCE, "conformance", file);
  const names = tests
    .filter((one) => one.isVersion5 === VERSION_5.test(path))
    .map(({ name }) => name);
  const statements = await readStatements(path, names);
  const proven = statements.filter((one) => one.tests.length > 0).length;
  console.log(`${file}: ${statements.length} statements, ${proven} proven`);
  for (const statement of statements) missing += report(statement);
  missing += reportUnknown(file, statements, names);
}
if (missing > 0) {
  console.error(
    `${missing} statements have neither a test that names them nor a reason, or no row`,
  );
  process.exitCode = 1;
}

function report({ id, text, reason, tests: proofs }: Statement): number {
  console.log(`${id}  ${text}`);
  for (const name of proofs) console.log(`    ✔ ${name}`);
  if (proofs.length > 0) return 0;
  console.log(reason === "" ? "    ✖ nothing proves it" : `    – ${reason}`);
  return reason === "" ? 1 : 0;
}

/** A test that names what the table does not hold has a wrong identifier, or the table lacks a row. */
function reportUnknown(
  file: string,
  statements: readonly Statement[],
  names: readonly string[],
): number {
  const known = new Set(statements.map(({ id }) => id));
  const named = names.flatMap((name) => [...name.matchAll(ID)].map((match) => match[1] ?? ""));
  const unknown = [...new Set(named)].filter((id) => !known.has(id));
  for (const id of unknown) console.log(`${id}  ✖ a test names it; ${file} has no such row`);
  return unknown.length;
}

async function readStatements(path: string, names: readonly string[]): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const line of (await readFile(path, "utf8")).split("\n")) {
    if (!line.startsWith("| MQTT-")) continue;
    const [, id, text, reason] = ROW.exec(line) ?? [];
    if (id === undefined || text === undefined || reason === undefined) {
      throw new Error(`${path}: not a row of three columns: ${line}`);
    }
    const proofs = names.filter((name) => name.includes(`[${id}]`));
    statements.push({ id, text, reason, tests: proofs });
  }
  return statements;
}

async function findTests(): Promise<{ name: string; isVersion5: boolean }[]> {
  const files = (await readdir(SOURCE, { recursive: true })).filter((name) =>
    name.endsWith(".test.ts"),
  );
  const found = files.map(async (file) => {
    const text = await readFile(join(SOURCE, file), "utf8");
    const isVersion5 = VERSION_5.test(file);
    return [...text.matchAll(NAME)].map((match) => ({ name: match[2] ?? "", isVersion5 }));
  });
  return (await Promise.all(found)).flat();
}
