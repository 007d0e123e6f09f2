import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoardSnapshot } from "../../../host/bridge/snapshot.js";
import { RateMeter } from "../../../host/table/rate.js";
import { duration, renderTable } from "../../../host/table/table.js";

const BOARD: BoardSnapshot = {
  port: "/dev/ttyUSB0",
  board: "greenhouse",
  state: "online",
  readings: new Map([
    ["temperature", "21.5"],
    ["humidity", "48"],
  ]),
  messages: 12,
  roundTripMs: 3.6,
  resends: 2,
};

function render(
  columns: number,
  boards: readonly BoardSnapshot[] = [BOARD],
  isColored = false,
  rows = 24,
) {
  return renderTable({
    boards,
    rates: boards.map(() => 1.25),
    broker: "mqtt://127.0.0.1:1883",
    subscribe: "mosquitto_sub -h 127.0.0.1 -t 'mote/#' -v",
    uptimeMs: 61_000,
    columns,
    rows,
    isColored,
  });
}

test("a row shows board, port, link, rate, round trip, resends and readings", () => {
  const row = render(120).find((line) => line.includes("greenhouse")) ?? "";
  assert.match(
    row,
    /greenhouse +ttyUSB0 +online +1\.\d +4 ms +2 +temperature 21\.5 {2}humidity 48/,
  );
});

test("the footer says which broker, how long, and how to listen", () => {
  const text = render(120).join("\n");
  assert.match(text, /broker mqtt:\/\/127\.0\.0\.1:1883 +up 1 min 1 s/);
  assert.match(text, /mosquitto_sub -h 127\.0\.0\.1 -t 'mote\/#' -v/);
});

test("no line is longer than the terminal is wide", () => {
  const long = { ...BOARD, board: "b".repeat(64), port: `/dev/serial/by-id/${"p".repeat(80)}` };
  for (let columns = 1; columns <= 200; columns++) {
    for (const line of render(columns, [BOARD, long])) {
      assert.ok([...line].length <= columns, `${columns}: ${line}`);
    }
  }
});

test("without colours no escape sequence is written, with colours each is ended", () => {
  assert.ok(!render(100).join("").includes("\u001b"));
  const colored = render(100, [BOARD], true).join("");
  assert.equal(colored.split("\u001b[0m").length, colored.split("\u001b").length / 2 + 0.5);
});

test("a time span is written in its two largest units", () => {
  assert.equal(duration(59_999), "59 s");
  assert.equal(duration(3_600_000), "1 h 0 min");
});

test("the rate is that of the last samples", () => {
  const meter = new RateMeter();
  assert.equal(meter.update(0, 0), 0);
  for (let second = 1; second <= 30; second++) meter.update(second * 2, second * 1000);
  assert.equal(meter.update(62, 31_000), 2);
});

test("a table higher than the terminal keeps its footer and shows boards in trouble first", () => {
  const boards = Array.from({ length: 30 }, (_, index) => ({
    ...BOARD,
    port: `/dev/ttyUSB${index}`,
    state: index === 29 ? ("silent" as const) : BOARD.state,
  }));
  const lines = render(120, boards, false, 16);
  assert.equal(lines.length, 16);
  assert.match(lines[2] ?? "", /ttyUSB29 +silent/);
  assert.match(lines[3] ?? "", /ttyUSB0 /);
  assert.match(lines[12] ?? "", /^… 20 more$/);
  assert.match(lines[14] ?? "", /^broker /);
});

test("a terminal of few lines shows the footer's last", () => {
  for (let rows = 1; rows < 8; rows++) {
    const lines = render(120, [BOARD, BOARD, BOARD, BOARD], false, rows);
    assert.ok(lines.length <= rows);
    assert.match(lines.at(-1) ?? "", /^see all: /);
  }
});
