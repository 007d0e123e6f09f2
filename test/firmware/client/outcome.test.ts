import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ACKNOWLEDGED,
  DROPPED,
  EXPIRED,
  IN_DOUBT,
  PENDING,
  SENT_OUT,
} from "../../../firmware/session/event.js";
import { DROP_OLDEST, KEEP_LATEST, Topic } from "../../../firmware/session/topic.js";
import { BAD_ARGUMENT, OUTBOX_FULL, REPLACED, UNKNOWN } from "../../../firmware/status.js";
import { ClientRig, TOPICS } from "../../sim/client-rig.js";

test("a publish that waits in the outbox is pending", () => {
  const rig = new ClientRig();
  assert.equal(rig.client.outcome(rig.publish("x")), PENDING);
});

test("a QoS 0 publish that the transport took at once was sent out", () => {
  const rig = new ClientRig();
  rig.connect();
  const token = rig.publish("x", 0);
  assert.equal(rig.client.outcome(token), SENT_OUT);
  assert.equal(rig.client.outcomeReason(token), 0);
});

test("a QoS 0 publish is pending until the transport took its last byte", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.limit(5);
  const token = rig.publish("x", 0);
  assert.equal(rig.client.outcome(token), PENDING);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.equal(rig.client.outcome(token), SENT_OUT);
});

test("a QoS 1 publish is pending until PUBACK, then acknowledged", () => {
  const rig = new ClientRig();
  rig.connect();
  const token = rig.publish("x");
  assert.equal(rig.client.outcome(token), PENDING);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.equal(rig.client.outcome(token), ACKNOWLEDGED);
  assert.equal(rig.client.outcomeReason(token), 0);
});

test("a QoS 2 publish is pending until PUBCOMP", () => {
  const rig = new ClientRig();
  rig.connect();
  const token = rig.publish("x", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.equal(rig.client.outcome(token), PENDING);
  rig.says({ cmd: "pubcomp", messageId: 1 });
  assert.equal(rig.client.outcome(token), ACKNOWLEDGED);
});

test("in MQTT 5 an acknowledgement keeps the broker's reason code", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.connect();
  const nobody = rig.publish("x");
  const denied = rig.publish("y", 2);
  rig.says({ cmd: "puback", messageId: 1, reasonCode: 0x10 });
  rig.says({ cmd: "pubrec", messageId: 2, reasonCode: 0x87 });
  assert.deepEqual(
    [nobody, denied].map((token) => [client(rig).outcome(token), client(rig).outcomeReason(token)]),
    [
      [ACKNOWLEDGED, 0x10],
      [ACKNOWLEDGED, 0x87],
    ],
  );
  assert.deepEqual(rig.told.slice(-2), [`acknowledged ${nobody} 16`, `acknowledged ${denied} 135`]);
});

test("a publish that is refused at once has no outcome", () => {
  const rig = new ClientRig({ outcomeCapacity: 64 });
  rig.publish("x");
  const status = rig.client.publish(TOPICS[1] as Topic, new Uint8Array(1), 2, 0);
  assert.equal(status, BAD_ARGUMENT);
  assert.equal(rig.client.outcome(status), UNKNOWN);
  assert.equal(rig.client.outcomeReason(status), 0);
});

test("a publish that expired says so", () => {
  const rig = new ClientRig();
  rig.client.start(0);
  const token = rig.publishTo(new Topic("t", { expirySeconds: 1 }), "x");
  rig.pass(1_000);
  assert.equal(rig.client.outcome(token), EXPIRED);
});

test("a publish that was dropped says why", () => {
  const rig = new ClientRig({ maximumMessages: 1 });
  const first = rig.publishTo(new Topic("t", { whenFull: DROP_OLDEST }), "1");
  const second = rig.publishTo(new Topic("t", { whenFull: DROP_OLDEST }), "2");
  rig.publishTo(new Topic("t", { whenFull: KEEP_LATEST }), "3");
  assert.deepEqual(
    [first, second].map((token) => [client(rig).outcome(token), client(rig).outcomeReason(token)]),
    [
      [DROPPED, -OUTBOX_FULL],
      [DROPPED, -REPLACED],
    ],
  );
});

test("a QoS 2 publish to a session that the broker lost is in doubt where it is not to be sent again", () => {
  const rig = new ClientRig({ resendsDoubtful: false });
  rig.connect();
  const token = rig.publish("x", 2);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: false });
  assert.equal(rig.client.outcome(token), IN_DOUBT);
  assert.equal(rig.client.pending, 0);
});

test("an outcome that is too long ago is not known, and one that is still pending is", () => {
  const rig = new ClientRig({ outcomeCapacity: 4, arena: new Uint8Array(2048) });
  rig.connect();
  const pending = rig.publish("stuck");
  const ended = rig.publish("x", 0);
  for (let i = 0; i < 3; i++) rig.publish("x", 0);
  assert.equal(rig.client.outcome(ended), SENT_OUT);
  rig.publish("x", 0);
  assert.equal(rig.client.outcome(ended), UNKNOWN);
  assert.equal(rig.client.outcome(pending), PENDING);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.equal(rig.client.outcome(pending), UNKNOWN);
});

test("a publish has not the reason of the one whose place it takes among the last", () => {
  const rig = new ClientRig({ protocolVersion: 5, outcomeCapacity: 2 });
  rig.connect();
  rig.publish("denied");
  rig.says({ cmd: "puback", messageId: 1, reasonCode: 0x87 });
  rig.publish("x", 0);
  const sent = rig.publish("x", 0);
  const pending = rig.publish("x");
  assert.equal(rig.client.outcome(sent), SENT_OUT);
  assert.equal(rig.client.outcomeReason(sent), 0);
  assert.equal(rig.client.outcomeReason(pending), 0);
});

test("tokens come round, and a publish has not the outcome of the one that had its token before", () => {
  const rig = new ClientRig();
  rig.connect();
  assert.equal(rig.publish("first"), 0);
  rig.says({ cmd: "puback", messageId: 1 });
  rig.transport.write = (_bytes, _offset, length) => length;
  for (let token = 1; token < 65_536; token++) assert.equal(rig.publish("x", 0), token);
  assert.equal(rig.publish("again", 0), 0);
  assert.equal(rig.client.outcome(0), SENT_OUT);
  assert.equal(rig.client.outcome(65_535), SENT_OUT);
});

test("every publish ends in one outcome, whatever the broker and the line do", () => {
  const rig = new ClientRig({ resendsDoubtful: false, arena: new Uint8Array(200) });
  rig.connect();
  const tokens = new Set<number>();
  for (let i = 0; i < 60; i++) {
    const token = rig.publish(`${i}`, (i % 3) as 0 | 1 | 2);
    if (token >= 0) tokens.add(token);
    if (i % 5 === 0) answer(rig);
    if (i % 7 === 0) rig.transport.breaks(rig.now);
    if (i % 7 === 0) rig.reconnect({ sessionPresent: i % 2 === 0 });
  }
  for (let i = 0; rig.client.pending > 0 && i < 100; i++) answer(rig);
  const ends = rig.told
    .filter((line) => /^(acknowledged|dropped|expired|in doubt) /.test(line))
    .map((line) => Number(/\d+/.exec(line)?.[0]));
  assert.equal(new Set(ends).size, ends.length, "none ends twice");
  assert.ok(ends.every((token) => tokens.has(token)));
  // QoS 0 ends in silence on the wire: all others were told.
  assert.deepEqual(
    [...tokens].filter((token) => !ends.includes(token) && isAcknowledged(token)),
    [],
  );

  function isAcknowledged(token: number): boolean {
    return client(rig).outcome(token) > SENT_OUT;
  }
});

function client(rig: ClientRig) {
  return rig.client;
}

/** The broker acknowledges what it was sent. */
function answer(rig: ClientRig): void {
  for (const packet of rig.transport.take()) {
    const messageId = packet.messageId ?? 0;
    if (packet.cmd === "pubrel") rig.says({ cmd: "pubcomp", messageId });
    if (packet.cmd !== "publish" || packet.qos === 0) continue;
    rig.says({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
  }
}
