import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { type IPublishPacket, type Packet, parser } from "mqtt-packet";

type Reader = ReturnType<typeof parser>;

/** What one connection through the gate carried towards the broker. */
export interface GateConnection {
  clientId: string;
  readonly publishes: IPublishPacket[];
  /** Everything that the client sent, and the broker. */
  readonly fromClient: Packet[];
  readonly fromBroker: Packet[];
}

/**
 * A TCP door in front of a broker. While it is shut nobody listens there, as where no broker runs. It
 * reads along what passes.
 */
export class Gate {
  readonly connections: GateConnection[] = [];
  port = 0;
  /** False: what the broker says is lost on its way; what the client says, still. */
  passesAnswers = true;
  passesRequests = true;
  private readonly target: number;
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;

  private constructor(target: number) {
    this.target = target;
  }

  /** An open gate before the broker's port; it ends with the test. */
  static async start(context: TestContext, target: number): Promise<Gate> {
    const gate = new Gate(target);
    context.after(() => gate.shut());
    await gate.open();
    return gate;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** What a client published, connection by connection. */
  publishesOf(clientId: string): IPublishPacket[][] {
    return this.connections
      .filter((connection) => connection.clientId === clientId)
      .map((connection) => connection.publishes);
  }

  /** Lets clients in, always at the same port. */
  async open(): Promise<void> {
    const server = createServer({ noDelay: true }, (client) => this.join(client));
    this.server = server;
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    if (typeof address === "object" && address !== null) this.port = address.port;
  }

  /** Cuts every connection and lets nobody in. */
  async shut(): Promise<void> {
    const server = this.server;
    this.server = null;
    if (server === null) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private join(client: Socket): void {
    const broker = connect({ port: this.target, host: "127.0.0.1", noDelay: true });
    const connection: GateConnection = {
      clientId: "",
      publishes: [],
      fromClient: [],
      fromBroker: [],
    };
    this.connections.push(connection);
    let readers: readonly [Reader, Reader] | undefined;
    client.on("data", (chunk) => {
      readers ??= createReaders(connection, chunk);
      readers[0].parse(chunk);
      if (this.passesRequests) broker.write(chunk);
    });
    broker.on("data", (chunk) => {
      readers?.[1].parse(chunk);
      if (this.passesAnswers) client.write(chunk);
    });
    this.pair(client, broker);
    this.pair(broker, client);
  }

  /** What ends on one side ends on the other. */
  private pair(socket: Socket, other: Socket): void {
    this.sockets.add(socket);
    socket.on("error", () => other.destroy());
    socket.on("end", () => other.end());
    socket.on("close", () => {
      this.sockets.delete(socket);
      other.destroySoon();
    });
  }
}

/** Parsers of both directions, of the version that the first bytes of a client name. */
function createReaders(connection: GateConnection, first: Buffer): [Reader, Reader] {
  const protocolVersion = first[first.indexOf("MQTT") + 4] ?? 4;
  const fromClient = parser({ protocolVersion });
  const fromBroker = parser({ protocolVersion });
  fromClient.on("packet", (packet: Packet) => {
    connection.fromClient.push(packet);
    if (packet.cmd === "connect") connection.clientId = packet.clientId;
    else if (packet.cmd === "publish") connection.publishes.push(packet);
  });
  fromBroker.on("packet", (packet: Packet) => connection.fromBroker.push(packet));
  return [fromClient, fromBroker];
}
