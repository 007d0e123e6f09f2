import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { BoardPort, type PortHandler } from "../../../host/serial/port.js";
import { until } from "../until.js";
import { ScriptedDriver } from "./scripted-driver.js";

let driver = new ScriptedDriver();
let port = startable();
let told: string[] = [];

function startable(): BoardPort {
  const settings = { baudRate: 115_200, dtr: true, rts: true, pollMs: 2 };
  return new BoardPort({ path: "/dev/x", driver, nowMs: () => performance.now(), ...settings });
}

const handler: PortHandler = {
  handleOpen: () => told.push("open"),
  handleBytes: (bytes, offset, length) =>
    told.push(Buffer.from(bytes.subarray(offset, offset + length)).toString()),
  handleWritable: () => told.push("writable"),
  handleClose: () => told.push("close"),
  handleProblem: (problem) => {
    if (told[told.length - 1] !== problem.kind) told.push(problem.kind);
  },
};

beforeEach(() => {
  driver = new ScriptedDriver();
  port = startable();
  told = [];
});
afterEach(() => port.close());

test("a missing port is waited for and opened when it comes", async () => {
  driver.presence = { kind: "absent" };
  port.start(handler);
  await until(() => told.length === 1);
  driver.presence = { kind: "present", stamp: "1" };
  await until(() => told.includes("open"));
  assert.deepEqual(told, ["absent", "open"]);
});

test("a port that may not be opened is tried again", async () => {
  driver.openProblem = { kind: "busy" };
  port.start(handler);
  await until(() => driver.opens > 2);
  driver.openProblem = null;
  await until(() => told.includes("open"));
  assert.deepEqual(told, ["busy", "open"]);
});

test("bytes come as they were read", async () => {
  port.start(handler);
  await until(() => told.length === 1);
  driver.speak(Buffer.from("hello"));
  await until(() => told.length === 2);
  assert.deepEqual(told, ["open", "hello"]);
});

test("a read that fails closes the descriptor at once, and the port is opened again", async () => {
  port.start(handler);
  await until(() => told.length === 1);
  driver.breakRead();
  await until(() => told.length === 3);
  assert.deepEqual(told, ["open", "close", "open"]);
  assert.equal(driver.closes, 1);
});

test("another device behind the same path is opened in place of the first", async () => {
  port.start(handler);
  await until(() => told.length === 1);
  driver.presence = { kind: "present", stamp: "2" };
  await until(() => told.length === 3);
  assert.deepEqual(told, ["open", "close", "open"]);
});

test("a path that vanished closes a port whose reads say nothing", async () => {
  port.start(handler);
  await until(() => told.length === 1);
  driver.presence = { kind: "absent" };
  await until(() => told.length === 3);
  assert.deepEqual(told, ["open", "close", "absent"]);
});

test("writes are taken one at a time, and the end of each is told where more was offered", async () => {
  port.start(handler);
  await until(() => told.length === 1);
  const bytes = Buffer.alloc(2000, 1);
  const taken = port.write(bytes, 0, bytes.length);
  assert.ok(taken > 0 && taken <= 1024);
  assert.equal(port.write(bytes, taken, bytes.length - taken), 0);
  await until(() => told.includes("writable"));
  assert.equal(Buffer.concat(driver.written).length, taken);
});

test("a closed port takes nothing", () => {
  assert.equal(port.write(Buffer.from("x"), 0, 1), 0);
});
