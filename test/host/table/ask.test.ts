import assert from "node:assert/strict";
import { test } from "node:test";
import { askKey } from "../../../host/table/ask.js";

class ScriptedKeys {
  isRaw = false;
  private handler: ((bytes: Buffer) => void) | null = null;

  setRawMode(isRaw: boolean): void {
    this.isRaw = isRaw;
  }

  resume(): void {
    assert.ok(this.isRaw);
  }

  pause(): void {
    assert.equal(this.isRaw, false);
  }

  once(_event: "data", handler: (bytes: Buffer) => void): void {
    this.handler = handler;
  }

  off(): void {
    this.handler = null;
  }

  press(key: string): void {
    this.handler?.(Buffer.from(key));
  }
}

const ANSWERS = [
  ["y", "yes"],
  ["Y", "yes"],
  ["n", "no"],
  ["\r", "no"],
  ["\u0003", "interrupt"],
] as const;
for (const [key, expected] of ANSWERS) {
  test(`the key ${JSON.stringify(key)} means ${expected}, and the terminal is given back`, async () => {
    const keys = new ScriptedKeys();
    const answer = askKey(keys, new AbortController().signal);
    keys.press(key);
    assert.equal(await answer, expected);
    assert.equal(keys.isRaw, false);
  });
}

test("a program that is to end asks no further", async () => {
  const ending = new AbortController();
  const keys = new ScriptedKeys();
  const answer = askKey(keys, ending.signal);
  ending.abort();
  assert.equal(await answer, "interrupt");
  assert.equal(keys.isRaw, false);
});
