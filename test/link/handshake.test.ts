import assert from "node:assert/strict";
import { test } from "node:test";
import { BOARD, DOWN, HOST, RESUMED, UP } from "../../firmware/link/link.js";
import { Random } from "../sim/random.js";
import { Checked, makeLink, Numbered, Pair } from "./pair.js";

const length = (number: number) => 6 + ((number * 11) % 100);

test("both ends are up within 100 ms of the board's start", () => {
  const pair = new Pair();
  assert.ok(pair.drive(100, () => pair.isUp));
  const { identity, identityLength } = pair.host.link;
  assert.equal(new TextDecoder().decode(identity.subarray(0, identityLength)), "bench-1");
});

test("a host sends no byte before a HELLO, however long it waits and whatever it hears", () => {
  const pair = new Pair();
  pair.board.isDead = true;
  const random = new Random(3);
  pair.drive(60_000, () => {
    const noise = Uint8Array.from({ length: 16 }, () => random.below(256));
    pair.toHost.write(noise, 0, noise.length, pair.clock.elapsedMs);
    return false;
  });
  assert.equal(pair.host.bytesSent, 0);
});

test("a board whose port echoes never believes itself", () => {
  const pair = new Pair();
  pair.host.isDead = true;
  pair.drive(20_000, () => {
    const echo = new Uint8Array(256);
    const heard = pair.toHost.read(echo, pair.clock.elapsedMs);
    pair.toBoard.write(echo, 0, heard, pair.clock.elapsedMs);
    return false;
  });
  assert.equal(pair.board.link.isUp, false);
  assert.equal(pair.board.count(UP), 0);
});

test("an open board hears its own frames echoed as damage, not as data", () => {
  const pair = new Pair();
  pair.drive(1000, () => pair.isUp);
  let echoed = 0;
  pair.board.onData = () => echoed++;
  pair.host.isDead = true;
  pair.board.onTurn = (link) => void link.send(2, Uint8Array.of(1, 2, 3), 0, 3, true, true);
  pair.drive(10_000, () => {
    const echo = new Uint8Array(256);
    const heard = pair.toHost.read(echo, pair.clock.elapsedMs);
    pair.toBoard.write(echo, 0, heard, pair.clock.elapsedMs);
    return false;
  });
  assert.equal(echoed, 0);
  assert.equal(pair.board.link.isUp, false);
});

test("a restarted host has an idle board within 8 s", () => {
  for (let start = 0; start < 2500; start += 170) {
    const pair = new Pair({ host: { seed: 5 } });
    pair.drive(3000 + start, () => false);
    assert.ok(pair.isUp);
    pair.host.link = makeLink(HOST, { seed: 1000 + start });
    assert.ok(
      pair.drive(8000, () => pair.host.link.isUp),
      `started after ${start}`,
    );
  }
});

test("a host that comes back after an hour has the board within 2 s", () => {
  const pair = new Pair();
  pair.host.isDead = true;
  pair.drive(3_600_000);
  pair.host.isDead = false;
  assert.ok(pair.drive(2000, () => pair.isUp));
});

test("a restarted board is back within 1 s, in a new session", () => {
  const pair = new Pair();
  pair.drive(1000, () => pair.isUp);
  pair.board.link = makeLink(BOARD, { epoch: 99 });
  pair.board.events.length = 0;
  assert.ok(pair.drive(1000, () => pair.board.link.isUp && pair.host.count(UP) === 2));
  assert.deepEqual(pair.host.events, [UP, DOWN, UP]);
});

test("a board without entropy, restarted with the same epoch, gets another session", () => {
  const pair = new Pair({ board: { epoch: 7 } });
  pair.drive(1000, () => pair.isUp);
  pair.board.link = makeLink(BOARD, { epoch: 7 });
  assert.ok(pair.drive(1000, () => pair.board.link.isUp && pair.host.count(UP) === 2));
});

test("when the cable is pulled for a minute, the session resumes and nothing is lost", () => {
  const pair = new Pair();
  new Numbered(pair.board, 2000, length);
  new Numbered(pair.host, 2000, length);
  const atHost = new Checked(pair.host, length);
  const atBoard = new Checked(pair.board, length);
  pair.drive(2000);
  pair.drive(60_000, () => {
    pair.toHost.clear();
    pair.toBoard.clear();
    return false;
  });
  assert.equal(pair.host.link.isUp, false);
  const bytesSent = pair.host.bytesSent;
  pair.drive(10_000, () => {
    pair.toHost.clear();
    return false;
  });
  assert.equal(pair.host.bytesSent, bytesSent, "a silent board is not spoken to");
  pair.drive(60_000, () => atHost.received === 2000 && atBoard.received === 2000);
  assert.deepEqual([atHost.received, atBoard.received], [2000, 2000]);
  assert.deepEqual(pair.host.events, [UP, DOWN, RESUMED]);
  assert.deepEqual(pair.board.events, [UP, DOWN, RESUMED]);
});

test("after disconnect the host is quiet until it hears the board, then goes on", () => {
  const pair = new Pair();
  pair.drive(3000, () => pair.isUp);
  pair.drive(100);
  pair.host.link.disconnect(pair.clock.now);
  const sent = pair.host.bytesSent;
  pair.host.link.setAccepting(false, pair.clock.now);
  pair.host.link.setAccepting(true, pair.clock.now);
  pair.drive(500);
  assert.equal(pair.host.bytesSent, sent);
  assert.ok(pair.drive(3000, () => pair.host.count(RESUMED) === 1));
  assert.equal(pair.host.count(UP), 1);
});

test("both ends reset at random on a noisy line, and no session shows a wrong packet", () => {
  const pair = new Pair({
    line: { seed: 21, flip: 1e-4, drop: 1e-4, insert: 1e-5, baud: 460_800 },
  });
  const random = new Random(22);
  const up = new Numbered(pair.board, 1e9, length);
  const down = new Numbered(pair.host, 1e9, length);
  const atHost = new Checked(pair.host, length);
  const atBoard = new Checked(pair.board, length);
  let sessions = 0;
  pair.board.onUp = () => {
    up.restart(++sessions);
    atBoard.restart();
  };
  pair.host.onUp = () => {
    down.restart(++sessions);
    atHost.restart();
  };
  let resets = 0;
  let total = 0;
  let last = 0;
  pair.drive(400_000, () => {
    total += Math.max(0, atHost.received - last);
    last = atHost.received;
    if (random.below(2000) > 0) return false;
    resets++;
    const kind = random.below(4);
    if (kind === 0) pair.board.link = makeLink(BOARD, { epoch: random.below(2), window: 5 });
    else if (kind === 1) pair.host.link = makeLink(HOST, { seed: random.next() });
    else if (kind === 2) pair.host.link.disconnect(pair.clock.now);
    else pair.board.link.disconnect(pair.clock.now);
    return false;
  });
  assert.ok(resets > 100 && total > 20_000, `${resets} resets, ${total} packets`);
});

test("a peer that accepts nothing stops the sender at the end of its window, and starts it again", () => {
  const pair = new Pair({ host: { window: 4 } });
  pair.drive(1000, () => pair.isUp);
  new Numbered(pair.board, 50, length);
  const atHost = new Checked(pair.host, length);
  pair.host.link.setAccepting(false, pair.clock.now);
  pair.drive(5000);
  assert.equal(atHost.received, 3, "the last of the window is kept for what is urgent");
  pair.host.link.setAccepting(true, pair.clock.now);
  pair.toBoard.clear();
  pair.drive(20);
  pair.toBoard.clear(); // the renewed credit is lost: a PING must fetch it
  assert.ok(pair.drive(3000, () => atHost.received === 50));
  assert.equal(pair.host.link.statistics.overruns, 0);
});
