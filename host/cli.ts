import { readFile } from "node:fs/promises";
import { Command, CommanderError } from "commander";
import { addBridge } from "./commands/bridge.js";
import type { CommandContext } from "./commands/context.js";
import { addPorts } from "./commands/ports.js";
import { addSim } from "./commands/sim.js";
import { addSniff } from "./commands/sniff.js";
import { addStart } from "./commands/start.js";
import { exitCodeOf, HostError, messageOf } from "./error.js";
import { Log } from "./log.js";
import { Output } from "./output.js";

const USAGE_EXIT_CODE = 2;
/** Nothing may hold the program longer once it was asked to end. */
const END_MS = 1_900;

/** Runs the command line and returns the exit code. */
async function main(argv: readonly string[], context: CommandContext): Promise<number> {
  const program = new Command("mote")
    .description("MQTT for microcontrollers that run JavaScript, and the gateway for serial boards")
    .version(await packageVersion())
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text.replace(/^error: /, "mote: ")),
    })
    .showHelpAfterError("Try: mote --help");
  addStart(program, context);
  addBridge(program, context);
  addSim(program, context);
  addPorts(program, context);
  addSniff(program, context);
  for (const command of program.commands) {
    command
      .exitOverride()
      .copyInheritedSettings(program)
      .showHelpAfterError(`Try: mote ${command.name()} --help`);
  }
  try {
    await program.parseAsync([...argv]);
    return 0;
  } catch (error) {
    context.output.close();
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    reportFailure(error, context.environment["MOTE_DEBUG"] === "1");
    return exitCodeOf(error);
  }
}

function reportFailure(error: unknown, isDebug: boolean): void {
  const isExpected = error instanceof HostError;
  const hint = isExpected || isDebug ? "" : " (unexpected; MOTE_DEBUG=1 shows where)";
  process.stderr.write(`mote: ${messageOf(error)}${hint}\n`);
  if (isDebug && error instanceof Error) process.stderr.write(`${error.stack}\n`);
}

function createContext(signal: AbortSignal, interrupt: () => void): CommandContext {
  const { stdout, stdin, env } = process;
  const isTerminal = stdout.isTTY === true && env["TERM"] !== "dumb";
  const output = new Output(stdout, isTerminal, isTerminal && env["NO_COLOR"] === undefined);
  const isDebug = env["MOTE_DEBUG"] === "1";
  return {
    signal,
    interrupt,
    output,
    log: new Log({ sink: output.print, now: Date.now, debug: isDebug }),
    keys: isTerminal && stdin.isTTY === true ? stdin : null,
    environment: env,
    nowMs: () => performance.now(),
  };
}

async function packageVersion(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const content: unknown = JSON.parse(text);
  const version = typeof content === "object" && content !== null && "version" in content;
  return version ? String(content.version) : "unknown";
}

const ending = new AbortController();
const context = createContext(ending.signal, endSoon);

function endSoon(): void {
  // Signals repeat: npm passes on the one that the terminal already sent to everybody.
  if (ending.signal.aborted) return;
  ending.abort();
  const timer = setTimeout(() => {
    context.output.close();
    process.exit(1);
  }, END_MS);
  timer.unref();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, endSoon);
// A reader that went away (`mote bridge | head`) ends the program as Ctrl-C does.
process.stdout.on("error", endSoon);

const exitCode = await main(process.argv, context);
process.exit(exitCode);
