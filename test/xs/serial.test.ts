import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openPty, type PtyPair } from "../../host/sim/pty.js";
import { builtWidths, XsScript } from "./xs-host.js";

const [bits] = builtWidths();
/** Slow enough for a busy machine: a FIFO of 128 bytes lasts 133 ms. */
const SLOW_BAUD = 9_600;
const BAUD = 115_200;

interface Report {
  readonly echoed: number;
  readonly slots: number;
  readonly chunks: number;
  readonly overruns: number;
}

/** Writes to a script that echoes. @returns what it reports and all that came back */
async function echo(
  context: TestContext,
  sent: Uint8Array,
  baud: number,
  lateMs: number,
): Promise<{ readonly report: Report; readonly heard: Buffer }> {
  const pty: PtyPair = await openPty();
  context.after(() => pty.close());
  const heard: Uint8Array[] = [];
  pty.onData((bytes) => heard.push(bytes.slice()));
  const args = [pty.path, String(baud), String(lateMs), String(sent.length)];
  const script = new XsScript(bits, "serial-echo", args);
  context.after(() => script.kill());
  let report: Report | undefined;
  for await (const line of script.lines) {
    if (line.includes("ready")) pty.write(sent, 0, sent.length);
    else report = JSON.parse(line) as Report;
  }
  await script.end();
  assert.ok(report);
  return { report, heard: Buffer.concat(heard) };
}

test("a serial port carries bytes both ways and allocates nothing", async (context) => {
  const sent = Uint8Array.from({ length: 400 }, (_, i) => i);
  const { report, heard } = await echo(context, sent, SLOW_BAUD, 0);
  assert.deepEqual(report, { echoed: 400, slots: 0, chunks: 0, overruns: 0 });
  assert.deepEqual(heard, Buffer.from(sent));
});

test("a script that reads late loses what the FIFO of 128 bytes cannot hold", async (context) => {
  const sent = Uint8Array.from({ length: 300 }, (_, i) => i);
  const { report, heard } = await echo(context, sent, BAUD, 150);
  assert.equal(report.overruns, 300 - 128);
  assert.deepEqual(heard, Buffer.from(sent.slice(0, 128)));
});
