import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic } from "../../firmware/session/topic.js";
import { LineRig } from "../sim/line-rig.js";

test("a publish that an alias would make too large for the broker goes without one", () => {
  for (let maximumPacketSize = 30; maximumPacketSize < 40; maximumPacketSize++) {
    const connackProperties = { topicAliasMaximum: 1, maximumPacketSize };
    const rig = new LineRig({ protocolVersion: 5, aliasCapacity: 1 }, { connackProperties });
    const topic = new Topic("up/alias", { qos: 1 });
    rig.client.start(rig.now);
    rig.run(1_000);
    // 15 bytes, the topic's included, and the payload; with the alias 3 more.
    for (let i = 0; i < 3; i++) rig.publish(topic, `${i}`.padEnd(15, "."));
    rig.run(1_000);
    assert.deepEqual(rig.broker.violations, [], `at most ${maximumPacketSize} bytes`);
    assert.equal(rig.broker.received.length, 3);
  }
});

test("a publish overtakes none of its own topic when the broker has lost the session", () => {
  const rig = new LineRig({ protocolVersion: 5 });
  const urgent = new Topic("up/urgent", { qos: 1, priority: 3 });
  const plain = new Topic("up/plain", { qos: 1 });
  rig.client.start(rig.now);
  rig.run(1_000);
  rig.line.cutAfter("up", 0);
  rig.publish(plain, "sent");
  rig.broker.forgetSession("mote-b");
  rig.publish(urgent, "1");
  let isPublished = false;
  rig.inEvent = () => {
    if (!rig.client.isConnected || isPublished) return;
    isPublished = true;
    rig.publish(urgent, "2");
  };
  rig.run(10_000);
  const urgents = rig.broker.received.filter(({ topic }) => topic === "up/urgent");
  assert.deepEqual(
    urgents.map(({ payload }) => `${payload}`),
    ["1", "2"],
  );
  assert.equal(rig.client.pending, 0);
});
