// What a frame costs on Espruino: a script for its Linux build, which prints one line per figure. Both framings in the
// way that suits the engine best: nothing loops over payload bytes in JavaScript.

declare const E: { CRC32(bytes: Uint8Array): number; toArrayBuffer(text: string): ArrayBuffer };
declare const process: { memory(): { usage: number } };
declare function getTime(): number;
declare function print(text: string): void;
declare function quit(): void;

const PAYLOAD_BYTES = 240;
const PIECE_BYTES = 48;
const RUNS = 100;
const rx = new Uint8Array(300);
const tx = new Uint8Array(300);
const payload = new Uint8Array(PAYLOAD_BYTES);
const crcView = new Uint8Array(tx.buffer, 1, PAYLOAD_BYTES + 6);
const cobsView = new Uint8Array(tx.buffer, 1, PAYLOAD_BYTES + 4);
let fill = 0;
let wanted = 7;
let good = 0;

function put(at: number, check: number): void {
  tx[at] = check >>> 24;
  tx[at + 1] = check >>> 16;
  tx[at + 2] = check >>> 8;
  tx[at + 3] = check;
}

function isRight(from: number, end: number): boolean {
  const check = (rx[end]! << 24) | (rx[end + 1]! << 16) | (rx[end + 2]! << 8) | rx[end + 3]!;
  return (E.CRC32(new Uint8Array(rx.buffer, from, end - from)) | 0) === check;
}

function encodeMarked(): number {
  tx[0] = 0;
  tx[1] = 0xab;
  tx[2] = PAYLOAD_BYTES;
  tx[3] = 0xab ^ PAYLOAD_BYTES ^ 0x5a;
  tx[4] = 1;
  tx[5] = 2;
  tx[6] = 9;
  tx.set(payload, 7);
  put(7 + PAYLOAD_BYTES, E.CRC32(crcView));
  return 11 + PAYLOAD_BYTES;
}

function encodeCobs(): number {
  tx[1] = 0xab;
  tx[2] = 1;
  tx[3] = 2;
  tx[4] = 9;
  tx.set(payload, 5);
  put(5 + PAYLOAD_BYTES, E.CRC32(cobsView));
  const end = 9 + PAYLOAD_BYTES;
  tx[end] = 0;
  let at = 0;
  while (at < end) {
    const zero = tx.indexOf(0, at + 1);
    tx[at] = zero - at;
    at = zero;
  }
  return end + 1;
}

function hearMarked(text: string): void {
  rx.set(new Uint8Array(E.toArrayBuffer(text)), fill);
  fill += text.length;
  if (fill < wanted) return;
  if (wanted === 7) {
    const length = rx[2]!;
    if (rx[0] === 0 && (rx[1]! ^ length ^ rx[3]!) === 0x5a) wanted = length + 11;
  }
  if (fill < wanted) return;
  if (isRight(1, wanted - 4)) good++;
  fill = 0;
  wanted = 7;
}

function hearCobs(text: string): void {
  const zero = text.indexOf("\0");
  rx.set(new Uint8Array(E.toArrayBuffer(text)), fill);
  if (zero < 0) {
    fill += text.length;
    return;
  }
  const end = fill + zero;
  let next = rx[0]!;
  while (next < end) {
    const distance = rx[next]!;
    rx[next] = 0;
    next += distance;
  }
  if (next === end && isRight(1, end - 4)) good++;
  fill = 0;
}

function run(name: string, encode: () => number, hear: (text: string) => void): void {
  const length = encode();
  const pieces: string[] = [];
  for (let at = 0; at < length; at += PIECE_BYTES) {
    let piece = "";
    for (let i = at; i < at + PIECE_BYTES && i < length; i++) piece += String.fromCharCode(tx[i]!);
    pieces.push(piece);
  }
  const count = pieces.length;
  good = 0;
  const before = process.memory().usage;
  let begun = getTime();
  for (let i = 0; i < RUNS; i++) encode();
  const encodeUs = ((getTime() - begun) * 1e6) / RUNS;
  begun = getTime();
  for (let i = 0; i < RUNS; i++) for (let k = 0; k < count; k++) hear(pieces[k]!);
  const decodeUs = ((getTime() - begun) * 1e6) / RUNS;
  const kept = process.memory().usage - before;
  print(
    `${name}: encode ${encodeUs.toFixed(0)} us, decode ${decodeUs.toFixed(0)} us, good ${good}, kept ${kept}`,
  );
}

function fillWith(kind: number): void {
  for (let i = 0; i < PAYLOAD_BYTES; i++) payload[i] = kind === 0 ? 65 : i * 7;
}

fillWith(0);
run("cobs, text", encodeCobs, hearCobs);
run("marked, text", encodeMarked, hearMarked);
fillWith(1);
run("cobs, counted", encodeCobs, hearCobs);
run("marked, counted", encodeMarked, hearMarked);
payload.fill(0);
run("cobs, zeros", encodeCobs, hearCobs);
run("marked, zeros", encodeMarked, hearMarked);
quit();

export {};
