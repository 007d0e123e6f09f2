import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { HostError, messageOf } from "../error.js";

/** Where a broker listens. */
export interface BrokerAddress {
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
}

/** Opens one connection to the broker; rejects when it cannot be reached or `signal` aborts. */
export type ConnectBroker = (signal: AbortSignal) => Promise<Socket>;

const CONNECT_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 30_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "mqtt:": 1883, "mqtts:": 8883 };

/**
 * Reads a broker URL.
 *
 * @throws HostError `usage`: it is malformed, or carries what a transparent tunnel cannot use
 */
export function parseBrokerUrl(text: string): BrokerAddress {
  const shown = withoutCredentials(text);
  const url = readUrl(text);
  const defaultPort = url === undefined ? undefined : DEFAULT_PORTS[url.protocol];
  if (url === undefined || defaultPort === undefined || url.hostname === "") {
    throw usage(shown, "write mqtt://HOST[:PORT] or mqtts://HOST[:PORT]");
  }
  if (url.username !== "" || url.password !== "") {
    throw usage(
      shown,
      "leave out user name and password: each board's own CONNECT passes unchanged, with the credentials the board was given",
    );
  }
  if ((url.pathname !== "" && url.pathname !== "/") || url.search !== "" || url.hash !== "") {
    throw usage(shown, "nothing may follow HOST[:PORT]");
  }
  if (url.port === "0") throw usage(shown, "the port must be 1 to 65535");
  const port = url.port === "" ? defaultPort : Number(url.port);
  return { tls: url.protocol === "mqtts:", host: url.hostname.replace(/^\[|\]$/g, ""), port };
}

/** The URL of a broker, for people. */
export function formatBroker(address: BrokerAddress): string {
  const host = isIP(address.host) === 6 ? `[${address.host}]` : address.host;
  return `${address.tls ? "mqtts" : "mqtt"}://${host}:${address.port}`;
}

/** Returns a function that opens connections to one broker, one for each board's stream. */
export function brokerConnector(address: BrokerAddress): ConnectBroker {
  return (signal) => openSocket(address, signal);
}

function readUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** A password typed by mistake must not end up in a log. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/.*@/, "//…@");
}

function usage(shown: string, advice: string): HostError {
  return new HostError("usage", `cannot use broker URL "${shown}": ${advice}`);
}

function openSocket(address: BrokerAddress, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = address.tls ? startTls(address) : connectTcp(address.port, address.host);
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", handleAbort);
      socket.off("error", fail);
    };
    const fail = (error: unknown) => {
      settle();
      socket.on("error", () => undefined);
      socket.destroy();
      const what = `cannot reach broker ${formatBroker(address)}: ${messageOf(error)}`;
      reject(new HostError("runtime", what, { cause: error }));
    };
    const handleAbort = () => fail(signal.reason);
    const timer = setTimeout(() => fail(new Error("no answer in 10 s")), CONNECT_TIMEOUT_MS);
    signal.addEventListener("abort", handleAbort, { once: true });
    socket.once("error", fail);
    socket.once(address.tls ? "secureConnect" : "connect", () => {
      settle();
      socket.setNoDelay(true);
      socket.setKeepAlive(true, KEEP_ALIVE_MS);
      resolve(socket);
    });
  });
}

function startTls(address: BrokerAddress): Socket {
  const options = { host: address.host, port: address.port };
  // RFC 6066 §3 allows no IP address as server name.
  return isIP(address.host) === 0
    ? connectTls({ ...options, servername: address.host })
    : connectTls(options);
}
