import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Outbox, RECORD_OVERHEAD, UNKNOWN } from "../../../firmware/session/outbox.js";
import { OUTBOX_FULL } from "../../../firmware/status.js";

const DUP = 8;

interface Row {
  readonly id: number;
  readonly qos: number;
  readonly token: number;
  readonly length: number;
  state: "queued" | "sent" | "released";
}

/** What an outbox promises, as a list: the model that the arena is held against. */
class Model {
  rows: Row[] = [];
  /** Rows before it were sent on this connection. */
  cursor = 0;
  next = 1;

  /** Bytes that the rows take: a released one has shrunk to its record. */
  get used(): number {
    const size = (row: Row) => RECORD_OVERHEAD + (row.state === "released" ? 0 : row.length);
    return this.rows.reduce((sum, row) => sum + size(row), 0);
  }

  take(index: number): Row | undefined {
    const [row] = this.rows.splice(index, 1);
    if (row && index < this.cursor) this.cursor--;
    return row;
  }
}

class Real {
  readonly arena = new Uint8Array(160);
  readonly outbox = new Outbox(this.arena);
}

type Step = fc.Command<Model, Real>;

function step(name: string, run: (model: Model, real: Real) => void): Step {
  return { check: () => true, run, toString: () => name };
}

function append(length: number, qos: number): Step {
  return step(`append(${length}, qos ${qos})`, (model, real) => {
    const token = model.next++ & 0xffff;
    const id = qos === 0 ? 0 : token;
    const fits = model.used + length + RECORD_OVERHEAD <= real.arena.length;
    const offset = real.outbox.append(length, id, token);
    assert.equal(offset !== OUTBOX_FULL, fits);
    if (!fits) return;
    real.arena.fill(token, offset, offset + length);
    real.arena[offset] = 0x30 | (qos << 1);
    model.rows.push({ id, qos, token, length, state: "queued" });
  });
}

const send = step("send", (model, real) => {
  const row = model.rows[model.cursor];
  const offset = real.outbox.next();
  assert.equal(offset !== UNKNOWN, row !== undefined);
  if (row === undefined) return;
  assert.equal(real.outbox.nextPacketId(), row.id);
  assert.equal(real.outbox.isNextReleased(), row.state === "released");
  if (row.state !== "released") {
    assert.equal(real.outbox.nextLength(), row.length);
    assert.equal(real.outbox.markResend(), row.state === "sent");
    const first = 0x30 | (row.qos << 1) | (row.state === "sent" ? DUP : 0);
    const bytes = [...real.arena.slice(offset, offset + row.length)];
    assert.deepEqual(bytes, [first, ...new Array(row.length - 1).fill(row.token & 0xff)]);
  }
  assert.equal(real.outbox.advance(), row.token);
  if (row.qos === 0) {
    model.take(model.cursor);
    return;
  }
  if (row.state === "queued") row.state = "sent";
  model.cursor++;
});

/** Names a row that was sent on this connection, or one past them for an identifier that nobody has. */
function answer(which: number, name: "acknowledge" | "release" | "complete"): Step {
  return step(`${name}(${which})`, (model, real) => {
    const index = which % (model.cursor + 1);
    const row = index < model.cursor ? model.rows[index] : undefined;
    const id = row?.id ?? 60_000;
    if (name === "release") {
      const isLegal = row?.qos === 2;
      assert.equal(real.outbox.release(id), isLegal);
      if (isLegal) row.state = "released";
      return;
    }
    const isLegal = name === "acknowledge" ? row?.qos === 1 : row?.state === "released";
    const token = name === "acknowledge" ? real.outbox.acknowledge(id) : real.outbox.complete(id);
    assert.equal(token, isLegal ? row?.token : UNKNOWN);
    if (isLegal) model.take(index);
  });
}

const rewind = step("rewind", (model, real) => {
  real.outbox.rewind();
  model.cursor = 0;
});

function loseSession(keepsDoubtful: boolean, keepsReleased: boolean): Step {
  const what = `${keepsDoubtful ? "resend" : "drop"}, ${keepsReleased ? "perhaps" : "surely"}`;
  return step(`lose session, ${what}`, (model, real) => {
    real.outbox.rewind();
    model.cursor = 0;
    const isDoubtful = (row: Row) => row.state === "sent" && row.qos === 2;
    const goes = (row: Row) =>
      (row.state === "released" && !keepsReleased) || (isDoubtful(row) && !keepsDoubtful);
    for (;;) {
      const index = model.rows.findIndex(goes);
      const row = model.rows[index];
      const swept = real.outbox.sweep(keepsDoubtful, keepsReleased);
      assert.equal(swept, row ? 2 * row.token + (isDoubtful(row) ? 1 : 0) : UNKNOWN);
      if (!row) return;
      model.take(index);
    }
  });
}

test("any run of appends, sends, answers, reconnects and lost sessions leaves what a plain list would", () => {
  const length = fc.integer({ min: 7, max: 40 });
  const steps = [
    fc.tuple(length, fc.integer({ min: 0, max: 2 })).map(([bytes, qos]) => append(bytes, qos)),
    fc.constant(send),
    fc.constant(send),
    fc
      .tuple(fc.nat(20), fc.constantFrom("acknowledge", "release", "complete"))
      .map(([which, name]) => answer(which, name)),
    fc.constant(rewind),
    fc.tuple(fc.boolean(), fc.boolean()).map((keeps) => loseSession(...keeps)),
  ];
  fc.assert(
    fc.property(fc.commands(steps, { maxCommands: 150, size: "max" }), (commands) => {
      const model = new Model();
      const real = new Real();
      fc.modelRun(() => ({ model, real }), commands);
      assert.equal(real.outbox.count, model.rows.length);
      assert.equal(real.outbox.inFlight, model.cursor);
      for (const { id } of model.rows) assert.equal(real.outbox.hasPacketId(id), true);
    }),
    { numRuns: 3_000 },
  );
});
