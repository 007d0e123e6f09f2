import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { IPublishPacket } from "mqtt-packet";
import { Gate } from "../interop/gate.js";
import { Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MoteProcess, temporaryFolder, within } from "./process.js";

const OUTAGE_MS = 20_000;
/** Several readings of each sensor. */
const UNANSWERED_MS = 1_000;
const PATIENCE_MS = 15_000;
const BOARDS = ["sim-1", "sim-2"];
/** All of them are read in one turn: each is attempted as often as the counter. */
const SENSORS = ["temperature", "humidity", "battery", "counter"];

test("two boards through a broker killed for 20 s: all they held arrives in order, all they dropped is counted", async (context) => {
  const broker = await Mosquitto.start(context, { persistence: true });
  const gate = await Gate.start(context, broker.port);
  const link = join(temporaryFolder(context), "board");
  const first = await Observer.start(context, broker.port);
  const boards = new MoteProcess(context, sim(link));
  await boards.waitFor(/connect with/, PATIENCE_MS);
  const ports = [`${link}-1`, `${link}-2`];
  const gateway = new MoteProcess(context, ["bridge", "-p", ...ports, "-b", gate.url]);
  await within(
    PATIENCE_MS,
    () => gateway.text,
    () => BOARDS.every((board) => first.payloads(`mote/${board}/counter`).length > 10),
  );

  // What is under way when a broker dies has been sent and is not acknowledged.
  broker.freeze();
  await sleep(UNANSWERED_MS);
  await broker.kill();
  await gate.shut();
  await sleep(OUTAGE_MS);
  await broker.restart();
  const second = await Observer.start(context, broker.port);
  await gate.open();
  // Each board has published something new, and its last word on what it dropped is out.
  const restored = await within(
    PATIENCE_MS,
    () => gateway.text,
    () => BOARDS.every((board) => hasRecovered(second, board)),
  );
  context.diagnostic(`broker back for both boards after ${restored} ms`);
  await sleep(1_500);
  boards.signal("SIGINT");
  assert.equal(await boards.exit(), 0);
  await within(
    PATIENCE_MS,
    () => "offline of both boards",
    () => BOARDS.every((board) => second.last(`mote/${board}/status`) === "offline"),
  );

  for (const board of BOARDS) {
    const sent = gate.publishesOf(`mote-${board}`);
    checkCounts(context, board, sent.flat(), [first, second]);
    checkOrder(board, sent, second);
    checkDup(context, board, sent.flat());
  }
  assert.ok(gateway.isRunning);
});

/** Fast enough for the outage to overflow the outbox. */
function sim(link: string): string[] {
  return ["sim", "--boards", String(BOARDS.length), "--link", link, "--every", "250"];
}

function hasRecovered(observer: Observer, board: string): boolean {
  return (
    observer.payloads(`mote/${board}/counter`).length > 40 &&
    Number(observer.last(`mote/${board}/diagnostics/dropped`)) > 0
  );
}

/** Every reading was accepted, and then arrived, or was refused, and then counted. */
function checkCounts(
  context: TestContext,
  board: string,
  sent: readonly IPublishPacket[],
  observers: readonly Observer[],
): void {
  const counter = `mote/${board}/counter`;
  const arrived = new Set(observers.flatMap((one) => one.payloads(counter)).map(Number));
  const attempts = Math.max(...arrived) + 1;
  assert.deepEqual(new Set(payloadsOf(sent, counter).map(Number)), arrived, "sent is arrived");
  let dropped = 0;
  for (const sensor of SENSORS) {
    const accepted = identifiersOf(sent, `mote/${board}/${sensor}`);
    dropped += attempts - accepted.size;
  }
  const said = Number(observers.at(-1)?.last(`mote/${board}/diagnostics/dropped`));
  assert.ok(dropped > 0, "the outage overflowed the outbox");
  assert.equal(said, dropped, `${board} counted what it dropped`);
  const holes = attempts - arrived.size;
  context.diagnostic(`${board}: ${attempts} attempts × 4, ${dropped} dropped, ${holes} of counter`);
}

/** On each connection in order of publishing, and so at the observer. */
function checkOrder(
  board: string,
  connections: readonly (readonly IPublishPacket[])[],
  observer: Observer,
): void {
  const counter = `mote/${board}/counter`;
  for (const publishes of connections) {
    assertRising(payloadsOf(publishes, counter).map(Number), `${board} on one connection`);
    assertRising([...publishes].map(({ messageId }) => messageId ?? 0).filter((id) => id > 0));
  }
  assertRising(observer.payloads(counter).map(Number), `${board} at the observer`);
}

/** [MQTT-3.3.1-1] */
function checkDup(context: TestContext, board: string, sent: readonly IPublishPacket[]): void {
  const known = new Set<string>();
  let repeated = 0;
  for (const { messageId, topic, payload, dup } of sent) {
    const key = `${messageId} ${topic} ${payload}`;
    if (known.has(key)) {
      repeated++;
      assert.ok(dup, `${board} repeated ${key} without DUP`);
    }
    known.add(key);
  }
  const identifiers = new Set(sent.map(({ messageId }) => messageId));
  assert.equal(identifiers.size, known.size, "no identifier stands for two messages");
  assert.ok(repeated > 0, "something was sent again");
  context.diagnostic(`${board}: ${repeated} repeated with DUP`);
}

function payloadsOf(publishes: readonly IPublishPacket[], topic: string): string[] {
  return publishes.filter((one) => one.topic === topic).map((one) => one.payload.toString());
}

function identifiersOf(publishes: readonly IPublishPacket[], topic: string): Set<number> {
  const own = publishes.filter((one) => one.topic === topic);
  return new Set(own.map(({ messageId }) => messageId ?? 0));
}

function assertRising(numbers: readonly number[], what = "packet identifiers"): void {
  const isRising = numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));
  assert.ok(isRising, `${what}: ${numbers}`);
}
