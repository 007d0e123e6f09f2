import assert from "node:assert/strict";
import { test } from "node:test";
import { ReplUpload, type StorageFile } from "../../../host/deploy/repl-upload.js";
import { HostError } from "../../../host/error.js";
import { FakeRepl } from "./fake-repl.js";

/** Every byte there is, more than one line holds. */
const content = Buffer.from(Array.from({ length: 600 }, (_, i) => (i * 7) & 255));
const FILES: readonly StorageFile[] = [
  { name: "m", content },
  { name: ".boot0", content: Buffer.from("load()") },
];
/** Longer than an answer may take. */
const TURN_MS = 10_000;
const TURNS = 200;

function play(upload: ReplUpload, repl: FakeRepl): void {
  for (let turn = 0; upload.status === "running" && turn < TURNS; turn++) {
    upload.handleTimeout(turn * TURN_MS);
    upload.handleText(repl.type(upload.pollTransmit(turn * TURN_MS)));
  }
}

test("files arrive whole, and nothing of the upload stays on the board", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl();
  play(upload, repl);
  assert.equal(upload.status, "done");
  for (const file of FILES) assert.deepEqual(repl.files.get(file.name), Buffer.from(file.content));
  assert.equal(repl.global("moteUpload"), undefined);
});

test("a line fits the smallest receive ring", () => {
  const repl = new FakeRepl();
  play(new ReplUpload([{ name: "n".repeat(28), content: Buffer.alloc(9_999, 1) }]), repl);
  const writes = repl.lines.filter((line) => line.includes("moteUpload("));
  assert.ok(writes.length > 100);
  for (const line of writes) assert.ok(line.length < 255, String(line.length));
});

test("a file that was there is replaced, and may become shorter", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl();
  repl.files.set("m", Buffer.alloc(5_000));
  play(upload, repl);
  assert.equal(upload.status, "done");
  assert.deepEqual(repl.files.get("m"), content);
});

test("pieces that come damaged are sent again, and nothing of them is stored", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl((line, count) =>
    count % 3 === 0
      ? line.replace(/"(\w)(?=[^"]{9})/, (_, letter) => `"${letter === "b" ? "c" : "b"}`)
      : line,
  );
  play(upload, repl);
  assert.equal(upload.status, "done");
  assert.deepEqual(repl.files.get("m"), content);
});

test("a line that loses its end is broken off and sent again", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl((line, count) => (count === 4 ? null : line));
  play(upload, repl);
  assert.equal(upload.status, "done");
  const again = repl.lines[4];
  assert.equal(again, "\x03");
  assert.equal(repl.lines[5], repl.lines[3]);
});

test("an answer that comes late is not taken for that of the next statement", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl();
  const first = repl.type(upload.pollTransmit(0));
  upload.handleText(first);
  upload.pollTransmit(0);
  upload.handleText(first);
  assert.equal(upload.pollTransmit(0), "");
});

test("the echo of a statement is not taken for its answer", () => {
  const upload = new ReplUpload(FILES);
  const line = upload.pollTransmit(0);
  upload.handleText(line.replaceAll("\n", "\r\n"));
  assert.equal(upload.pollTransmit(0), "");
});

test("a board that says nothing ends the upload as silent", () => {
  const upload = new ReplUpload(FILES);
  play(upload, new FakeRepl(() => null));
  assert.equal(upload.status, "silent");
});

test("a board that throws ends the upload as refused, with what it said", () => {
  const upload = new ReplUpload(FILES);
  play(upload, new FakeRepl((line) => line.replace("E.CRC32", "E.CRC33")));
  assert.equal(upload.status, "refused");
  assert.match(upload.complaint, /Uncaught/);
});

test("a Storage that is full ends the upload as refused", () => {
  const upload = new ReplUpload(FILES);
  const repl = new FakeRepl();
  repl.capacity = 100;
  play(upload, repl);
  assert.equal(upload.status, "refused");
});

test("a file that reads back otherwise ends the upload as damaged", () => {
  const upload = new ReplUpload(FILES);
  play(upload, new FakeRepl((line) => line.replace("E.CRC32(require", "1+E.CRC32(require")));
  assert.equal(upload.status, "damaged");
});

test("a name that Storage does not take, and an empty file, are refused at once", () => {
  const isUsage = (error: unknown) => error instanceof HostError && error.code === "usage";
  assert.throws(() => new ReplUpload([{ name: "n".repeat(29), content }]), isUsage);
  assert.throws(() => new ReplUpload([{ name: "é", content }]), isUsage);
  assert.throws(() => new ReplUpload([{ name: "m", content: Buffer.alloc(0) }]), isUsage);
});
