import host from "host";
import { measure } from "../../xs/scripts/meter.js";
import { Cobs } from "./cobs.js";
import { type Codec, PIECE } from "./codec.js";
import { Marked } from "./marked.js";

// What a frame costs in XS: runs in mote-xs. Argument 0: how often.

const RUNS = Number(host.argument(0));
/** What a port hands over at once. */
const PIECE_BYTES = 64;
/** Where the frame lies that is received again and again. */
const WIRE = 1024;
const FILLS = ["text", "counted", "zeros"] as const;

function fill(codec: Codec, kind: string, length: number): void {
  for (let i = 0; i < length; i++) {
    codec.memory[codec.payloadOffset + i] = kind === "text" ? 0x41 : kind === "zeros" ? 0 : i * 7;
  }
}

function receive(codec: Codec, length: number): void {
  let at = 0;
  while (at < length) {
    const piece = length - at < PIECE_BYTES ? length - at : PIECE_BYTES;
    let taken = 0;
    codec.memory.copyWithin(PIECE, WIRE + at, WIRE + at + piece);
    while (taken < piece) taken += codec.feed(PIECE + taken, piece - taken);
    at += piece;
  }
}

function run(codec: Codec, kind: string, length: number): void {
  const name = `${codec.name}, ${length} bytes of ${kind}`;
  fill(codec, kind, length);
  const end = codec.encode(length);
  const bytes = codec.memory.slice(codec.start, end);
  measure(`${name}: encode`, RUNS, () => {
    // A resend would find the payload as it was.
    codec.memory[codec.payloadOffset] = 0x41;
    codec.encode(length);
  });
  codec.memory.set(bytes, WIRE);
  let good = 0;
  measure(`${name}: decode`, RUNS, () => {
    codec.memory.set(bytes, WIRE);
    receive(codec, bytes.length);
    if (codec.found === length) good++;
  });
  if (good < RUNS) throw new Error(`${name}: ${good} of ${RUNS}`);
}

const codecs = [new Cobs(), new Cobs(-1, true), new Marked()];
for (const length of [16, 240]) {
  for (const kind of FILLS) for (let i = 0; i < codecs.length; i++) run(codecs[i]!, kind, length);
}
