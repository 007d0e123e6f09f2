import type { Command } from "commander";
import { portOptionsOf } from "../serial/port-options.js";
import type { CommandContext } from "./context.js";
import {
  type BrokerOptions,
  brokerOption,
  listenOption,
  openBrokerSide,
  portOption,
  requirePorts,
  runGateway,
  splitPorts,
} from "./gateway.js";

interface BridgeCommandOptions extends BrokerOptions {
  readonly port?: readonly string[];
}

/** `mote bridge`: the named ports, nothing else. */
export function addBridge(program: Command, context: CommandContext): void {
  program
    .command("bridge")
    .description("relay the boards on the named serial ports to a broker")
    .addOption(portOption())
    .addOption(brokerOption())
    .addOption(listenOption())
    .addHelpText(
      "after",
      "\nWaits for a missing port or broker. Without --broker it runs one itself.\n" +
        "Example: mote bridge --port /dev/ttyUSB0 /dev/ttyUSB1 --broker mqtts://broker.example",
    )
    .action((options: BridgeCommandOptions) => bridge(options, context));
}

async function bridge(options: BridgeCommandOptions, context: CommandContext): Promise<void> {
  const paths = splitPorts(options.port);
  requirePorts(paths);
  const side = await openBrokerSide(options, context);
  await runGateway(await portOptionsOf(paths), side, context, async () => undefined);
}
