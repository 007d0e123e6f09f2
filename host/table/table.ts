import type { BoardSnapshot, BoardState } from "../bridge/snapshot.js";

/** What the table shows beside the boards. */
export interface TableInput {
  readonly boards: readonly BoardSnapshot[];
  /** Messages per second of each board, in the same order. */
  readonly rates: readonly number[];
  readonly broker: string;
  /** A command that shows the messages; null while there is nothing to see. */
  readonly subscribe: string | null;
  readonly uptimeMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly isColored: boolean;
}

type Style = "bold" | "dim" | "green" | "yellow" | "red";

interface Column {
  readonly title: string;
  readonly minimum: number;
  readonly isRight: boolean;
  readonly cell: (board: BoardSnapshot, rate: number) => string;
}

const CODES: Readonly<Record<Style, number>> = { bold: 1, dim: 2, green: 32, yellow: 33, red: 31 };

const STATE_STYLES: Readonly<Record<BoardState, Style>> = {
  opening: "dim",
  absent: "yellow",
  denied: "red",
  busy: "red",
  unusable: "red",
  listening: "yellow",
  "no broker": "yellow",
  linked: "yellow",
  online: "green",
  silent: "red",
  refused: "red",
};

/** From a board that is well to one in trouble. */
const URGENCY: readonly Style[] = ["green", "dim", "yellow", "red"];
/** Two rules, the titles and the footer. */
const FRAME_LINES = 5;
const GAP = "  ";
const PORT_COLUMN = 1;
const STATE_COLUMN = 2;
const COLUMNS: readonly Column[] = [
  { title: "BOARD", minimum: 6, isRight: false, cell: (board) => board.board || "–" },
  { title: "PORT", minimum: 6, isRight: false, cell: (board) => board.port.replace("/dev/", "") },
  { title: "LINK", minimum: 9, isRight: false, cell: (board) => board.state },
  { title: "MSG/S", minimum: 5, isRight: true, cell: (_board, rate) => rate.toFixed(1) },
  { title: "TRIP", minimum: 6, isRight: true, cell: (board) => roundTrip(board) },
  { title: "RESENT", minimum: 6, isRight: true, cell: (board) => String(board.resends) },
  { title: "READINGS", minimum: 8, isRight: false, cell: readings },
];
const SHRINKABLE = [PORT_COLUMN, 0];

/**
 * Draws the table: lines that fit into `columns`, without a newline. Where `rows` are too few for all
 * boards, those in trouble come first and the number of the others is told; the footer always stays.
 */
export function renderTable(input: TableInput): string[] {
  const room = Math.max(0, input.rows - FRAME_LINES);
  const boards = mostUrgent(input, room);
  const hidden = input.boards.length - boards.length;
  const cells = boards.map(({ board, rate }) => COLUMNS.map((column) => column.cell(board, rate)));
  const widths = columnWidths(cells, input.columns);
  const paint = input.isColored ? color : (text: string) => text;
  const rows = cells.map((row, index) => {
    const state = boards[index]?.board.state ?? "opening";
    return renderRow(row, widths, input.columns, (text, column) =>
      column === STATE_COLUMN ? paint(text, STATE_STYLES[state]) : text,
    );
  });
  const titles = COLUMNS.map((column) => column.title);
  const header = renderRow(titles, widths, input.columns, (text) => paint(text, "dim"));
  const rule = paint("─".repeat(Math.max(0, input.columns)), "dim");
  if (hidden > 0 && room > 0) rows.push(paint(cut(`… ${hidden} more`, input.columns), "dim"));
  const footer = [`broker ${input.broker}`, `up ${duration(input.uptimeMs)}`].join("   ");
  const lines = [
    rule,
    header,
    ...rows,
    rule,
    cut(footer, input.columns),
    ...(input.subscribe === null
      ? []
      : [paint(cut(`see all: ${input.subscribe}`, input.columns), "bold")]),
  ];
  return lines.slice(Math.max(0, lines.length - input.rows));
}

/** Boards with their rates: all in their order, or as many as leave a line to tell of the rest. */
function mostUrgent(input: TableInput, room: number): { board: BoardSnapshot; rate: number }[] {
  const all = input.boards.map((board, index) => ({ board, rate: input.rates[index] ?? 0 }));
  if (all.length <= room) return all;
  const urgency = ({ board }: { board: BoardSnapshot }) =>
    URGENCY.indexOf(STATE_STYLES[board.state]);
  return all.sort((a, b) => urgency(b) - urgency(a)).slice(0, Math.max(0, room - 1));
}

/** A time span as people write it. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}

/** All readings of a board in one line. */
export function readings(board: Pick<BoardSnapshot, "readings">): string {
  return [...board.readings].map(([name, value]) => `${name} ${value}`).join("  ");
}

function roundTrip(board: BoardSnapshot): string {
  return board.roundTripMs > 0 ? `${Math.round(board.roundTripMs)} ms` : "–";
}

/** Each column as wide as its widest cell; where that is too much, names and ports give way. */
function columnWidths(cells: readonly (readonly string[])[], limit: number): number[] {
  const widths = COLUMNS.map((column, index) =>
    Math.max(
      column.minimum,
      column.title.length,
      ...cells.map((row) => [...(row[index] ?? "")].length),
    ),
  );
  const fixed = COLUMNS.length - 1;
  for (const index of SHRINKABLE) {
    const wanted = Math.min(widths[fixed] ?? 0, Math.floor(limit / 2));
    const used = widths.slice(0, fixed).reduce((sum, width) => sum + width + GAP.length, wanted);
    const spare = Math.max(0, used - limit);
    const minimum = COLUMNS[index]?.minimum ?? 0;
    widths[index] = Math.max(minimum, (widths[index] ?? 0) - spare);
  }
  return widths;
}

function renderRow(
  row: readonly string[],
  widths: readonly number[],
  limit: number,
  paint: (text: string, column: number) => string,
): string {
  let left = limit;
  const parts: string[] = [];
  row.forEach((cell, index) => {
    const room = Math.min(widths[index] ?? 0, left);
    if (room <= 0) return;
    const text = index === PORT_COLUMN ? cutMiddle(cell, room) : cut(cell, room);
    const isLast = index === row.length - 1;
    const padded = COLUMNS[index]?.isRight
      ? text.padStart(room)
      : isLast
        ? text
        : text.padEnd(room);
    parts.push(paint(padded, index));
    left -= room + GAP.length;
  });
  return parts.join(GAP);
}

function cut(text: string, room: number): string {
  const characters = [...text];
  return characters.length <= room
    ? text
    : `${characters.slice(0, Math.max(0, room - 1)).join("")}…`;
}

/** Long names of ports differ at their ends. */
function cutMiddle(text: string, room: number): string {
  const characters = [...text];
  if (characters.length <= room || room < 3) return cut(text, room);
  const head = Math.floor((room - 1) / 3);
  const tail = characters.slice(characters.length - (room - 1 - head));
  return `${characters.slice(0, head).join("")}…${tail.join("")}`;
}

function color(text: string, style: Style): string {
  return `\u001b[${CODES[style]}m${text}\u001b[0m`;
}
