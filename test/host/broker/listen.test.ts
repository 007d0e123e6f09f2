import assert from "node:assert/strict";
import { test } from "node:test";
import { parseListen } from "../../../host/broker/listen.js";

test("without an address the broker listens on the loopback address only", () => {
  assert.deepEqual(parseListen(undefined), { host: "127.0.0.1", port: 1883, isLoopback: true });
});

test("a port alone stays on the loopback address", () => {
  assert.deepEqual(parseListen("1884"), { host: "127.0.0.1", port: 1884, isLoopback: true });
});

test("an address that others can reach is told apart", () => {
  assert.deepEqual(parseListen("0.0.0.0:1883"), { host: "0.0.0.0", port: 1883, isLoopback: false });
  assert.deepEqual(parseListen("[::1]:1"), { host: "::1", port: 1, isLoopback: true });
});

for (const text of ["", "x", "a:b", "1:2:3", "70000", "host:"]) {
  test(`"${text}" is refused`, () => {
    assert.throws(() => parseListen(text), { code: "usage" });
  });
}
