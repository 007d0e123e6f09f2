import type { Cost } from "../xs/scripts/meter.js";
import { builtWidths, runScript } from "../xs/xs-host.js";
import { beside, type Figure } from "./figure.js";
import { linkBytesPerSecond, socatBytesPerSecond } from "./link-pty.js";
import { goodput, singleWait } from "./link-wire.js";

const XS_ROUNDS = 300;
const XS_FRAMES = 2000;

/** The link: goodput on a simulated wire, waiting, a real pseudo terminal, and what a byte costs in XS. */
export async function* linkSuite(): AsyncGenerator<Figure> {
  yield* wireFigures();
  yield await ptyFigure();
  yield* xsFigures();
}

function* wireFigures(): Generator<Figure> {
  const share = (name: string, value: number) => ({
    name: `link.goodput.${name}share`,
    value,
    unit: "share",
  });
  for (const baud of [115_200, 921_600]) {
    yield share(`${baud}.`, goodput({ baud }));
    yield share(`${baud}.ber1e-5.`, goodput({ baud, flip: 1e-5 }));
    yield share(`${baud}.ber1e-4.`, goodput({ baud, flip: 1e-4 }));
    yield share(`${baud}.ber1e-3.`, goodput({ baud, flip: 1e-3 }));
    yield share(`${baud}.fifo128.`, goodput({ baud, buffer: 128, isDown: true }));
  }
  yield { name: "link.single.wait.frames", value: singleWait(115_200), unit: "frames" };
}

async function ptyFigure(): Promise<Figure> {
  const value = await linkBytesPerSecond();
  const figure = { name: "link.pty.bytesPerSecond", value, unit: "bytes/s" };
  const peer = await socatBytesPerSecond();
  if (peer !== null) return beside(figure, "socat", peer);
  console.error("bench: socat is not installed (apt-get install socat): no peer for link.pty");
  return figure;
}

async function* xsFigures(): AsyncGenerator<Figure> {
  const [bits] = builtWidths();
  const costs = await runScript<Cost>(bits, "link-memory", [String(XS_FRAMES)]);
  for (const { name, slots, chunks } of costs) {
    const way = `link.xs.${name.split(".")[1]}`;
    yield { name: `${way}.slots`, value: slots, unit: "slots" };
    yield { name: `${way}.chunks`, value: chunks, unit: "chunks" };
  }
  const [cost] = await runScript<{ send: number; receive: number }>(bits, "link-cost", [
    String(XS_ROUNDS),
  ]);
  if (cost === undefined) throw new Error("link-cost printed nothing");
  yield { name: "link.xs.send.nsPerByte", value: cost.send, unit: "ns/byte" };
  yield { name: "link.xs.receive.nsPerByte", value: cost.receive, unit: "ns/byte" };
}
