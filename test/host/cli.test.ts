import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { until } from "./until.js";

const MOTE = fileURLToPath(new URL("../../host/mote.cjs", import.meta.url));
let state = "";

before(async () => {
  state = await mkdtemp(join(tmpdir(), "mote-"));
});
after(() => rm(state, { recursive: true }));

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

interface Running {
  readonly child: ChildProcess;
  readonly text: () => string;
  readonly exited: Promise<number | null>;
}

function run(...args: string[]): Running {
  const env = { ...process.env, MOTE_STATE: state, MOTE_DEBUG: "" };
  const child = spawn(process.execPath, [MOTE, ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  cleanups.push(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr.on("data", (chunk) => {
    text += chunk;
  });
  const exited = once(child, "close").then(([code]) => code as number | null);
  return { child, text: () => text, exited };
}

const USAGE: readonly (readonly [string, string[], RegExp])[] = [
  ["an unknown command", ["brigde"], /unknown command 'brigde'.*Did you mean bridge/s],
  ["an unknown option", ["start", "--prot", "x"], /unknown option '--prot'.*Did you mean --port/s],
  ["no command", [], /Usage: mote/],
  ["a bridge without ports", ["bridge"], /--port PATH/],
  ["a malformed broker URL", ["bridge", "--port", "/x", "--broker", "nonsense"], /mqtt:\/\/HOST/],
  ["a malformed broker URL for start", ["start", "--broker", "http://x"], /mqtt:\/\/HOST/],
  ["credentials in the URL", ["bridge", "-p", "/x", "-b", "mqtt://u:hidden@h"], /own CONNECT/],
  ["a malformed number", ["sim", "--boards", "0"], /1 to 64/],
  ["a superfluous argument", ["ports", "x"], /too many arguments/],
  ["both brokers", ["start", "--broker", "mqtt://h", "--listen", "1"], /cannot be used with/],
];
for (const [what, args, message] of USAGE) {
  test(`${what} is a usage error`, async () => {
    const { exited, text } = run(...args);
    assert.equal(await exited, 2);
    assert.match(text(), message);
    assert.doesNotMatch(text(), /\n\s+at |hidden/);
  });
}

test("help and version end with 0", async () => {
  const [help, version] = [run("--help"), run("--version")];
  assert.deepEqual([await help.exited, await version.exited], [0, 0]);
  assert.match(help.text(), /start.*bridge.*sim.*ports/s);
  assert.match(version.text(), /^\d+\.\d+\.\d+\n$/);
});

test("ports --json is one JSON array", async () => {
  const { exited, text } = run("ports", "--json");
  assert.equal(await exited, 0);
  assert.ok(Array.isArray(JSON.parse(text())));
});

test("a taken broker port ends with 1 and says what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  cleanups.push(() => other.close());
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const { exited, text } = run("bridge", "--port", "/dev/none", "--listen", String(port));
  assert.equal(await exited, 1);
  assert.match(text(), new RegExp(`${port}.*--broker.*--listen`));
  assert.doesNotMatch(text(), /\n\s+at /);
});

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`an absent port is waited for with one message, until ${signal} ends it with 0`, async () => {
    const { child, exited, text } = run("bridge", "-p", "/dev/mote-none", "--listen", "0");
    await until(() => text().includes("/dev/mote-none: does not exist yet"));
    await new Promise((resolve) => setTimeout(resolve, 700));
    const askedAt = performance.now();
    child.kill(signal);
    assert.equal(await exited, 0);
    assert.ok(performance.now() - askedAt < 2000);
    assert.equal(text().split("does not exist yet").length, 2);
  });
}

test("a file that is no serial port is named, and the others run", async () => {
  const ports = [MOTE, "/dev/mote-none"];
  const { child, exited, text } = run("bridge", "--port", ...ports, "--listen", "0");
  await until(() => text().includes("no serial port") && text().includes("mote-none"));
  child.kill("SIGINT");
  assert.equal(await exited, 0);
});

test("a port named twice is used once, and that is said", async () => {
  const ports = ["/dev/mote-none", "/dev/../dev/mote-none", "/dev/null", "/dev/../dev/null"];
  const { child, exited, text } = run("bridge", "--port", ...ports, "--listen", "0");
  await until(() => text().includes("/dev/../dev/null: the same port as /dev/null; used once"));
  await until(() => text().includes("/dev/null: cannot open"));
  assert.doesNotMatch(text(), /\/dev\/\.\.\/dev\/null: cannot open/);
  child.kill("SIGINT");
  assert.equal(await exited, 0);
});

test("a wrong option points at the help of its own command", async () => {
  const { exited, text } = run("sim", "--boards", "x");
  assert.equal(await exited, 2);
  assert.match(text(), /Try: mote sim --help/);
});

test("how to see the messages of a broker elsewhere is not told before it was reached", async () => {
  const { child, exited, text } = run("bridge", "-p", "/dev/mote-none", "-b", "mqtt://127.0.0.1:1");
  await until(() => text().includes("broker mqtt://127.0.0.1:1"));
  child.kill("SIGINT");
  assert.equal(await exited, 0);
  assert.doesNotMatch(text(), /mosquitto_sub/);
});
