import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Outbox, RECORD_OVERHEAD, UNKNOWN } from "../../../firmware/session/outbox.js";
import { OUTBOX_FULL } from "../../../firmware/status.js";

interface Row {
  readonly id: number;
  readonly fill: number;
  readonly length: number;
  isSent: boolean;
  isResend: boolean;
}

/** What an outbox promises, as a list: the model that the arena is held against. */
class Model {
  rows: Row[] = [];
  cursor = 0;
  nextId = 1;
}

class Append {
  readonly length: number;
  readonly qos: number;
  constructor(length: number, qos: number) {
    this.length = length;
    this.qos = qos;
  }
  check = () => true;
  run(model: Model, real: { outbox: Outbox; arena: Uint8Array }): void {
    const id = this.qos === 0 ? 0 : model.nextId;
    const fill = model.nextId++ & 0xff;
    const offset = real.outbox.append(this.length, id, fill);
    const used = model.rows.reduce((sum, row) => sum + row.length + RECORD_OVERHEAD, 0);
    const fits = used + this.length + RECORD_OVERHEAD <= real.arena.length;
    assert.equal(offset !== OUTBOX_FULL, fits);
    if (!fits) return;
    real.arena.fill(fill, offset, offset + this.length);
    model.rows.push({ id, fill, length: this.length, isSent: false, isResend: false });
  }
  toString = () => `append(${this.length}, qos ${this.qos})`;
}

class Send {
  check = () => true;
  run(model: Model, real: { outbox: Outbox; arena: Uint8Array }): void {
    const row = model.rows[model.cursor];
    const offset = real.outbox.next();
    assert.equal(offset !== UNKNOWN, row !== undefined);
    if (row === undefined) return;
    assert.equal(real.outbox.nextLength(), row.length);
    assert.equal(real.outbox.nextPacketId(), row.id);
    assert.equal(real.outbox.markResend(), row.isSent);
    const first = row.isSent ? row.fill | 8 : row.fill;
    const bytes = real.arena.slice(offset, offset + row.length);
    assert.deepEqual([...bytes], [first, ...new Array(row.length - 1).fill(row.fill)]);
    assert.equal(real.outbox.advance(), row.fill);
    if (row.id === 0) model.rows.splice(model.cursor, 1);
    else {
      row.isSent = true;
      model.cursor++;
    }
    real.arena[offset] = row.fill; // the next look expects the byte without DUP
  }
  toString = () => "send";
}

class Acknowledge {
  readonly which: number;
  constructor(which: number) {
    this.which = which;
  }
  check = () => true;
  run(model: Model, real: { outbox: Outbox }): void {
    const index = this.which % (model.cursor + 1);
    const row = model.rows[index];
    if (index >= model.cursor || row === undefined) {
      assert.equal(real.outbox.acknowledge(60000), UNKNOWN);
      return;
    }
    assert.equal(real.outbox.acknowledge(row.id), row.fill);
    model.rows.splice(index, 1);
    model.cursor--;
  }
  toString = () => `acknowledge(${this.which})`;
}

class Rewind {
  check = () => true;
  run(model: Model, real: { outbox: Outbox }): void {
    real.outbox.rewind();
    model.cursor = 0;
  }
  toString = () => "rewind";
}

test("any run of appends, sends, acknowledgements and reconnects leaves what a plain list would", () => {
  const commands = fc.commands(
    [
      fc
        .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 1 }))
        .map(([length, qos]) => new Append(length, qos)),
      fc.constant(new Send()),
      fc.nat(20).map((which) => new Acknowledge(which)),
      fc.constant(new Rewind()),
    ],
    { maxCommands: 120 },
  );
  fc.assert(
    fc.property(commands, (list) => {
      const arena = new Uint8Array(160);
      const setup = () => ({ model: new Model(), real: { outbox: new Outbox(arena), arena } });
      let state: ReturnType<typeof setup> | undefined;
      fc.modelRun(() => {
        state = setup();
        return state;
      }, list);
      assert.equal(state?.real.outbox.count, state?.model.rows.length);
      assert.equal(state?.real.outbox.inFlight, state?.model.cursor);
    }),
    { numRuns: 2000 },
  );
});
