import assert from "node:assert/strict";
import { test } from "node:test";
import { type ErrorCode, exitCodeOf, HostError, messageOf } from "../../host/error.js";

const EXPECTED: Readonly<Record<ErrorCode, number>> = {
  usage: 2,
  runtime: 1,
  "address-in-use": 1,
  store: 74,
  permission: 77,
  configuration: 78,
};

for (const [code, exitCode] of Object.entries(EXPECTED) as [ErrorCode, number][]) {
  test(`an error with code ${code} ends the program with ${exitCode}`, () => {
    assert.equal(exitCodeOf(new HostError(code, "")), exitCode);
  });
}

test("what nobody expected ends the program with 1", () => {
  assert.equal(exitCodeOf(new TypeError("x")), 1);
  assert.equal(exitCodeOf("x"), 1);
});

test("a failure of both address families has the message of the first", () => {
  assert.equal(
    messageOf(new AggregateError([new Error("refused"), new Error("no route")])),
    "refused",
  );
});
