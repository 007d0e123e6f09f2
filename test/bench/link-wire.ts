import { MQTT, URGENT } from "../../firmware/link/link.js";
import { Pair, type PairOptions } from "../link/pair.js";

// Goodput and waiting on a simulated wire, in virtual time.

export interface Wire {
  readonly baud: number;
  readonly flip?: number;
  /** Bytes that the receiving port holds, when it is small. */
  readonly buffer?: number;
  readonly isDown?: boolean;
}

const PAYLOAD_BYTES = 240;
const RUN_MS = 60_000;
const WARM_UP_MS = 2_000;
/** 1 kB of frames. */
const WINDOW = 4;
/** Half of the turn-around. */
const DELAY_MS = 2;
/** What is with the system and can no longer be overtaken: what leaves in two steps of the clock. */
const QUEUE_MS = 2.2;
/** What arrives is seen so much later at most. */
const CLOCK_MS = 1;

function pairOf(wire: Wire): Pair {
  const byteMs = 10_000 / wire.baud;
  const options: PairOptions = {
    line: {
      baud: wire.baud,
      delayMs: DELAY_MS,
      seed: 3,
      capacity: Math.ceil((DELAY_MS + QUEUE_MS) / byteMs),
      ...(wire.flip === undefined ? {} : { flip: wire.flip }),
    },
    board: {
      window: wire.buffer === undefined ? WINDOW : 1,
      maximumPayload: wire.buffer === undefined ? PAYLOAD_BYTES : 80,
      ...(wire.buffer === undefined ? {} : { buffer: wire.buffer }),
    },
    host: { window: 32 },
  };
  return new Pair(options);
}

/** Payload that arrives, as a share of what the wire could carry in that time. */
export function goodput(wire: Wire): number {
  const pair = pairOf(wire);
  const [from, to] = wire.isDown ? [pair.host, pair.board] : [pair.board, pair.host];
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(0x31);
  let arrived = 0;
  from.onTurn = (link) => {
    let at = 0;
    while (link.canSend()) {
      at += link.send(MQTT, payload, at, PAYLOAD_BYTES - at, at === 0, true);
      if (at === PAYLOAD_BYTES) at = 0;
    }
  };
  to.onData = (link) => {
    arrived += link.length;
  };
  pair.drive(WARM_UP_MS);
  arrived = 0;
  pair.drive(RUN_MS);
  return (arrived * 10) / wire.baud / (RUN_MS / 1000);
}

/** The longest that an urgent reading of 32 bytes waits behind a full queue, in frames of 240 bytes, beyond its own way. */
export function singleWait(baud: number): number {
  const pair = pairOf({ baud });
  const payload = new Uint8Array(PAYLOAD_BYTES).fill(0x31);
  const reading = new Uint8Array(32).fill(0x32);
  const frameMs = ((PAYLOAD_BYTES + 11) * 10_000) / baud;
  const wayMs = ((reading.length + 11) * 10_000) / baud + DELAY_MS + CLOCK_MS;
  let sentAt = 0;
  let longest = 0;
  let count = 0;
  pair.board.onTurn = (link, now) => {
    while (link.canSend()) link.send(MQTT, payload, 0, PAYLOAD_BYTES, true, true);
    if (now < 1000 || sentAt > 0 || now % 97 !== 0) return;
    if (link.send(URGENT, reading, 0, reading.length, true, true) > 0) sentAt = now;
  };
  pair.host.onData = (link) => {
    if (link.channel !== URGENT) return;
    longest = Math.max(longest, pair.clock.now - sentAt - wayMs);
    sentAt = 0;
    count++;
  };
  pair.drive(RUN_MS);
  if (count < 100) throw new Error(`only ${count} readings came`);
  return longest / frameMs;
}
