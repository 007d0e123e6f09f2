import assert from "node:assert/strict";
import { test } from "node:test";
import { BOARD, HOST, type Link, NOTHING, UP } from "../../firmware/link/link.js";
import { Random } from "../sim/random.js";
import { Checked, makeLink, Numbered, Pair } from "./pair.js";

const MEGABYTE = 1 << 20;

/** Feeds a host in pieces and drains its events. @returns events seen */
function feed(link: Link, bytes: Uint8Array, pieceLength: number): number[] {
  const seen: number[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    const piece = bytes.subarray(at, at + pieceLength);
    let taken = 0;
    while (taken < piece.length) {
      taken += link.handleBytes(piece, taken, piece.length - taken, at >> 4);
      for (let event = link.pollEvent(); event !== NOTHING; event = link.pollEvent()) {
        seen.push(event);
      }
    }
    link.handleTimeout(at >> 4);
  }
  return seen;
}

function bootLog(): Uint8Array {
  const lines = [
    "ets Jun  8 2016 00:22:57\r\n",
    "rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n",
    "configsip: 0, SPIWP:0xee\r\nload:0x3fff0030,len:1184\r\nentry 0x400805f0\r\n",
    "\x1b[0;32mI (312) cpu_start: Pro cpu up.\x1b[0m\r\n",
    "Guru Meditation Error: Core  0 panic'ed (LoadProhibited). Exception was unhandled.\r\n",
  ];
  const text = lines.join("").repeat(Math.ceil(MEGABYTE / lines.join("").length));
  return new TextEncoder().encode(text).slice(0, MEGABYTE);
}

test("1 MB of random bytes opens nothing, and the board that then speaks is heard", () => {
  const random = new Random(31);
  const pair = new Pair();
  const noise = Uint8Array.from({ length: MEGABYTE }, () => random.below(256));
  const seen = feed(pair.host.link, noise, 1024);
  assert.ok(!seen.includes(UP));
  const { garbageBytes, textBytes, damagedFrames } = pair.host.link.statistics;
  assert.ok(
    garbageBytes > MEGABYTE / 2 && textBytes < MEGABYTE / 5,
    `${garbageBytes} ${textBytes}`,
  );
  assert.ok(damagedFrames > 0);
  assert.ok(pair.drive(1000, () => pair.isUp));
});

test("1 MB of an ESP32 boot log is kept as text to the last byte, and the board is heard", () => {
  const pair = new Pair();
  feed(pair.host.link, bootLog(), 509);
  pair.host.link.handleTimeout(MEGABYTE);
  feed(pair.host.link, new Uint8Array(1), 1);
  assert.equal(pair.host.link.statistics.textBytes, MEGABYTE);
  assert.equal(pair.host.link.statistics.garbageBytes, 0);
  assert.ok(pair.drive(1000, () => pair.isUp));
});

test("console text between the frames of a busy board is shown and disturbs nothing", () => {
  const pair = new Pair();
  const length = (number: number) => 6 + (number % 60);
  new Numbered(pair.board, 500, length);
  const atHost = new Checked(pair.host, length);
  const line = new TextEncoder().encode("I (99) wifi: connected\r\n\0");
  let lines = 0;
  pair.drive(20_000, () => {
    // Only between frames: nothing of a frame is left with the board.
    if (pair.clock.elapsedMs % 50 === 0 && pair.board.link.pollTransmit(pair.clock.now) === 0) {
      pair.toHost.write(line, 0, line.length, pair.clock.elapsedMs);
      lines++;
    }
    return atHost.received === 500;
  });
  assert.equal(atHost.received, 500);
  pair.drive(500);
  assert.ok(lines > 10);
  assert.equal(pair.host.text, "I (99) wifi: connected\r\n".repeat(lines));
});

test("no sequence of bytes and calls crashes, blocks or delivers unsent data", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() | 0);
  const random = new Random(seed);
  // FUZZ_SECONDS=600 node --test build/test/link/noise.test.js goes on for ten minutes.
  const until = Date.now() + Number(process.env["FUZZ_SECONDS"] ?? 4) * 1000;
  let delivered = 0;
  while (Date.now() < until) {
    const pair = new Pair({ line: { seed: random.next(), baud: 921_600 } });
    pair.board.onData = () => delivered++;
    pair.host.onData = () => delivered++;
    for (let turn = 0; turn < 3000; turn++) {
      meddle(pair, random);
      pair.drive(random.below(3));
    }
    assert.equal(delivered, 0, `SEED=${seed}`);
  }
});

/** Does one thing at random, but sends no data. */
function meddle(pair: Pair, random: Random): void {
  const { link } = random.below(2) ? pair.board : pair.host;
  const { now } = pair.clock;
  const action = random.below(40);
  if (action === 0) link.disconnect(now);
  else if (action === 1) link.setAccepting(random.below(2) === 0, now);
  else if (action === 2) link.handleTimeout((now + random.next()) | 0);
  else if (action === 3) pair.board.link = makeLink(BOARD, { epoch: random.below(3) });
  else if (action === 4) pair.host.link = makeLink(HOST, { seed: random.next() });
  else if (action < 12) {
    const pipe = random.below(2) ? pair.toBoard : pair.toHost;
    const kinds = [0, 0x21, 0x48, 0x57, 0x80, 0xa0, 0xab, 0x0a, 0xff, random.below(256)];
    const noise = Uint8Array.from({ length: random.below(80) }, () => kinds[random.below(10)]!);
    pipe.write(noise, 0, noise.length, pair.clock.elapsedMs);
  }
}
