import { once } from "node:events";
import { connect } from "node:net";
import { generate, type IPublishPacket, parser } from "mqtt-packet";

/** Publishes at QoS 0 through a connection of its own, in one piece as far as TCP allows. */
export async function publishAll(
  port: number,
  topic: string,
  payloads: readonly Uint8Array[],
): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const reader = parser();
  socket.on("data", (bytes) => reader.parse(bytes));
  socket.write(
    generate({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: `publisher-${Math.round(performance.now() * 1000)}`,
    }),
  );
  await once(reader, "packet");
  const packets = payloads.map((payload): IPublishPacket => {
    return {
      cmd: "publish",
      topic,
      payload: Buffer.from(payload),
      qos: 0,
      retain: false,
      dup: false,
    };
  });
  socket.end(Buffer.concat(packets.map((packet) => generate(packet))));
  await once(socket, "close");
}
