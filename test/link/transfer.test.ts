import assert from "node:assert/strict";
import { test } from "node:test";
import { CONSOLE, DATAGRAM, MQTT, SPEED, URGENT } from "../../firmware/link/link.js";
import { Random } from "../sim/random.js";
import { Checked, Numbered, Pair, type PairOptions } from "./pair.js";

const whole = () => 200;
const reading = new Uint8Array(32).fill(0x55);

test("an urgent packet overtakes those that wait, and there is always room for one", () => {
  const pair = new Pair({ line: { capacity: 64 } });
  pair.drive(1000, () => pair.isUp);
  const heard: number[] = [];
  pair.host.onData = (link) => heard.push(link.channel);
  const payload = new Uint8Array(200);
  while (pair.board.link.canSend()) pair.board.link.send(MQTT, payload, 0, 200, true, true);
  assert.equal(pair.board.link.send(CONSOLE, payload, 0, 9, true, true), 0);
  assert.equal(pair.board.link.send(URGENT, reading, 0, 32, true, true), 32);
  pair.drive(1000);
  assert.ok(heard.indexOf(URGENT) <= 1, heard.join(" "));
});

test("console text and files wait for MQTT", () => {
  const pair = new Pair();
  pair.drive(1000, () => pair.isUp);
  const heard: number[] = [];
  pair.host.onData = (link) => heard.push(link.channel);
  for (const channel of [4, 1, 0, 2]) pair.board.link.send(channel, reading, 0, 32, true, true);
  pair.drive(500);
  assert.deepEqual(heard, [0, 2, 1, 4]);
});

test("a datagram replaces the one that waits, and a lost one is not sent again", () => {
  const pair = new Pair();
  pair.drive(1000, () => pair.isUp);
  const { link } = pair.board;
  assert.ok(link.sendDatagram(MQTT, Uint8Array.of(1), 0, 1));
  assert.ok(link.sendDatagram(MQTT, Uint8Array.of(2), 0, 1));
  pair.drive(100);
  assert.equal(pair.host.count(DATAGRAM), 1);
  assert.equal(pair.host.link.bytes[pair.host.link.offset], 2);
  assert.ok(link.sendDatagram(MQTT, Uint8Array.of(3), 0, 1));
  pair.drive(1);
  pair.toHost.clear();
  pair.drive(1000);
  assert.equal(pair.host.count(DATAGRAM), 1);
});

test("on a bad line frames become shorter, and on a good one long again", () => {
  const pair = new Pair({ line: { flip: 1e-3, seed: 5 } });
  new Numbered(pair.board, 1e9, whole);
  const atHost = new Checked(pair.host, whole);
  pair.drive(60_000);
  const { statistics } = pair.board.link;
  assert.ok(statistics.payloadLimit >= 24 && statistics.payloadLimit <= 80);
  const before = atHost.received;
  assert.ok(before > 500, `${before}`);
});

test("what is lost is sent again once, however many frames came behind it", () => {
  const pair = new Pair({ board: { window: 16 }, host: { window: 16 } });
  pair.drive(1000, () => pair.isUp);
  new Numbered(pair.board, 500, whole);
  const atHost = new Checked(pair.host, whole);
  let lost = 0;
  pair.drive(30_000, () => {
    // Every half second the bytes of one millisecond are lost.
    if (pair.clock.elapsedMs % 500 === 0) {
      pair.toHost.clear();
      lost++;
    }
    return atHost.received === 500;
  });
  assert.equal(atHost.received, 500);
  assert.ok(pair.board.link.statistics.resends > 0 && lost > 10);
  assert.equal(pair.host.link.statistics.duplicates, 0);
});

/** A board whose port holds 128 bytes, reads seldom, and counts what would have been lost. */
function floodSmallPort(options: PairOptions, readEveryMs: (random: Random) => number) {
  const pair = new Pair(options);
  const random = new Random(8);
  const piece = new Uint8Array(512);
  let most = 0;
  let next = 0;
  const read = pair.toBoard.read.bind(pair.toBoard);
  const fifo: number[] = [];
  pair.toBoard.read = (into, nowMs) => {
    const arrived = read(piece, nowMs);
    for (let i = 0; i < arrived; i++) fifo.push(piece[i]!);
    most = Math.max(most, fifo.length);
    if (nowMs < next) return 0;
    next = nowMs + readEveryMs(random);
    const count = Math.min(fifo.length, into.length);
    into.set(fifo.splice(0, count));
    return count;
  };
  return { pair, most: () => most };
}

test("a port of 128 bytes never overruns under a host that floods, however seldom it is read", () => {
  for (const [baud, pause] of [
    [115_200, 30],
    [921_600, 120],
  ] as const) {
    const line = { baud, capacity: 4096 };
    const board = { window: 4, maximumPayload: 80, buffer: 128 };
    const { pair, most } = floodSmallPort({ line, board }, (random) => 1 + random.below(pause));
    new Numbered(pair.host, 1e9, whole);
    new Numbered(pair.board, 1e9, whole);
    const atBoard = new Checked(pair.board, whole);
    const atHost = new Checked(pair.host, whole);
    pair.drive(60_000);
    assert.ok(most() <= 128, `${most()} bytes at ${baud}`);
    assert.ok(atBoard.received > 50 && atHost.received > 50, `${atBoard.received}`);
    assert.equal(pair.board.link.statistics.damagedFrames, 0);
  }
});

test("a small port behind a bad line does not overrun, and does not starve", () => {
  const line = { baud: 115_200, capacity: 4096, flip: 2e-4, drop: 1e-4, seed: 6 };
  const board = { window: 2, maximumPayload: 60, buffer: 128 };
  const { pair, most } = floodSmallPort({ line, board }, (random) => 1 + random.below(20));
  new Numbered(pair.host, 1e9, whole);
  const atBoard = new Checked(pair.board, whole);
  let last = 0;
  for (let minute = 0; minute < 5; minute++) {
    pair.drive(60_000);
    assert.ok(atBoard.received > last, `nothing came in minute ${minute}`);
    last = atBoard.received;
  }
  assert.ok(most() <= 128, `${most()} bytes`);
});

/** Bytes under way are noise to a port that runs at another speed; the host's answer left before it changed. */
function mindSpeed(pair: Pair): void {
  if (pair.board.link.speed === pair.host.link.speed) return;
  pair.toHost.clear();
  if (pair.board.link.speed > 0) pair.toBoard.clear();
}

test("both ends change to the fastest speed that they share, and nothing is lost", () => {
  const pair = new Pair({ board: { speedLimit: 921_600 }, host: { speedLimit: 460_800 } });
  pair.drive(1000, () => pair.isUp);
  new Numbered(pair.board, 300, whole);
  const atHost = new Checked(pair.host, whole);
  pair.drive(100);
  pair.board.link.requestSpeed(pair.clock.now);
  pair.drive(60_000, () => {
    mindSpeed(pair);
    return atHost.received === 300;
  });
  assert.equal(atHost.received, 300);
  assert.deepEqual([pair.board.link.speed, pair.host.link.speed], [460_800, 460_800]);
  assert.equal(pair.board.count(SPEED), 1);
  assert.equal(pair.host.link.statistics.speed, 460_800);
});

test("when the line cannot do the new speed, both ends go back to the old one", () => {
  const pair = new Pair({ board: { speedLimit: 921_600 }, host: { speedLimit: 921_600 } });
  pair.drive(1000, () => pair.isUp);
  new Numbered(pair.board, 300, whole);
  const atHost = new Checked(pair.host, whole);
  pair.board.link.requestSpeed(pair.clock.now);
  pair.drive(60_000, () => {
    const isFast = pair.board.link.speed > 0 || pair.host.link.speed > 0;
    if (isFast) pair.toBoard.clear();
    if (isFast) pair.toHost.clear();
    return atHost.received === 300;
  });
  assert.equal(atHost.received, 300);
  assert.deepEqual([pair.board.link.speed, pair.host.link.speed], [0, 0]);
});

test("a board that falls silent at the new speed is found at the first one", () => {
  const pair = new Pair({ board: { speedLimit: 921_600 }, host: { speedLimit: 921_600 } });
  pair.drive(1000, () => pair.isUp);
  pair.board.link.requestSpeed(pair.clock.now);
  pair.drive(1000, () => {
    mindSpeed(pair);
    return false;
  });
  assert.equal(pair.host.link.speed, 921_600);
  pair.board.link.disconnect(pair.clock.now);
  const isBack = pair.drive(20_000, () => {
    mindSpeed(pair);
    return pair.isUp && pair.host.link.speed === 0;
  });
  assert.ok(isBack);
});
