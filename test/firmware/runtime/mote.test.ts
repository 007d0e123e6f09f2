import assert from "node:assert/strict";
import { test } from "node:test";
import { MAXIMUM_COMMANDS } from "../../../firmware/runtime/client-options.js";
import { Mote } from "../../../firmware/runtime/mote.js";
import { ScriptedTransport } from "../../sim/scripted-transport.js";

/** A board under virtual time with a scripted broker. */
class BoardRig {
  now = 0;
  readonly told: string[] = [];
  readonly transport = new ScriptedTransport();
  readonly mote: Mote;

  constructor(outboxBytes = 1024) {
    this.mote = new Mote({ board: "b", outboxBytes }, this.transport, () => 0, {
      onConnected: (isSessionPresent) => this.told.push(`connected ${isSessionPresent}`),
      onDisconnected: (status, code) => this.told.push(`disconnected ${status} ${code}`),
      onCommandDenied: (name) => this.told.push(`denied ${name}`),
      onStopped: (left) => this.told.push(`stopped ${left}`),
    });
    this.transport.attach(this.mote.transportHandler);
  }

  pass(ms: number): void {
    for (const end = this.now + ms; this.now < end; ) {
      const next = Math.max(1, Math.min(this.mote.pollTimeout(this.now), end - this.now));
      this.now += next;
      this.mote.turn(this.now);
    }
  }

  /** Starts and lets the broker accept, the purge of an earlier life first. */
  connect(): void {
    this.mote.start(this.now);
    this.transport.opens(this.now);
    this.accept();
    this.mote.turn(this.now);
    this.transport.opens(this.now);
    this.accept();
  }

  accept(): void {
    this.transport.says({ cmd: "connack", returnCode: 0, sessionPresent: false }, this.now);
  }

  /** What was published since the last call, as `topic payload`; each is acknowledged. */
  published(): string[] {
    const published: string[] = [];
    for (let packets = this.transport.take(); packets.length > 0; packets = this.transport.take()) {
      for (const packet of packets) {
        if (packet.cmd !== "publish") continue;
        const mark = packet.retain ? " retained" : "";
        published.push(`${packet.topic} ${packet.payload.toString()}${mark}`);
        this.acknowledge(packet.messageId);
      }
    }
    return published;
  }

  private acknowledge(messageId: number | undefined): void {
    if (messageId !== undefined) this.transport.says({ cmd: "puback", messageId }, this.now);
  }
}

test("a board says online first, then its readings, each on its own schedule", () => {
  const rig = new BoardRig();
  rig.mote.sensor("fast", { everyMs: 100, decimals: 0 }, () => 1);
  rig.mote.sensor("slow", { everyMs: 250 }, () => 2.5);
  rig.connect();
  rig.pass(500);
  const published = rig.published();
  assert.equal(published[0], "mote/b/status online retained");
  const count = (line: string) => published.filter((other) => other === line).length;
  assert.equal(count("mote/b/fast 1"), 6);
  assert.equal(count("mote/b/slow 2.50"), 3);
});

test("a reading that is no number is not published", () => {
  const rig = new BoardRig();
  rig.mote.sensor("broken", { everyMs: 100 }, () => Number.NaN);
  rig.connect();
  rig.pass(1_000);
  assert.equal(
    rig.published().some((line) => line.startsWith("mote/b/broken")),
    false,
  );
});

test("after a long pause a sensor begins a new step instead of making up for the missed ones", () => {
  const rig = new BoardRig();
  let reads = 0;
  rig.mote.sensor("n", { everyMs: 100 }, () => ++reads);
  rig.connect();
  rig.mote.turn(rig.now);
  rig.now += 10_000;
  rig.mote.turn(rig.now);
  assert.equal(reads, 2);
});

test("readings that the outbox refuses are counted, and the count is published", () => {
  const rig = new BoardRig(200);
  rig.mote.sensor("n", { everyMs: 100, decimals: 0 }, () => 7);
  rig.mote.start(0);
  rig.pass(5_000);
  rig.transport.opens(rig.now);
  rig.accept();
  rig.mote.turn(rig.now);
  rig.transport.opens(rig.now);
  rig.accept();
  let published: string[] = [];
  for (let i = 0; i < 20; i++) {
    rig.pass(100);
    published = published.concat(rig.published());
  }
  const sent = published.filter((line) => line === "mote/b/n 7").length;
  const attempts = 1 + 7_000 / 100;
  assert.ok(published.includes(`mote/b/diagnostics/dropped ${attempts - sent} retained`));
});

test("a command runs for its own topic only", () => {
  const rig = new BoardRig();
  const values: number[] = [];
  rig.mote.command("led", (message) => values.push(message.integer()));
  rig.connect();
  const say = (topic: string, payload: string) =>
    rig.transport.says(
      { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false },
      rig.now,
    );
  say("mote/b/command/led", "-12");
  say("mote/b/command/le", "1");
  say("mote/b/command/ledx", "2");
  say("mote/b/command/led", "on");
  assert.deepEqual(values, [-12, -0x80000000]);
});

test("after a loss online goes out again, ahead of the readings made meanwhile", () => {
  const rig = new BoardRig();
  rig.mote.sensor("n", { everyMs: 100, decimals: 0 }, () => rig.now);
  rig.connect();
  rig.published();
  rig.transport.breaks(rig.now);
  rig.pass(300);
  rig.transport.opens(rig.now);
  rig.accept();
  const published = rig.published();
  assert.equal(published[0], "mote/b/status online retained");
  assert.equal(published[1], "mote/b/n 100");
  assert.deepEqual(rig.told.filter((line) => line.startsWith("connected")).length, 2);
});

test("stop says offline, disconnects and reports", () => {
  const rig = new BoardRig();
  rig.connect();
  rig.published();
  rig.mote.stop(1_000, rig.now);
  assert.deepEqual(rig.published(), ["mote/b/status offline retained"]);
  rig.pass(10);
  assert.deepEqual(rig.told.at(-1), "stopped 0");
  assert.equal(rig.transport.calls.includes("disconnect"), true);
});

test("stop with a full outbox leaves without DISCONNECT, so that the broker says offline", () => {
  const rig = new BoardRig(120);
  rig.mote.sensor("n", { everyMs: 10, decimals: 0 }, () => 1);
  rig.connect();
  rig.transport.limit(0);
  rig.pass(1_000);
  const disconnects = rig.transport.calls.filter((call) => call === "disconnect").length;
  rig.mote.stop(500, rig.now);
  rig.pass(600);
  assert.match(rig.told.at(-1) ?? "", /^stopped [1-9]/);
  assert.equal(rig.transport.calls.filter((call) => call === "disconnect").length, disconnects);
});

test("names that cannot stand in a topic, or have a meaning of their own, are refused at start", () => {
  const make = (board: string) => new Mote({ board }, new ScriptedTransport(), () => 0, {});
  for (const board of ["", "a/b", "+", "#", "x".repeat(65)])
    assert.throws(() => make(board), board);
  const mote = make("b");
  for (const name of ["status", "command/x", "setting/x", "diagnostics/x", "a/#", ""]) {
    assert.throws(() => mote.sensor(name, { everyMs: 100 }, () => 0), name);
  }
  assert.throws(() => mote.sensor("n", { everyMs: 0 }, () => 0));
});

test("one command too many is refused at start", () => {
  const mote = new Mote({ board: "b" }, new ScriptedTransport(), () => 0, {});
  for (let i = 0; i < MAXIMUM_COMMANDS; i++) mote.command(`c${i}`, () => undefined);
  assert.throws(() => mote.command("more", () => undefined), /at most/);
});

test("a command that the broker denies is told", () => {
  const rig = new BoardRig();
  rig.mote.command("led", () => undefined);
  rig.connect();
  rig.transport.says({ cmd: "suback", messageId: 65535, granted: [0x80] }, rig.now);
  assert.equal(rig.told.at(-1), "denied led");
});

test("a command that is larger than the receive buffer does not run", () => {
  const rig = new BoardRig();
  let runs = 0;
  rig.mote.command("led", () => runs++);
  rig.connect();
  const packet = {
    cmd: "publish",
    topic: "mote/b/command/led",
    qos: 0,
    retain: false,
    dup: false,
  } as const;
  rig.transport.says({ ...packet, payload: "x".repeat(400) }, rig.now);
  assert.equal(runs, 0);
  assert.equal(rig.mote.statistics.oversize, 1);
  rig.transport.says({ ...packet, payload: "x" }, rig.now);
  assert.equal(runs, 1);
});

test("a board that is started again while it stops, or after, goes on", () => {
  for (const isFinished of [false, true]) {
    const rig = new BoardRig();
    rig.mote.sensor("n", { everyMs: 100, decimals: 0 }, () => 1);
    rig.connect();
    rig.published();
    rig.mote.stop(1_000, rig.now);
    if (isFinished) {
      rig.published();
      rig.pass(10);
    }
    rig.mote.start(rig.now);
    rig.pass(10);
    if (isFinished) {
      rig.transport.opens(rig.now);
      rig.accept();
    }
    rig.pass(200);
    const published = rig.published();
    assert.ok(published.includes("mote/b/status online retained"), String(published));
    assert.equal(published.at(-1), "mote/b/n 1");
  }
});
