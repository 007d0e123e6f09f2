import type { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { Aedes, type Client } from "aedes";
import { HostError, messageOf, systemCode } from "../error.js";
import type { Log } from "../log.js";
import { atMost, pause } from "../wait.js";
import { guardPackets } from "./packet-guard.js";

/** A broker that runs in this process. */
export interface EmbeddedBroker {
  readonly host: string;
  /** The port it listens on, also when 0 was asked for. */
  readonly port: number;
  /** Publishes the wills of those still connected, lets the rest hear them, then ends. */
  close(deadlineMs: number): Promise<void>;
}

/** Where the broker listens, and where it tells its troubles. */
export interface EmbeddedBrokerOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
}

const FLUSH_POLL_MS = 10;
const MAXIMUM_PACKET_LENGTH = 1_048_576;
const RESERVED_TOPICS = "$SYS/";

/**
 * Starts an MQTT 3.1.1 broker inside this process. It keeps sessions in memory and asks nobody for a
 * password, so it belongs on the loopback address.
 *
 * @throws HostError `address-in-use`, `permission` or `runtime`: it cannot listen
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const wills = new WillWatch();
  const aedes = await Aedes.createBroker({
    authorizePublish: (client, packet, done) => {
      if (packet.topic.startsWith(RESERVED_TOPICS)) done(new Error("topic is reserved"));
      else done(wills.handlePublishing(client));
    },
  });
  wills.attach(aedes);
  logErrors(aedes, options.log);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setNoDelay(true);
    guardPackets(socket, MAXIMUM_PACKET_LENGTH, (text) =>
      options.log.warn("broker", `closed a client's connection: ${text}`),
    );
    aedes.handle(socket);
  });
  const port = await listen(server, options).catch((error: unknown) => {
    aedes.close();
    throw listenError(options, error);
  });
  const close = async (deadlineMs: number) => {
    const late = new AbortController();
    server.close();
    await atMost(deadlineMs, wills.publishAll(sockets, late.signal));
    late.abort();
    await atMost(deadlineMs, new Promise<void>((resolve) => aedes.close(() => resolve())));
    for (const socket of sockets) socket.destroy();
  };
  return { host: options.host, port, close };
}

function logErrors(aedes: Aedes, log: Log): void {
  aedes.on("clientError", (client, error) =>
    log.debug("broker", `client ${client.id}: ${messageOf(error)}`),
  );
  aedes.on("connectionError", (_client, error) => log.debug("broker", messageOf(error)));
  const emitter: EventEmitter = aedes;
  emitter.on("error", (error: unknown) => log.error("broker", messageOf(error)));
}

/** Knows who is connected and which wills are on their way to subscribers. */
class WillWatch {
  private readonly clients = new Set<Client>();
  private readonly publishing = new Set<Client>();

  attach(aedes: Aedes): void {
    aedes.on("client", (client) => this.clients.add(client));
    aedes.on("clientDisconnect", (client) => this.clients.delete(client));
    // Told once every subscriber's socket took the message.
    aedes.on("publish", (_packet, client) => {
      if (client !== null) this.publishing.delete(client);
    });
  }

  /** A client that publishes after its end publishes its will. */
  handlePublishing(client: Client | null): null {
    if (client?.closed) this.publishing.add(client);
    return null;
  }

  /** Ends those that have a will, then waits until the others' sockets sent it. */
  async publishAll(sockets: ReadonlySet<Socket>, signal: AbortSignal): Promise<void> {
    // A connection that was just ended by its client needs a turn of the event loop to be seen.
    await pause(FLUSH_POLL_MS, signal);
    const mortal = [...this.clients].filter((client) => "will" in client && client.will);
    for (const client of mortal) client.close();
    const isBusy = () =>
      this.publishing.size > 0 || [...sockets].some((socket) => socket.writableLength > 0);
    do await pause(FLUSH_POLL_MS, signal);
    while (!signal.aborted && isBusy());
  }
}

function listen(server: Server, options: EmbeddedBrokerOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : options.port);
    });
  });
}

function listenError(options: EmbeddedBrokerOptions, error: unknown): HostError {
  const { host, port } = options;
  const what = `cannot listen on ${host}:${port}`;
  if (systemCode(error) === "EADDRINUSE") {
    const advice = `use that one with --broker mqtt://${host}:${port}, or another port with --listen ${port + 1}`;
    const text = `${what}: another program, probably an MQTT broker, has the port; ${advice}`;
    return new HostError("address-in-use", text, { cause: error });
  }
  if (systemCode(error) === "EACCES") {
    const text = `${what}: permission denied; choose a port above 1023 with --listen`;
    return new HostError("permission", text, { cause: error });
  }
  return new HostError("runtime", `${what}: ${messageOf(error)}; choose another with --listen`, {
    cause: error,
  });
}
