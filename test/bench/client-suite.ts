import { bundleSizes } from "../size/bundles.js";
import type { Figure } from "./figure.js";
import { nodeFigures } from "./node-client.js";
import { xsFigures } from "./xs-client.js";

/** The client: in XS, in Node, and the bytes of its bundles. Variables in Espruino: `npm run device:espruino`. */
export async function* clientSuite(): AsyncGenerator<Figure> {
  yield* nodeFigures();
  for (const { name, bytes } of await bundleSizes()) {
    yield { name: `size.${name}.min.bytes`, value: bytes, unit: "bytes" };
  }
  yield* xsFigures();
}
