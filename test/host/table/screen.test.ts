import assert from "node:assert/strict";
import { test } from "node:test";
import { Screen } from "../../../host/table/screen.js";

class RecordingTerminal {
  columns = 80;
  rows = 24;
  text = "";
  private handler: (() => void) | null = null;

  write(text: string): void {
    this.text += text;
  }

  on(_event: "resize", handler: () => void): void {
    this.handler = handler;
  }

  off(): void {
    this.handler = null;
  }

  resize(columns: number): void {
    this.columns = columns;
    this.handler?.();
  }
}

test("a redraw goes up by as many lines as stand there", () => {
  const terminal = new RecordingTerminal();
  const screen = new Screen(terminal, () => ["a", "b"]);
  terminal.text = "";
  screen.draw();
  assert.equal(terminal.text, "\r\u001b[2A\u001b[Ja\nb\n");
});

test("a printed line stands above the block and wraps", () => {
  const terminal = new RecordingTerminal();
  const screen = new Screen(terminal, () => ["a"]);
  terminal.text = "";
  screen.print("line");
  assert.equal(terminal.text, "\r\u001b[1A\u001b[J\u001b[?7hline\n\u001b[?7la\n");
});

test("a block higher than the terminal is cut, so that it can be drawn over", () => {
  const terminal = new RecordingTerminal();
  terminal.rows = 3;
  const screen = new Screen(terminal, () => ["a", "b", "c", "d"]);
  terminal.text = "";
  screen.draw();
  assert.equal(terminal.text, "\r\u001b[2A\u001b[Ja\nb\n");
});

test("a terminal that does not know its size is taken for 80 by 24", () => {
  const terminal = new RecordingTerminal();
  [terminal.columns, terminal.rows] = [0, 0];
  new Screen(terminal, (columns, rows) => [`${columns} ${rows}`]);
  assert.match(terminal.text, /80 23\n$/);
});

test("a resize draws anew with the new width", () => {
  const terminal = new RecordingTerminal();
  new Screen(terminal, (columns) => [String(columns)]);
  terminal.text = "";
  terminal.resize(40);
  assert.match(terminal.text, /40\n$/);
});

test("closing gives cursor and wrapping back, once, and later lines are plain", () => {
  const terminal = new RecordingTerminal();
  const screen = new Screen(terminal, () => ["a"]);
  terminal.text = "";
  screen.close();
  assert.ok(terminal.text.endsWith("\u001b[?7h\u001b[?25h"));
  terminal.text = "";
  screen.close();
  screen.print("x");
  assert.equal(terminal.text, "x\n");
});
