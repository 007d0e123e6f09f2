import type { Socket } from "node:net";
import type { ConnectBroker } from "../broker/connection.js";
import { pause } from "../wait.js";

const RETRY_MS = 1_000;
const RETRY_JITTER_MS = 500;
const END_MS = 500;

/**
 * Connects, however long it takes.
 *
 * @param random 0 up to 1: gateways that lost one broker do not all come back at once
 * @returns null when `signal` aborted
 */
export async function connectPatiently(
  connect: ConnectBroker,
  random: () => number,
  handleFailure: (error: unknown) => void,
  signal: AbortSignal,
): Promise<Socket | null> {
  while (!signal.aborted) {
    try {
      const socket = await connect(signal);
      if (!signal.aborted) return socket;
      socket.destroy();
    } catch (error) {
      if (!signal.aborted) handleFailure(error);
    }
    await pause(RETRY_MS + random() * RETRY_JITTER_MS, signal);
  }
  return null;
}

/** Lets the socket send what it was given, then closes it: soon, whatever the broker does. */
export function endSocket(socket: Socket): Promise<void> {
  socket.removeAllListeners("data");
  socket.resume();
  socket.end();
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), END_MS);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
