import assert from "node:assert/strict";
import { BOARD, DATA, HOST, type Link, MQTT, NOTHING } from "../../firmware/link/link.js";
import { makeLink } from "../link/pair.js";
import { measure } from "./bytes-per-run.js";

const NOISE_PIECE = 64;
const WINDOWS = 10_000;
const payload = new Uint8Array(60).fill(0x31);
const counts = { runs: 0, received: 0 };

/** Moves what one end wants to send to the other. */
function move(from: Link, to: Link, now: number): void {
  for (;;) {
    const length = from.pollTransmit(now);
    if (length === 0) return;
    let taken = 0;
    while (taken < length) {
      taken += to.handleBytes(from.out, from.outOffset + taken, length - taken, now);
      for (let event = to.pollEvent(); event !== NOTHING; event = to.pollEvent()) {
        if (event === DATA) counts.received++;
      }
    }
    from.transmitted(length, now);
  }
}

{
  const board = makeLink(BOARD);
  const host = makeLink(HOST);
  let now = 0;
  const turn = () => {
    now = (now + 1) & 0x3fffffff;
    move(board, host, now);
    move(host, board, now);
    board.handleTimeout(now);
    host.handleTimeout(now);
    board.pollTimeout(now);
  };
  while (!(board.isUp && host.isUp)) turn();
  await measure("a frame each way", () => {
    counts.runs++;
    board.send(MQTT, payload, 0, payload.length, true, true);
    host.send(MQTT, payload, 0, payload.length, true, true);
    turn();
  });
  assert.ok(counts.received >= 2 * counts.runs - 2, `${counts.received} in ${counts.runs} runs`);
  const fillWindows = () => {
    while (board.canSend()) board.send(MQTT, payload, 0, payload.length, true, true);
    while (host.canSend()) host.send(MQTT, payload, 0, payload.length, true, true);
    turn();
  };
  await measure("a full window each way", fillWindows, WINDOWS);
}
{
  const host = makeLink(HOST);
  const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * i * 31 + (i >> 3)) & 255);
  let now = 0;
  await measure(`${NOISE_PIECE} bytes of noise`, () => {
    now = (now + 1) & 0x3fffffff;
    const offset = (now * NOISE_PIECE) % noise.length;
    let taken = 0;
    while (taken < NOISE_PIECE) {
      taken += host.handleBytes(noise, offset + taken, NOISE_PIECE - taken, now);
      while (host.pollEvent() !== NOTHING);
    }
  });
  assert.ok(host.statistics.garbageBytes > 0);
}
