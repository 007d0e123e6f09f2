import { playSeed } from "./random-run.js";

// Plays random scenarios: `node build/test/scenario/random-runs.js [count] [first seed]`.

const DEFAULT_COUNT = 20_000;
const [count = DEFAULT_COUNT, first = Date.now() & 0x7fffffff] = process.argv.slice(2).map(Number);
if (!(count > 0 && first >= 0)) {
  process.stderr.write("random-runs [count] [first seed]: whole numbers\n");
  process.exit(2);
}
for (let seed = first; seed < first + count; seed++) playSeed(seed);
process.stdout.write(`${count} scenarios from seed ${first} kept every promise\n`);
