import { type Packet, parser } from "mqtt-packet";
import { handleAuth, handleConnect } from "./connecting.js";
import { type Connection, describe } from "./connection.js";
import { handlePuback, handlePubcomp, handlePubrec } from "./downlink.js";
import { closeFor, closeWith, end, handleDisconnect } from "./ending.js";
import type { RawPacket } from "./framer.js";
import { packetFault } from "./packet-rules.js";
import { RULES, type RuleName, type Version } from "./rules.js";
import type { BrokerState } from "./state.js";
import { handleSubscribe, handleUnsubscribe } from "./subscribing.js";
import { handlePublish, handlePubrel } from "./uplink.js";

const CONNECT = 1;
/** Codes of CONNACK in 3.1.1. */
const UNACCEPTABLE_LEVEL = 1;
const IDENTIFIER_REJECTED = 2;

/** Bytes of a client. */
export function handleBytes(state: BrokerState, connection: Connection, bytes: Uint8Array): void {
  if (connection.phase === "closed" || bytes.length === 0) return;
  if (connection.phase === "left") {
    closeFor(state, connection, "afterDisconnect");
    end(state, connection);
    return;
  }
  connection.heardAt = state.at;
  const framer = connection.framer;
  framer.feed(bytes);
  for (let raw = framer.next(); raw !== undefined; raw = framer.next()) {
    handleRaw(state, connection, raw);
    if (!connection.isOpen) return;
  }
  if (framer.fault !== undefined) closeFor(state, connection, framer.fault);
}

/** Parses a packet that is in order. mqtt-packet is the second opinion: the two must not differ. */
export function parse(bytes: Uint8Array, version: Version): Packet {
  const packets: Packet[] = [];
  const reader = parser({ protocolVersion: version });
  reader.on("packet", (packet) => packets.push(packet));
  reader.on("error", (error) => {
    throw new Error("mqtt-packet refuses what our rules pass", { cause: error });
  });
  reader.parse(Buffer.from(bytes));
  const [packet] = packets;
  if (packet === undefined) throw new Error("mqtt-packet finds no packet in what our rules pass");
  return packet;
}

function handleRaw(state: BrokerState, connection: Connection, raw: RawPacket): void {
  if (connection.phase === "left") {
    closeFor(state, connection, "afterDisconnect");
    end(state, connection);
    return;
  }
  if (connection.phase === "new" && raw.type !== CONNECT) {
    closeFor(state, connection, "firstNotConnect");
    end(state, connection);
    return;
  }
  if (raw.type === CONNECT) {
    if (connection.phase !== "new") {
      closeFor(state, connection, "secondConnect");
      return;
    }
    connection.version = raw.bytes[raw.bodyOffset + 6] === 4 ? 4 : 5;
  }
  const fault = packetFault(raw, connection.version) ?? sizeFault(connection, raw);
  if (fault !== undefined) {
    handleFault(state, connection, fault);
    return;
  }
  const packet = parse(raw.bytes, connection.version);
  state.transcript.push(`${connection.name} > ${describe(packet)}`);
  handlePacket(state, connection, packet);
}

function sizeFault(connection: Connection, raw: RawPacket): RuleName | undefined {
  const maximum = connection.granted.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  return connection.version === 5 && raw.bytes.length > maximum ? "tooLarge" : undefined;
}

function handleFault(state: BrokerState, connection: Connection, fault: RuleName): void {
  state.violate(connection, fault);
  const { reason } = RULES[fault];
  if (connection.phase === "new") {
    const code = connection.version === 5 ? reason : codeIn3(fault);
    if (code > 0) {
      connection.say({ cmd: "connack", sessionPresent: false, returnCode: code, reasonCode: code });
    }
    end(state, connection);
  } else if (reason > 0) {
    closeWith(state, connection, reason);
  }
}

/** What 3.1.1 says to a CONNECT that it refuses; 0: it closes without a word. */
function codeIn3(fault: RuleName): number {
  if (fault === "protocolLevel") return UNACCEPTABLE_LEVEL;
  return fault === "emptyClientId" ? IDENTIFIER_REJECTED : 0; // [MQTT-3.1.3-8]
}

function handlePacket(state: BrokerState, connection: Connection, packet: Packet): void {
  if (packet.cmd === "connect") handleConnect(state, connection, packet);
  else if (packet.cmd === "disconnect") handleDisconnect(state, connection, packet);
  else if (packet.cmd === "auth") handleAuth(state, connection, packet);
  else if (connection.phase === "authenticating") closeFor(state, connection, "beforeConnack");
  else handleFlow(state, connection, packet);
}

function handleFlow(state: BrokerState, connection: Connection, packet: Packet): void {
  if (packet.cmd === "publish") handlePublish(state, connection, packet);
  else if (packet.cmd === "puback") handlePuback(state, connection, packet);
  else if (packet.cmd === "pubrec") handlePubrec(state, connection, packet);
  else if (packet.cmd === "pubrel") handlePubrel(state, connection, packet);
  else if (packet.cmd === "pubcomp") handlePubcomp(state, connection, packet);
  else if (packet.cmd === "subscribe") handleSubscribe(state, connection, packet);
  else if (packet.cmd === "unsubscribe") handleUnsubscribe(state, connection, packet);
  else if (packet.cmd === "pingreq") connection.say({ cmd: "pingresp" });
}
