import { BOARD, HOST } from "../../firmware/link/link.js";
import { Random } from "../sim/random.js";
import { Checked, makeLink, Numbered, Pair } from "./pair.js";

// Frames without end over lines that do harm, both ends resetting at random:
// `node build/test/link/endurance.js [frames per bit error] [seed]`. The same seed does the same.

const frames = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
const length = (number: number) => 6 + ((number * 37) % 100);

/** Sends until so many packets arrived in all sessions. @throws Error at the first that is not what was sent */
function endure(flip: number): void {
  const line = { seed, flip, drop: flip / 4, insert: flip / 10, burst: flip / 50, baud: 921_600 };
  const pair = new Pair({ line, board: { window: 8 }, host: { window: 32 } });
  const random = new Random(seed);
  const ends = [
    {
      end: pair.board,
      out: new Numbered(pair.board, 1e9, length),
      into: new Checked(pair.board, length),
    },
    {
      end: pair.host,
      out: new Numbered(pair.host, 1e9, length),
      into: new Checked(pair.host, length),
    },
  ];
  let sessions = 0;
  let total = 0;
  let resets = 0;
  for (const { end, out, into } of ends) {
    end.onUp = () => {
      total += into.received;
      out.restart(++sessions & 0xffff);
      into.restart();
    };
  }
  const arrived = () => total + ends.reduce((sum, { into }) => sum + into.received, 0);
  pair.drive(Number.POSITIVE_INFINITY, () => {
    if (random.below(20_000) === 0) {
      resets++;
      const kind = random.below(4);
      if (kind === 0) pair.board.link = makeLink(BOARD, { epoch: random.below(2) });
      else if (kind === 1) pair.host.link = makeLink(HOST, { seed: random.next(), window: 32 });
      else if (kind === 2) pair.host.link.disconnect(pair.clock.now);
      else pair.board.link.disconnect(pair.clock.now);
    }
    return sessions < 60_000 && arrived() >= frames;
  });
  const { harm } = pair.toHost;
  console.log(JSON.stringify({ flip, seed, arrived: arrived(), resets, sessions, harm }));
}

for (const flip of [1e-3, 1e-4, 1e-5]) endure(flip);
