import { hashOfFolder, readResults } from "./results.js";

/**
 * Tells whether what results.json holds was measured with the firmware that is here. A release must not
 * claim figures of another one (`--strict`); day by day a warning does, since the engines are not
 * everywhere.
 */

const isStrict = process.argv.includes("--strict");
const hash = await hashOfFolder("firmware");
const results = Object.entries(await readResults());
const stale = results.filter(([, { firmware }]) => firmware !== hash).map(([engine]) => engine);

if (results.length === 0 || stale.length > 0) {
  const engines = stale.length > 0 ? stale.join(", ") : "any engine";
  const line = "=".repeat(78);
  console.error(line);
  console.error(
    `STALE: test/device/results.json was measured on ${engines} with another firmware.`,
  );
  console.error("Measure anew: ESPRUINO=/path ESPRUINO_DOCS=/path npm run device:espruino");
  console.error(line);
  if (isStrict) process.exitCode = 1;
}
