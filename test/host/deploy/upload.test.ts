import assert from "node:assert/strict";
import { test } from "node:test";
import { upload } from "../../../host/deploy/upload.js";
import { HostError } from "../../../host/error.js";
import { consoleOf, FakeRepl } from "./fake-repl.js";

const FILES = [{ name: "m", content: Buffer.from("module.exports={answer:42};".repeat(9)) }];

test("a file is written through the console of a board", async () => {
  const repl = new FakeRepl();
  await upload(consoleOf(repl), FILES, { chunkBytes: 48 });
  assert.deepEqual(repl.files.get("m"), FILES[0]?.content);
});

test("a console that closes ends the upload with a fault of the host", async () => {
  const repl = new FakeRepl((line) => (line.includes("m") ? null : line));
  const console = consoleOf(repl);
  const done = upload(console, FILES);
  console.destroy();
  await assert.rejects(done, (error) => error instanceof HostError && error.code === "runtime");
});

test("a board that refuses is named with what it said", async () => {
  const repl = new FakeRepl();
  repl.capacity = 10;
  await assert.rejects(upload(consoleOf(repl), FILES), /cannot upload m: .*full/);
});

test("an upload that is given up leaves the console to others", async () => {
  const repl = new FakeRepl(() => null);
  const console = consoleOf(repl);
  const control = new AbortController();
  const done = upload(console, FILES, { signal: control.signal });
  control.abort(new Error("given up"));
  await assert.rejects(done, /given up/);
  assert.equal(console.listenerCount("data"), 0);
  assert.equal(console.listenerCount("close"), 0);
});
