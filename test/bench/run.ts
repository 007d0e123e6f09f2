import type { Figure, Suite } from "./figure.js";
import { linkSuite } from "./link-suite.js";

// `npm run bench -- <suite> [--json]`

const SUITES: Readonly<Record<string, Suite>> = { link: linkSuite };

function print(figure: Figure, isJson: boolean): void {
  if (isJson) {
    console.log(JSON.stringify(figure));
    return;
  }
  const { name, value, unit, peer, peerValue, ratio } = figure;
  const text = `${name.padEnd(40)} ${value.toPrecision(4).padStart(10)} ${unit.padEnd(12)}`;
  const isBeside = peer !== undefined && peerValue !== undefined && ratio !== undefined;
  const more = isBeside ? `  ${peer} ${peerValue.toPrecision(4)}  ratio ${ratio.toFixed(3)}` : "";
  console.log((text + more).trimEnd());
}

async function main(words: readonly string[]): Promise<number> {
  const isJson = words.includes("--json");
  const names = words.filter((word) => !word.startsWith("--"));
  for (const name of names) {
    const suite = SUITES[name];
    if (suite === undefined) {
      console.error(`bench: there is no suite "${name}"`);
      return 2;
    }
    for await (const figure of suite()) print(figure, isJson);
  }
  if (names.length > 0) return 0;
  console.error(
    `usage: npm run bench -- <suite> [--json]; suites: ${Object.keys(SUITES).join(", ")}`,
  );
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
