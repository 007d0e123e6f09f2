import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openPty } from "../../host/sim/pty.js";
import { freePort } from "../interop/free-port.js";
import { findProgram, Mosquitto } from "../interop/mosquitto.js";
import { Observer } from "../interop/observer.js";
import { MOTE, MoteProcess, temporaryFolder, within } from "./process.js";

const PATIENCE_MS = 10_000;
const STACK_TRACE = /\n\s+at /;
const NOBODY = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
/** Root without its privileges: may enter a folder of root's, may not open what the mode forbids. */
const BARE_ROOT = ["--bounding-set=-all", "--inh-caps=-all"];

test("no permission on the only port ends with 77 and names the port and the remedy", async (context) => {
  const path = await forbiddenPort(context);
  const args = ["bridge", "--port", path, "--listen", String(await freePort())];
  const mote = new MoteProcess(context, args, asOrdinaryUser());
  assert.equal(await mote.exit(), 77, mote.text);
  assert.match(mote.text, new RegExp(`${path}: cannot open: permission denied; .+`));
  assert.doesNotMatch(mote.text, STACK_TRACE);
});

test("one port of two without permission: a message, and the other board is relayed", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const forbidden = await forbiddenPort(context);
  const link = join(temporaryFolder(context), "board");
  const board = new MoteProcess(context, ["sim", "--link", link, "--every", "100"]);
  await board.waitFor(/connect with/, PATIENCE_MS);
  openToAll(link);
  const args = ["bridge", "-p", forbidden, link, "-b", broker.url];
  const mote = new MoteProcess(context, args, asOrdinaryUser());
  await mote.waitFor(new RegExp(`${forbidden}: cannot open: permission denied`), PATIENCE_MS);
  await within(
    PATIENCE_MS,
    () => mote.text,
    () => observer.payloads("mote/sim-1/counter").length > 5,
  );
  mote.signal("SIGINT");
  assert.equal(await mote.exit(), 0);
  assert.doesNotMatch(mote.text, STACK_TRACE);
});

test("an absent port: a message, and the board that comes there later is relayed", async (context) => {
  const broker = await Mosquitto.start(context);
  const observer = await Observer.start(context, broker.port);
  const path = join(temporaryFolder(context), "board");
  const mote = new MoteProcess(context, ["bridge", "-p", path, "-b", broker.url]);
  await mote.waitFor(
    new RegExp(`info  ${path}: does not exist yet; plug the board in`),
    PATIENCE_MS,
  );
  new MoteProcess(context, ["sim", "--link", path, "--every", "100"]);
  await within(
    PATIENCE_MS,
    () => mote.text,
    () => observer.payloads("mote/sim-1/counter").length > 5,
  );
  assert.doesNotMatch(mote.text, STACK_TRACE);
});

test("port 1883 taken: mote start ends with 1 and says what to do", async (context) => {
  await take(context, 1883);
  const mote = new MoteProcess(context, ["start"]);
  assert.equal(await mote.exit(), 1, mote.text);
  assert.match(mote.text, /1883.*--broker.*--listen/);
  assert.doesNotMatch(mote.text, STACK_TRACE);
});

/** Listens there, unless another program already does: either way it is taken. */
function take(context: TestContext, port: number): Promise<void> {
  const server = createServer();
  context.after(() => server.close());
  return new Promise((resolve) => {
    server.on("error", () => resolve());
    server.listen(port, "127.0.0.1", () => resolve());
  });
}

/** A real port that an ordinary user, even its owner, may not open. */
async function forbiddenPort(context: TestContext): Promise<string> {
  const pty = await openPty(join(temporaryFolder(context), "forbidden"));
  context.after(() => pty.close());
  chmodSync(pty.path, 0o000);
  return pty.path;
}

function openToAll(path: string): void {
  if (process.getuid?.() === 0) chmodSync(path, 0o666);
}

/** What starts a program without root's privileges; nothing when there are none. */
function asOrdinaryUser(): string[] {
  if (process.getuid?.() !== 0) return [];
  const setpriv = findProgram("setpriv", "util-linux");
  // A checkout below /root can be entered by root only.
  const canEnter = spawnSync(setpriv, [...NOBODY, "test", "-r", MOTE]).status === 0;
  return [setpriv, ...(canEnter ? NOBODY : BARE_ROOT)];
}
