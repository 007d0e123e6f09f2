import { Option } from "commander";
import { Bridge } from "../bridge/bridge.js";
import { brokerConnector, formatBroker, parseBrokerUrl } from "../broker/connection.js";
import { startEmbeddedBroker } from "../broker/embedded.js";
import { parseListen } from "../broker/listen.js";
import { HostError } from "../error.js";
import { type PortOptions, systemDriver } from "../serial/driver.js";
import { distinctPorts } from "../serial/port-options.js";
import { GatewayView } from "../table/view.js";
import type { CommandContext } from "./context.js";

/** The options that `start` and `bridge` share. */
export interface BrokerOptions {
  readonly broker?: string;
  readonly listen?: string;
}

/** Where the boards' streams go, and how that ends. */
export interface BrokerSide {
  readonly url: string;
  /** A command that shows the messages. */
  readonly subscribe: string;
  /** It runs in this process, so it is there. */
  readonly isEmbedded: boolean;
  close(deadlineMs: number): Promise<void>;
}

const BROKER_CLOSE_MS = 500;

/** `--port`: which serial ports. */
export function portOption(): Option {
  const flags = "-p, --port <path...>";
  return new Option(flags, "serial port of a board; several by space, comma or repetition");
}

/** `--broker`: a broker that runs elsewhere. */
export function brokerOption(): Option {
  return new Option("-b, --broker <url>", "mqtt://HOST[:PORT] or mqtts://HOST[:PORT]");
}

/** `--listen`: where the embedded broker listens. */
export function listenOption(): Option {
  const text = "where the embedded broker listens, without --broker (default: 127.0.0.1:1883)";
  return new Option("-l, --listen <[host:]port>", text).conflicts("broker");
}

/** Ports as typed: `A B`, `A,B` and repetitions. */
export function splitPorts(typed: readonly string[] | undefined): string[] {
  const all = (typed ?? []).flatMap((text) => text.split(","));
  return all.map((path) => path.trim()).filter((path) => path !== "");
}

/** Uses the broker of the URL, or starts the embedded one. */
export async function openBrokerSide(
  options: BrokerOptions,
  context: CommandContext,
): Promise<BrokerSide> {
  if (options.broker !== undefined) {
    const address = parseBrokerUrl(options.broker);
    const tls = address.tls ? " --capath /etc/ssl/certs" : "";
    const subscribe = `mosquitto_sub -h ${address.host} -p ${address.port}${tls} -t 'mote/#' -v`;
    return {
      url: formatBroker(address),
      subscribe,
      isEmbedded: false,
      close: async () => undefined,
    };
  }
  const where = parseListen(options.listen);
  const broker = await startEmbeddedBroker({ ...where, log: context.log });
  if (!where.isLoopback) {
    context.log.warn("broker", `${where.host} is open to the network, and no password is asked`);
  }
  const port = broker.port === 1883 ? "" : ` -p ${broker.port}`;
  return {
    url: formatBroker({ tls: false, host: broker.host, port: broker.port }),
    subscribe: `mosquitto_sub -h ${broker.host}${port} -t 'mote/#' -v`,
    isEmbedded: true,
    close: (deadlineMs) => broker.close(deadlineMs),
  };
}

/** Runs the gateway until the signal, then ends it from the boards to the broker. */
export async function runGateway(
  ports: readonly PortOptions[],
  side: BrokerSide,
  context: CommandContext,
  beforeClose: () => Promise<void>,
): Promise<void> {
  const { log, output, nowMs, signal } = context;
  const connect = brokerConnector(parseBrokerUrl(side.url));
  const distinct = await distinctPorts(ports, (path, kept) =>
    log.warn(
      path,
      path === kept ? "named twice; used once" : `the same port as ${kept}; used once`,
    ),
  );
  const bridge = new Bridge({ ports: distinct, connect, driver: systemDriver, log, nowMs });
  await bridge.start();
  const view = new GatewayView({
    output,
    log,
    snapshot: () => bridge.snapshot(),
    broker: side.url,
    subscribe: side.subscribe,
    isBrokerReached: side.isEmbedded,
    nowMs,
  });
  await aborted(signal);
  log.info("gateway", "stopping");
  bridge.expectEnd();
  await beforeClose();
  await bridge.close();
  await side.close(BROKER_CLOSE_MS);
  view.close();
}

/** Resolves once the program is to end. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

/** @throws HostError `usage`: nothing to do */
export function requirePorts(ports: readonly string[]): void {
  if (ports.length > 0) return;
  const advice = "`mote ports` lists them, `mote sim --link PATH` makes one";
  throw new HostError("usage", `no port named: say --port PATH; ${advice}`);
}
