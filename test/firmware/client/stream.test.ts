import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic } from "../../../firmware/session/topic.js";
import { SOURCE_FAILED } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const TOPIC = new Topic("t", { qos: 1 });

test("a source that gives up ends its publish once and the connection with it, whatever is published meanwhile", () => {
  const rig = new ClientRig({ streamBuffer: new Uint8Array(16) });
  rig.connect();
  const read = (position: number, _: Uint8Array, __: number, limit: number): number =>
    position === 0 ? limit : -1;
  const token = rig.client.publishFrom(TOPIC, { read }, 40, rig.now);
  const next = rig.publish("x");
  rig.transport.writable(rig.now);
  rig.pass(0);
  const drops = rig.told.filter((line) => line.startsWith("dropped"));
  assert.deepEqual(drops, [`dropped ${token} ${SOURCE_FAILED}`]);
  assert.equal(rig.client.pending, 1);
  assert.equal(rig.client.statistics.dropped, 1);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  rig.says({ cmd: "puback", messageId: 2 });
  assert.equal(rig.told.at(-1), `acknowledged ${next}`);
});
