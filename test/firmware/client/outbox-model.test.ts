import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ACKNOWLEDGED,
  DROPPED,
  IN_DOUBT,
  PENDING,
  SENT_OUT,
} from "../../../firmware/session/event.js";
import { RECORD } from "../../../firmware/session/record.js";
import { DROP_OLDEST, KEEP_LATEST, REFUSE, Topic } from "../../../firmware/session/topic.js";
import { OUTBOX_FULL } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

// The client's outbox, driven as an application and a broker drive it, against a plain list.

const ARENA = 200;
const WINDOW = 3;
/** Of a PUBREL. */
const RELEASE_BYTES = 4;

interface Row {
  readonly token: number;
  readonly qos: number;
  readonly priority: number;
  readonly topic: string;
  readonly payload: string;
  id: number;
  state: "queued" | "sent" | "released";
}

/** What an outbox promises. */
class Model {
  rows: Row[] = [];
  /** Rows before it were sent on this connection. */
  cursor = 0;
  isConnected = true;
  nextToken = 0;
  nextId = 1;
  /** What the broker must see, and what the application must be told. */
  wire: string[] = [];
  told: string[] = [];
  readonly outcomes = new Map<number, number>();

  static size(row: Pick<Row, "qos" | "topic" | "payload" | "state">): number {
    if (row.state === "released") return RECORD + RELEASE_BYTES;
    return RECORD + 2 + 2 + row.topic.length + (row.qos > 0 ? 2 : 0) + row.payload.length;
  }

  get used(): number {
    return this.rows.reduce((sum, row) => sum + Model.size(row), 0);
  }

  end(row: Row, outcome: number, line: string): void {
    const index = this.rows.indexOf(row);
    this.rows.splice(index, 1);
    if (index < this.cursor) this.cursor--;
    this.outcomes.set(row.token, outcome);
    if (line !== "") this.told.push(line);
  }

  /** Sends what may go. */
  pump(): void {
    while (this.isConnected && this.cursor < this.rows.length) {
      const row = this.rows[this.cursor] as Row;
      if (row.qos > 0 && this.rows.slice(0, this.cursor).length >= WINDOW) return;
      const dup = row.state === "sent" ? " dup" : "";
      this.wire.push(
        row.state === "released"
          ? `pubrel ${row.id}`
          : `publish${row.qos > 0 ? ` ${row.id}` : ""}${dup} ${row.payload}`,
      );
      if (row.qos === 0) {
        this.end(row, SENT_OUT, "");
        continue;
      }
      if (row.state === "queued") row.state = "sent";
      this.cursor++;
    }
  }
}

type Step = fc.Command<Model, ClientRig>;

function step(name: string, run: (model: Model, rig: ClientRig) => void): Step {
  return {
    check: () => true,
    run: (model, rig) => {
      run(model, rig);
      model.pump();
      assert.deepEqual(rig.written(), model.wire);
      assert.deepEqual(rig.told.splice(0), model.told);
      assert.equal(rig.client.pending, model.rows.length);
      for (const [token, outcome] of model.outcomes) {
        assert.equal(rig.client.outcome(token), outcome, `outcome of ${token}`);
      }
      for (const row of model.rows) assert.equal(rig.client.outcome(row.token), PENDING);
      model.wire = [];
      model.told = [];
    },
    toString: () => name,
  };
}

interface Kind {
  readonly topic: Topic;
  readonly name: string;
  readonly qos: number;
  readonly priority: number;
  readonly whenFull: number;
}

/** Topics that differ in all that the outbox looks at. */
const KINDS: readonly Kind[] = [0, 1, 2].flatMap((qos) =>
  [0, 2].flatMap((priority) =>
    [REFUSE, DROP_OLDEST, KEEP_LATEST].map((whenFull) => {
      const name = `t${whenFull}`;
      return { topic: new Topic(name, { qos, priority, whenFull }), name, qos, priority, whenFull };
    }),
  ),
);

/** Which rows may go for a new one, those that go first in front. */
function victims(model: Model, kind: Kind): Row[] {
  const unsent = model.rows.slice(model.cursor).filter((row) => row.state === "queued");
  if (kind.whenFull === REFUSE) return [];
  if (kind.whenFull === KEEP_LATEST) return unsent.filter((row) => row.topic === kind.name);
  const lower = unsent.filter((row) => row.priority <= kind.priority);
  return lower.sort((a, b) => a.priority - b.priority);
}

function publish(kind: Kind, payload: string): Step {
  const what = `publish(QoS ${kind.qos}, priority ${kind.priority}, ${kind.whenFull}, ${payload.length})`;
  return step(what, (model, rig) => {
    const reserve = kind.topic.overhead + payload.length;
    const given = victims(model, kind);
    const most = given.reduce((sum, row) => sum + Model.size(row), 0);
    const token = rig.publishTo(kind.topic, payload);
    if (model.used - most + reserve > ARENA) {
      assert.equal(token, OUTBOX_FULL);
      return;
    }
    while (model.used + reserve > ARENA) {
      const victim = given.shift() as Row;
      const why = kind.whenFull === KEEP_LATEST ? -33 : -31;
      model.end(victim, DROPPED, `dropped ${victim.token} ${why}`);
    }
    assert.equal(token, model.nextToken++);
    const { qos, priority, name } = kind;
    const id = qos === 0 ? 0 : model.nextId++;
    const row: Row = { token, qos, priority, topic: name, payload, id, state: "queued" };
    let place = model.rows.findIndex(
      (other, i) => i >= model.cursor && other.state === "queued" && other.priority < priority,
    );
    if (place < 0) place = model.rows.length;
    model.rows.splice(place, 0, row);
  });
}

/** The broker answers a row that was sent on this connection, or one past them with an identifier that nobody has. */
function answer(which: number, cmd: "puback" | "pubrec" | "pubcomp"): Step {
  return step(`${cmd}(${which})`, (model, rig) => {
    if (!model.isConnected) return;
    const index = which % (model.cursor + 1);
    const row = index < model.cursor ? model.rows[index] : undefined;
    const messageId = row?.id ?? 60_000;
    rig.says({ cmd, messageId });
    if (cmd === "pubrec") {
      if (row?.state === "sent" && row.qos === 2) row.state = "released";
      model.wire.push(`pubrel ${messageId}`);
      return;
    }
    const isDue = cmd === "puback" ? row?.qos === 1 : row?.state === "released";
    if (row && isDue) model.end(row, ACKNOWLEDGED, `acknowledged ${row.token}`);
  });
}

const lose = step("lose the connection", (model, rig) => {
  if (!model.isConnected) return;
  rig.transport.breaks(rig.now);
  model.isConnected = false;
  model.cursor = 0;
  model.told.push("disconnected -40 0");
});

function comeBack(sessionPresent: boolean): Step {
  return step(`come back, session ${sessionPresent ? "kept" : "lost"}`, (model, rig) => {
    if (model.isConnected) return;
    rig.pass(rig.client.pollTimeout(rig.now));
    rig.transport.opens(rig.now);
    rig.accept({ sessionPresent });
    model.isConnected = true;
    model.wire.push("connect");
    for (const row of sessionPresent ? [] : [...model.rows]) {
      if (row.state === "released") model.end(row, ACKNOWLEDGED, `acknowledged ${row.token}`);
      else if (row.state === "sent" && row.qos === 2) {
        model.end(row, IN_DOUBT, `in doubt ${row.token}`);
      }
    }
    model.told.push(`connected ${sessionPresent}`);
  });
}

function connectedRig(): ClientRig {
  const rig = new ClientRig({
    arena: new Uint8Array(ARENA),
    inFlightWindow: WINDOW,
    resendsDoubtful: false,
    outcomeCapacity: 256,
    backoff: { baseMs: 1, capMs: 1, refusedMs: 1 },
  });
  rig.connect();
  rig.told.length = 0;
  return rig;
}

test("any run of publishes, answers, losses and returns leaves in the outbox what a plain list would hold", () => {
  const payload = fc.integer({ min: 0, max: 60 }).map((length) => "x".repeat(length));
  const publishing = fc.tuple(fc.constantFrom(...KINDS), payload);
  const answering = fc.tuple(fc.nat(20), fc.constantFrom("puback", "pubrec", "pubcomp"));
  const steps = [
    publishing.map(([kind, text]) => publish(kind, text)),
    publishing.map(([kind, text]) => publish(kind, text)),
    answering.map(([which, cmd]) => answer(which, cmd)),
    answering.map(([which, cmd]) => answer(which, cmd)),
    fc.constant(lose),
    fc.boolean().map(comeBack),
  ];
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 80, size: "max" }), (commands) => {
      fc.modelRun(() => ({ model: new Model(), real: connectedRig() }), commands);
    }),
    { numRuns: 200 },
  );
});
