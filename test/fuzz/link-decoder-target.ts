import { Deframer, FRAME_RUN, GREETING_RUN, NO_RUN } from "../../firmware/link/deframer.js";
import { LinkMemory } from "../../firmware/link/memory.js";
import { HOST } from "../../firmware/link/options.js";
import { LinkStatistics } from "../../firmware/link/statistics.js";
import { Random } from "../sim/random.js";
import { demand } from "./failure.js";
import { mutate } from "./mutate.js";
import type { Target } from "./target.js";

/** Bytes in front of the stream: how long a payload may be, and how the stream is cut. */
const HEAD = 2;
const LONGEST_PAYLOADS = [1, 9, 64, 240];
const LONGEST_PIECE = 16;
const KINDS = 5;
/** So many kinds of runs, in order, tell one outcome from another. */
const TOLD_RUNS = 5;

/** The link's decoder alone. Input: a byte for the longest payload, a byte for the cut, the stream. */
export const linkDecoderTarget: Target = {
  name: "link-decoder",
  files: /\/link\/(deframer|improv|text)\.js$/,
  run(input) {
    const longest = LONGEST_PAYLOADS[(input[0] ?? 0) % LONGEST_PAYLOADS.length]!;
    const stream = input.slice(HEAD);
    const whole = new Decoding(longest).run(stream, undefined);
    const cut = new Decoding(longest).run(stream, new Random(input[1] ?? 0));
    demand(whole.sum === cut.sum, `the cut makes a difference: ${whole.kinds} and ${cut.kinds}`);
    return whole.kinds;
  },
  mutate: (input, random, other) => mutate(input, random, other),
  seeds: () => [],
};

/** One decoder and what it made of a stream. */
class Decoding {
  /** Of kinds, lengths and bytes of all runs, and of the statistics. */
  sum = 0;
  kinds = "";
  private readonly statistics = new LinkStatistics();
  private readonly memory: LinkMemory;
  private readonly deframer: Deframer;

  constructor(maximumPayload: number) {
    const options = {
      role: HOST,
      identity: new Uint8Array(0),
      epoch: 0,
      random: () => 1,
      maximumPayload,
      window: 1,
    };
    this.memory = new LinkMemory(options);
    this.deframer = new Deframer(options, this.memory, this.statistics);
  }

  run(stream: Uint8Array, random: Random | undefined): this {
    for (let start = 0; start < stream.length; ) {
      const length = random ? 1 + random.below(LONGEST_PIECE) : stream.length;
      const piece = stream.slice(start, start + length);
      this.feed(piece);
      start += piece.length;
    }
    for (let runs = 0; this.deframer.isPartial; runs++) {
      demand(runs <= stream.length, "it finds runs without end");
      this.deframer.flush();
      this.note();
    }
    const { damagedFrames, garbageBytes, textBytes } = this.statistics;
    for (const count of [damagedFrames, garbageBytes, textBytes]) this.add(count);
    return this;
  }

  private feed(piece: Uint8Array): void {
    const { deframer } = this;
    for (let at = 0; at < piece.length || deframer.isLeft; ) {
      const taken = deframer.feed(piece, at, piece.length - at);
      const isRight = Number.isInteger(taken) && taken >= 0 && taken <= piece.length - at;
      demand(isRight, `took ${taken} of ${piece.length - at}`);
      demand(taken > 0 || deframer.found !== NO_RUN || !deframer.isLeft, "it makes no way");
      this.note();
      at += taken;
    }
  }

  /** A frame or greeting of an odd sum is refused, as one with a wrong check would be. */
  private note(): void {
    const { deframer, memory } = this;
    for (;;) {
      const { found, length, start } = deframer;
      demand(found >= 0 && found < KINDS, `found ${found}`);
      if (found === NO_RUN) return;
      demand(length > 0 && length <= memory.receivedCapacity, `a run of ${length}`);
      let sum = found;
      for (let i = start; i < start + length; i++) sum = (sum * 31 + memory.bytes[i]!) | 0;
      this.add(sum);
      if (this.kinds.length < TOLD_RUNS) this.kinds += found;
      if ((sum & 1) === 0 || (found !== FRAME_RUN && found !== GREETING_RUN)) return;
      deframer.refuse();
    }
  }

  private add(value: number): void {
    this.sum = (this.sum * 31 + value) | 0;
  }
}
