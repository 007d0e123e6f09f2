import { isIP } from "node:net";
import { HostError } from "../error.js";

/** Where the embedded broker listens. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  readonly isLoopback: boolean;
}

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 1883;
const SHAPE = /^(?:(\[[0-9a-fA-F:.]+\]|[^:[\]\s]+):)?(\d{1,5})$/;

/**
 * Reads `PORT` or `HOST:PORT`; nothing means 127.0.0.1:1883.
 *
 * @throws HostError `usage`: it is neither
 */
export function parseListen(text: string | undefined): ListenAddress {
  const match = SHAPE.exec(text ?? String(DEFAULT_PORT));
  const port = Number(match?.[2] ?? Number.NaN);
  if (match === null || port > 65_535) {
    throw new HostError("usage", `cannot listen on "${text}": write PORT or HOST:PORT`);
  }
  const host = match[1]?.replace(/^\[|\]$/g, "") ?? DEFAULT_HOST;
  return { host, port, isLoopback: isLoopback(host) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
