import host from "host";
import { writeDecimal } from "../../../firmware/payload/decimal.js";
import { ClientRig, inboundPublish, PAYLOAD_BYTES } from "./client-rig.js";
import { measure } from "./meter.js";

// Every operation of the whole client, many times. Arguments: how many, protocol level.

const runs = Number(host.argument(0));
const version = Number(host.argument(1));
const PUBACK = 0x40;
const PUBREC = 0x50;
const PUBCOMP = 0x70;

function measurePublishes(): void {
  const rig = new ClientRig(version);
  const { client, payload } = rig;
  const [topic0, topic1, topic2] = rig.topics;
  measure("publish.qos0", runs, () => {
    client.publish(topic0, payload, PAYLOAD_BYTES, 1);
  });
  measure("publish.qos1", runs, () => {
    client.publish(topic1, payload, PAYLOAD_BYTES, 1);
    rig.acknowledge(PUBACK);
  });
  measure("publish.qos2", runs, () => {
    client.publish(topic2, payload, PAYLOAD_BYTES, 1);
    rig.acknowledge(PUBREC);
    rig.acknowledge(PUBCOMP);
  });
  if (client.pending !== 0) throw new Error("publishes were not acknowledged");
}

function measureReceipts(): void {
  const rig = new ClientRig(version);
  const { client } = rig;
  const pubrel = new Uint8Array([0x62, 2, 0, 9]);
  const packets = [0, 1, 2].map((qos) => inboundPublish(qos, version)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const length = packets[0].length;
  measure("receive.qos0", runs, () => {
    client.handleBytes(packets[0], 0, length, 1);
  });
  measure("receive.qos0.pieces", runs / 10, () => {
    client.handleBytes(packets[0], 0, 11, 1);
    client.handleBytes(packets[0], 11, length - 11, 1);
  });
  measure("receive.qos1", runs, () => {
    client.handleBytes(packets[1], 0, length + 2, 1);
  });
  measure("receive.qos2", runs, () => {
    client.handleBytes(packets[2], 0, length + 2, 1);
    client.handleBytes(pubrel, 0, 4, 1);
  });
  if (rig.handler.messages < 3 * runs) throw new Error("messages were lost");
}

function measureTime(): void {
  const { client } = new ClientRig(version);
  const pingresp = new Uint8Array([0xd0, 0]);
  let now = 0;
  measure("keep-alive", runs / 10, () => {
    now = (now + 45_000) | 0;
    client.handleTimeout(now);
    client.pollTimeout(now);
    client.handleBytes(pingresp, 0, 2, now);
  });
  const out = new Uint8Array(24);
  let value = 0;
  measure("decimal", runs / 10, () => {
    value += 0.37;
    writeDecimal(value, 2, out, 0, out.length);
  });
}

measurePublishes();
measureReceipts();
measureTime();
host.print(JSON.stringify({ name: "stack", slots: host.deepestStack() }));
