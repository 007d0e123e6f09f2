import { access } from "node:fs/promises";
import type { Command } from "commander";
import { messageOf } from "../error.js";
import { ConfirmedPorts, stateFolder } from "../serial/confirmed.js";
import { type DiscoveredPort, discoverPorts } from "../serial/discovery.js";
import type { PortOptions } from "../serial/driver.js";
import { confirmedPortOptions, portOptionsOf } from "../serial/port-options.js";
import type { SimulatedBoard } from "../sim/simulated-board.js";
import { askKey } from "../table/ask.js";
import type { CommandContext } from "./context.js";
import {
  type BrokerOptions,
  brokerOption,
  listenOption,
  openBrokerSide,
  portOption,
  runGateway,
  splitPorts,
} from "./gateway.js";
import { startBoards, stopBoards } from "./sim.js";

interface StartOptions extends BrokerOptions {
  readonly port?: readonly string[];
}

/** `mote start`: everything at once, and something to see in any case. */
export function addStart(program: Command, context: CommandContext): void {
  program
    .command("start")
    .description("run a broker and the gateway; with no board attached, also a simulated board")
    .addOption(portOption())
    .addOption(brokerOption())
    .addOption(listenOption())
    .addHelpText(
      "after",
      "\nOpens ports that are named here or were confirmed before, and no others: to open a port may\n" +
        "reset what is attached to it.",
    )
    .action((options: StartOptions) => start(options, context));
}

async function start(options: StartOptions, context: CommandContext): Promise<void> {
  const side = await openBrokerSide(options, context);
  const ports = await choosePorts(splitPorts(options.port), context);
  if (context.signal.aborted) return side.close(0);
  const isSimulated = options.port === undefined && !(await isAnyPresent(ports));
  const simulated = isSimulated ? await startBoards({ boards: 1 }) : [];
  for (const board of simulated) {
    context.log.info("start", `no board is in use: simulating "${board.name}" on ${board.path}`);
  }
  const all = [...ports, ...(await portOptionsOf(simulated.map((board) => board.path)))];
  await runGateway(all, side, context, () => stopAll(simulated, context));
}

/** Simulated boards say goodbye while the gateway still carries it. */
async function stopAll(boards: readonly SimulatedBoard[], context: CommandContext): Promise<void> {
  await stopBoards(boards).catch((error: unknown) => context.log.warn("sim", messageOf(error)));
}

async function choosePorts(
  named: readonly string[],
  context: CommandContext,
): Promise<PortOptions[]> {
  if (named.length > 0) return portOptionsOf(named);
  const store = new ConfirmedPorts(stateFolder(context.environment), context.log);
  const confirmed = await store.load();
  const discovered = await discoverPorts().catch((error: unknown) => {
    context.log.warn("ports", `cannot list the serial ports: ${messageOf(error)}`);
    return [];
  });
  const isConfirmed = (port: DiscoveredPort) => confirmed.some(({ path }) => path === port.path);
  for (const port of discovered) {
    if (port.board === null || isConfirmed(port) || context.signal.aborted) continue;
    if (!(await isConfirmedNow(port, context))) continue;
    const added = { path: port.path, board: port.board.id };
    confirmed.push(added);
    await store.add(added);
  }
  return confirmed.map(({ path, board }) => confirmedPortOptions(path, board));
}

/** Names the board; asks where someone can answer. */
async function isConfirmedNow(port: DiscoveredPort, context: CommandContext): Promise<boolean> {
  const { log, output, keys, signal } = context;
  const guess = port.board?.usbIdentity === "adapter" ? "looks like" : "is";
  const what = `${port.path} (USB ${port.usbId}) ${guess} ${port.board?.name}`;
  if (keys === null) {
    log.info("ports", `${what}; not opened; to use it: mote start --port ${port.path}`);
    return false;
  }
  output.print(`${what}. Open it now and from now on? It may reset the board. [y/N]`);
  const answer = await askKey(keys, signal);
  if (answer === "interrupt") context.interrupt();
  return answer === "yes";
}

async function isAnyPresent(ports: readonly PortOptions[]): Promise<boolean> {
  const found = await Promise.all(
    ports.map(({ path }) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
