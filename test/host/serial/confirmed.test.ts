import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { Log } from "../../../host/log.js";
import { ConfirmedPorts, stateFolder } from "../../../host/serial/confirmed.js";

const PORT = { path: "/dev/ttyUSB0", board: "espressif-esp32-devkitc" };
let folder = "";
let lines: string[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "mote-"));
  lines = [];
});
afterEach(() => rm(folder, { recursive: true }));

function store(at = folder): ConfirmedPorts {
  const log = new Log({ sink: (line) => lines.push(line), now: () => 0, debug: false });
  return new ConfirmedPorts(at, log);
}

test("without a file no port is confirmed", async () => {
  assert.deepEqual(await store().load(), []);
});

test("a confirmed port is remembered in a file of the user's own", async () => {
  const inside = join(folder, "new", "folder");
  await store(inside).add(PORT);
  assert.deepEqual(await store(inside).load(), [PORT]);
  const file = join(inside, "ports.json");
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(inside), ["ports.json"]);
});

test("a port that is confirmed again stands there once", async () => {
  await store().add(PORT);
  await store().add({ ...PORT, board: "raspberry-pi-pico" });
  assert.deepEqual(await store().load(), [{ ...PORT, board: "raspberry-pi-pico" }]);
});

const DAMAGED = ["", "{", "[]", "null", '{"version":1}', '{"version":2,"ports":[]}'];
for (const text of [...DAMAGED, '{"version":1,"ports":[{"path":1,"board":"x"}]}']) {
  test(`a damaged file (${JSON.stringify(text)}) is kept aside with a message`, async () => {
    await writeFile(join(folder, "ports.json"), text);
    assert.deepEqual(await store().load(), []);
    assert.equal(await readFile(join(folder, "ports.json.damaged"), "utf8"), text);
    assert.match(lines[0] ?? "", /ports\.json is damaged/);
    await store().add(PORT);
    assert.deepEqual(await store().load(), [PORT]);
  });
}

test("a damaged file that cannot be kept aside is an error of the store", async () => {
  await writeFile(join(folder, "ports.json"), "{");
  await mkdir(join(folder, "ports.json.damaged"));
  await assert.rejects(store().load(), { code: "store", message: /is damaged/ });
});

test("a folder that cannot be written is an error of the store", async () => {
  await writeFile(join(folder, "file"), "");
  await chmod(folder, 0o700);
  await assert.rejects(store(join(folder, "file", "inside")).add(PORT), { code: "store" });
});

test("the state folder is the chosen one, or XDG's, and never a relative one", () => {
  assert.equal(stateFolder({ MOTE_STATE: "/a", XDG_STATE_HOME: "/b" }), "/a");
  assert.equal(stateFolder({ XDG_STATE_HOME: "/b" }), "/b/mote");
  assert.match(stateFolder({ XDG_STATE_HOME: "b" }), /^\/.*\.local\/state\/mote$/);
});
