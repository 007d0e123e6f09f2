import { Noise } from "../../sim/noise.js";
import { Random } from "../../sim/random.js";
import { Cobs } from "./cobs.js";
import { type Codec, PIECE } from "./codec.js";
import { Marked } from "./marked.js";

// What harm does to each framing: `node build/test/link/framing-bench/robustness.js [frames]`.

/** How many of the check's bits are compared: what slips through 8 bits is 2^24 times as frequent. */
const WEAK_BITS = 8;

interface Harm {
  readonly name: string;
  readonly flip?: number;
  readonly drop?: number;
  readonly insert?: number;
  readonly burst?: number;
}

const HARMS: readonly Harm[] = [
  { name: "bit error 1e-5", flip: 1e-5 },
  { name: "bit error 1e-4", flip: 1e-4 },
  { name: "bit error 1e-3", flip: 1e-3 },
  { name: "drops 1e-4", drop: 1e-4 },
  { name: "inserts 1e-4", insert: 1e-4 },
  { name: "bursts 1e-4", burst: 1e-4 },
];

export interface Outcome {
  sent: number;
  /** Frames that came through as they were sent. */
  good: number;
  /** Frames that no harm touched, and that were lost all the same. */
  collateral: number;
  /** Frames delivered that nobody sent. */
  forged: number;
  /** Frames that harm touched. */
  touched: number;
}

/** Sends frames of random bytes through harm and compares what comes out. */
export function trial(make: (mask: number) => Codec, harm: Harm, frames: number, bits: number) {
  const sender = make(-1);
  const receiver = make(bits === 32 ? -1 : (1 << bits) - 1);
  const random = new Random(77);
  const noise = new Noise(harm, 78);
  const sent = new Map<string, boolean>();
  const outcome: Outcome = { sent: frames, good: 0, collateral: 0, forged: 0, touched: 0 };
  const hear = (length: number) => {
    const key = textOf(receiver.memory, receiver.foundAt, length);
    if (!sent.has(key)) outcome.forged++;
    else {
      outcome.good++;
      sent.delete(key);
    }
  };
  for (let i = 0; i < frames; i++) {
    const length = 8 + random.below(233);
    sender.memory.set(random.bytes(length), sender.payloadOffset);
    const key = textOf(sender.memory, sender.payloadOffset, length);
    const bytes = sender.memory.slice(sender.start, sender.encode(length));
    const left = noise.passAll(bytes);
    const isTouched = left.length !== bytes.length || left.some((byte, at) => byte !== bytes[at]);
    if (isTouched) outcome.touched++;
    sent.set(key, isTouched);
    receive(receiver, left, hear);
  }
  receive(receiver, new Uint8Array(0), hear);
  for (const isTouched of sent.values()) if (!isTouched) outcome.collateral++;
  return outcome;
}

function receive(codec: Codec, bytes: Uint8Array, hear: (length: number) => void): void {
  codec.memory.set(bytes, PIECE);
  for (let at = 0; at < bytes.length; ) {
    at += codec.feed(PIECE + at, bytes.length - at);
    if (codec.found >= 0) hear(codec.found);
  }
  if (bytes.length > 0) return;
  do {
    codec.pause();
    if (codec.found >= 0) hear(codec.found);
  } while (codec.found >= 0);
}

function textOf(bytes: Uint8Array, offset: number, length: number): string {
  return Buffer.from(bytes.buffer, offset, length).toString("latin1");
}

export const FRAMINGS: readonly ((mask: number) => Codec)[] = [
  (mask) => new Cobs(mask),
  (mask) => new Marked(mask),
];

export const HARM_NAMES = HARMS.map(({ name }) => name);

export function harmNamed(name: string): Harm {
  const harm = HARMS.find((one) => one.name === name);
  if (harm === undefined) throw new Error(name);
  return harm;
}

function main(frames: number): void {
  for (const harm of HARMS) {
    for (const make of FRAMINGS) {
      const whole = trial(make, harm, frames, 32);
      const weak = trial(make, harm, frames, WEAK_BITS);
      const perTouched = (weak.forged / weak.touched) * 2 ** (WEAK_BITS - 32);
      console.log(
        harm.name.padEnd(16),
        make(-1).name.padEnd(14),
        `touched ${whole.touched}  collateral ${(whole.collateral / whole.touched).toFixed(4)}`,
        `forged with 32 bits ${whole.forged}, per touched frame ${perTouched.toExponential(1)}`,
      );
    }
  }
}

if (process.argv[1]?.endsWith("robustness.js")) main(Number(process.argv[2] ?? 200_000));
