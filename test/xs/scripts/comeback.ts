import host from "host";
import { AT_LEAST_ONCE, Client, type ClientHandler } from "../../../firmware/client/client.js";
import { Alarm, now } from "../../../firmware/platform/xs/clock.js";
import { random } from "../../../firmware/platform/xs/random.js";
import { TcpTransport } from "../../../firmware/platform/xs/tcp-transport.js";
import type { PublishFields } from "../../../firmware/wire/publish.js";
import { TopicName } from "../../../firmware/wire/topic.js";
import { clientOptions, TOPIC } from "./client-rig.js";

// Publishes to itself packets larger than what its transport moves at once, and tells what happens to its
// connection. Argument 0: port.

const PAYLOAD_BYTES = 700;
const PIECE_BYTES = 64;
const TURN_MS = 5;

const transport = new TcpTransport({
  address: "127.0.0.1",
  port: Number(host.argument(0)),
  arenaBytes: 2048,
  pieceBytes: PIECE_BYTES,
});
const payload = new Uint8Array(PAYLOAD_BYTES).map((_, i) => i * 7);
const topic = new TopicName(TOPIC);

class Teller implements ClientHandler {
  onConnected(): void {
    host.print(JSON.stringify("connected"));
    client.subscribe(TOPIC, 1, now());
  }
  onSubscribed(): void {
    client.publish(topic, payload, PAYLOAD_BYTES, AT_LEAST_ONCE, now());
  }
  onMessage(fields: PublishFields): void {
    let isSame = fields.payloadLength === PAYLOAD_BYTES;
    for (let i = 0; i < PAYLOAD_BYTES; i++) {
      isSame = isSame && fields.bytes[fields.payloadOffset + i] === payload[i];
    }
    host.print(JSON.stringify(isSame ? "received" : "damaged"));
  }
  onDisconnected(status: number): void {
    host.print(JSON.stringify(`disconnected ${status}`));
  }
  onAcknowledged(): void {
    return;
  }
  onInDoubt(): void {
    return;
  }
  onClosed(): void {
    return;
  }
}

const options = {
  ...clientOptions(transport.arena),
  receiveBuffer: new Uint8Array(1024),
  backoff: { baseMs: 50, capMs: 50, refusedMs: 50 },
};
const client = new Client(options, transport, new Teller(), random);
transport.attach(client);
client.start(now());

const alarm = new Alarm(() => {
  client.handleTimeout(now());
  alarm.set(TURN_MS);
});
alarm.set(TURN_MS);
