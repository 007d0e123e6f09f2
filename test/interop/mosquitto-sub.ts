import { spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { findProgram } from "./mosquitto.js";

export interface SubscriberLine {
  /** Topic, a space, payload. */
  readonly text: string;
  /** Milliseconds, never going back. */
  readonly atMs: number;
}

/** `mosquitto_sub -v`, as the README tells a user to run it; returns its lines, which grow. */
export function startMosquittoSub(context: TestContext, port: number): readonly SubscriberLine[] {
  const program = findProgram("mosquitto_sub", "mosquitto-clients");
  const args = ["-h", "127.0.0.1", "-p", String(port), "-t", "mote/#", "-v"];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] });
  context.after(() => child.kill());
  const lines: SubscriberLine[] = [];
  let rest = "";
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (rest + chunk.toString()).split("\n");
    rest = parts.pop() ?? "";
    for (const text of parts) lines.push({ text, atMs: performance.now() });
  });
  return lines;
}
