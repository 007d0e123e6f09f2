import assert from "node:assert/strict";
import { test } from "node:test";
import { VirtualChain } from "./virtual-chain.js";

/** Numbers in the order of their first arrival. */
function firstArrivals(payloads: readonly string[]): number[] {
  return [...new Set(payloads.map(Number))];
}

function sequence(length: number): number[] {
  return Array.from({ length }, (_, number) => number);
}

test("a reading travels from the sensor to a subscriber, and a command back", async (context) => {
  const chain = await VirtualChain.start(context);
  const took = await chain.until(() => chain.payloads("mote/b1/n").length >= 5, 5_000);
  assert.ok(took < 2_000, `${took} ms`);
  assert.deepEqual(chain.payloads("mote/b1/status"), ["online"]);
  chain.publish("mote/b1/command/note", "hello");
  await chain.until(() => chain.board.commands.length > 0, 1_000);
  assert.deepEqual(chain.board.commands, ["hello"]);
});

test("a minute of readings arrives whole and in order", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(60_000);
  chain.board.isCounting = false;
  await chain.pass(1_000);
  assert.deepEqual(chain.payloads("mote/b1/n").map(Number), chain.board.given);
});

test("noise on the wire alters nothing, loses nothing and keeps the order", async (context) => {
  const chain = await VirtualChain.start(context, { flip: 3e-4, drop: 3e-4 }, 7);
  await chain.pass(60_000);
  chain.board.isCounting = false;
  await chain.pass(5_000);
  assert.ok(chain.up.harm.flips > 5 && chain.up.harm.drops > 5);
  assert.deepEqual(firstArrivals(chain.payloads("mote/b1/n")), chain.board.given);
});

test("through a broker outage the outbox keeps what it can, in order, and counts the rest", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(3_000);
  await chain.stopBroker();
  await chain.pass(20_000);
  await chain.startBroker();
  await chain.pass(5_000);
  chain.board.isCounting = false;
  await chain.pass(5_000);
  const arrived = firstArrivals(chain.payloads("mote/b1/n"));
  assert.deepEqual(
    arrived,
    [...arrived].sort((a, b) => a - b),
  );
  const missing = chain.board.given.length - arrived.length;
  assert.ok(missing > 0, "an outage this long overflows the outbox");
  assert.equal(Number(chain.payloads("mote/b1/diagnostics/dropped").at(-1)), missing);
});

test("a board that loses its power says online again and starts anew", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(2_000);
  chain.resetBoard();
  chain.heard.length = 0;
  const isOnline = () => chain.payloads("mote/b1/status").at(-1) === "online";
  const took = await chain.until(isOnline, 10_000);
  assert.ok(took < 5_000, `${took} ms`);
  await chain.pass(1_000);
  const online = chain.heard.findIndex(({ payload }) => payload === "online");
  const after = chain.heard.slice(online).filter(({ topic }) => topic === "mote/b1/n");
  assert.deepEqual(
    after.slice(0, 3).map(({ payload }) => payload),
    ["0", "1", "2"],
  );
});

test("a restarted gateway has a live board within eight seconds and loses none of its readings", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(2_000);
  await chain.restartGateway();
  const before = chain.payloads("mote/b1/n").length;
  const took = await chain.until(() => chain.payloads("mote/b1/n").length > before, 20_000);
  assert.ok(took <= 8_000, `${took} ms`);
  chain.board.isCounting = false;
  await chain.pass(5_000);
  const arrived = firstArrivals(chain.payloads("mote/b1/n"));
  const dropped = Number(chain.payloads("mote/b1/diagnostics/dropped").at(-1) ?? 0);
  assert.equal(arrived.length + dropped, chain.board.given.length);
});

test("a cable pulled for a second and a half costs nothing", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(2_000);
  chain.isCableIn = false;
  await chain.pass(1_500);
  chain.isCableIn = true;
  await chain.pass(5_000);
  chain.board.isCounting = false;
  await chain.pass(2_000);
  assert.deepEqual(chain.payloads("mote/b1/n").map(Number), sequence(chain.board.given.length));
});

test("a board that stops says offline before it goes", async (context) => {
  const chain = await VirtualChain.start(context);
  await chain.pass(2_000);
  chain.board.mote.stop(2_000, chain.now);
  await chain.pass(1_000);
  assert.equal(chain.payloads("mote/b1/status").at(-1), "offline");
  assert.equal(chain.payloads("mote/b1/status").length, 2);
});
