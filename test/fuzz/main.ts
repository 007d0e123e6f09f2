import { parseArgs } from "node:util";
import { coverage } from "./firmware-coverage.js";
import { Fuzzer, type Report } from "./fuzzer.js";
import { checkSequences, SEQUENCES } from "./sequences.js";
import { TARGETS } from "./targets.js";

// Feeds the firmware with bytes that nobody would send: npm run fuzz -- --target mqtt --seconds 600 --seed 7

const DEFAULT_SECONDS = 600;

const { values } = parseArgs({
  options: {
    target: { type: "string", multiple: true },
    seconds: { type: "string" },
    seed: { type: "string" },
  },
});
coverage.learn();

const known = [...TARGETS.map(({ name }) => name), ...SEQUENCES.map(({ name }) => name)];
const names = values.target ?? known;
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no target ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
const seconds = Number(values.seconds ?? DEFAULT_SECONDS) / names.length;
const seed = Number(values.seed ?? Date.now() % 0x7fffffff);
console.log(`seed ${seed}, ${seconds} s for each of ${names.join(", ")}`);
for (const target of TARGETS.filter(({ name }) => names.includes(name))) {
  const report = new Fuzzer(target, coverage, seed).run(seconds, show);
  show(report);
  if (report.find) fail(`${report.find.what}\nsmallest input: ${report.find.path}`);
}
for (const { name, version } of SEQUENCES.filter((one) => names.includes(one.name))) {
  const { runs, fault } = checkSequences(version, seconds * 1000, seed);
  console.log(`${name}: ${runs} sequences`);
  if (fault !== undefined) fail(fault);
}

function fail(what: string): void {
  console.error(what);
  process.exitCode = 1;
}

function show({ target, executions, perSecond, coverage: share, kept }: Report): void {
  const percent = (100 * share).toFixed(1);
  console.log(
    `${target}: ${executions} runs, ${perSecond}/s, ${percent} % of the code, ${kept} kept`,
  );
}
