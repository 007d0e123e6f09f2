import host from "host";
import { Client } from "../../../firmware/client/client.js";
import { Alarm, now } from "../../../firmware/platform/xs/clock.js";
import { random } from "../../../firmware/platform/xs/random.js";
import { TcpTransport } from "../../../firmware/platform/xs/tcp-transport.js";
import {
  CONNECTED_EVENT,
  DISCONNECTED_EVENT,
  GRANTED_EVENT,
} from "../../../firmware/session/event.js";
import type { Message } from "../../../firmware/session/parts.js";
import type { ClientHandler } from "../../../firmware/session/session.js";
import { Topic } from "../../../firmware/session/topic.js";
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
  receiveBytes: PIECE_BYTES,
});
const payload = new Uint8Array(PAYLOAD_BYTES).map((_, i) => i * 7);
const topic = new Topic(TOPIC, { qos: 1 });

class Teller implements ClientHandler {
  onEvent(kind: number, detail: number): void {
    if (kind === CONNECTED_EVENT) {
      host.print(JSON.stringify("connected"));
      client.subscribe(TOPIC, 1, now());
    }
    if (kind === GRANTED_EVENT) client.publish(topic, payload, PAYLOAD_BYTES, now());
    if (kind === DISCONNECTED_EVENT) host.print(JSON.stringify(`disconnected ${detail}`));
  }
  onMessage(fields: Message): void {
    let isSame = fields.payloadLength === PAYLOAD_BYTES;
    for (let i = 0; i < PAYLOAD_BYTES; i++) {
      isSame = isSame && fields.bytes[fields.payloadOffset + i] === payload[i];
    }
    host.print(JSON.stringify(isSame ? "received" : "damaged"));
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
