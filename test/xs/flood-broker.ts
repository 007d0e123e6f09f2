import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { generate, type Packet, parser } from "mqtt-packet";

/** The message of all measurements, as in scripts/client-rig.ts. */
const TOPIC = "mote/board/reading";
const PAYLOAD = Buffer.alloc(32);

/**
 * As little of a broker as a measurement needs: it acknowledges what it must, and answers the
 * subscription `flood/<qos>/<count>` with that many messages.
 */
export async function startFloodBroker(): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer({ noDelay: true }, serve);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("no address");
  return { port: address.port, close: () => server.close() };
}

function serve(socket: Socket): void {
  const reader = parser();
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    socket.cork();
    reader.parse(chunk);
    socket.uncork();
  });
  reader.on("packet", (packet) => answer(socket, packet));
}

function answer(socket: Socket, packet: Packet): void {
  switch (packet.cmd) {
    case "connect":
      socket.write(generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
      break;
    case "publish":
      if (packet.qos === 1)
        socket.write(generate({ cmd: "puback", messageId: packet.messageId ?? 0 }));
      break;
    case "subscribe": {
      const { topic = "", qos = 0 } = packet.subscriptions[0] ?? {};
      socket.write(generate({ cmd: "suback", messageId: packet.messageId ?? 0, granted: [qos] }));
      const [kind, wanted, count] = topic.split("/");
      if (kind === "flood") flood(socket, Number(wanted) === 1 ? 1 : 0, Number(count));
      break;
    }
  }
}

function flood(socket: Socket, qos: 0 | 1, count: number): void {
  const message = { cmd: "publish", topic: TOPIC, payload: PAYLOAD, retain: false } as const;
  const packets: Buffer[] = [];
  for (let i = 0; i < count; i++) {
    packets.push(generate({ ...message, qos, dup: false, messageId: (i % 65_535) + 1 }));
  }
  socket.write(Buffer.concat(packets));
}
