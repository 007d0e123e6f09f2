import assert from "node:assert/strict";
import { test } from "node:test";
import type { ISubscription, Packet } from "mqtt-packet";
import { BrokerModel } from "../sim/broker/broker.js";
import type { BrokerOptions } from "../sim/broker/options.js";
import { RawClient } from "../sim/raw-client.js";

// How the broker model brings messages to clients. What it polices: broker-rules.test.ts.

function setUp(version: 4 | 5, options: Partial<BrokerOptions> = {}) {
  const broker = new BrokerModel(options);
  const client = new RawClient(broker, version);
  client.connect();
  return { broker, client };
}

function subscribe(client: RawClient, topic: string, fields: Partial<ISubscription> = {}): void {
  const subscriptions: ISubscription[] = [{ topic, qos: 2, ...fields }];
  client.say({ cmd: "subscribe", messageId: 100, subscriptions });
  client.take();
}

function answer(client: RawClient, cmd: "puback" | "pubrec" | "pubrel" | "pubcomp", id: number) {
  client.say({ cmd, messageId: id, reasonCode: 0 });
}

function propertiesOf(packet: Packet | undefined) {
  assert.ok(packet?.cmd === "publish");
  return packet.properties;
}

for (const version of [4, 5] as const) {
  test(`the broker model in ${version} sends no more than its window and goes on with each answer`, () => {
    const { broker, client } = setUp(version, { inFlightWindow: 2, firstPacketId: 65535 });
    subscribe(client, "d/+");
    for (const payload of ["1", "2", "3", "4"]) broker.publish("d/x", payload, { qos: 1 });
    broker.publish("d/x", "0");
    assert.deepEqual(client.read(), ["publish 65535 d/x 1", "publish 1 d/x 2", "publish d/x 0"]);
    answer(client, "puback", 65535);
    assert.deepEqual(client.read(), ["publish 2 d/x 3"]);
    answer(client, "puback", 1);
    answer(client, "puback", 2);
    client.take();
    answer(client, "puback", 3);
    assert.equal(broker.acknowledged.length, 5);
    assert.deepEqual(broker.violations, []);
  });

  test(`the broker model in ${version} resends in order, with DUP, and PUBREL after PUBREC`, () => {
    const { broker, client } = setUp(version);
    subscribe(client, "d");
    broker.publish("d", "1", { qos: 1 });
    broker.publish("d", "2", { qos: 2 });
    broker.publish("d", "3", { qos: 2 });
    client.take();
    answer(client, "pubrec", 2);
    client.reconnect();
    broker.publish("d", "4", { qos: 1 });
    client.connection.lost(0);
    client.open();
    client.say(client.connectPacket());
    assert.deepEqual(client.read(), [
      "connack present",
      "publish 1 dup d 1",
      "pubrel 2",
      "publish 3 dup d 3",
      "publish 4 dup d 4",
    ]);
    answer(client, "puback", 1);
    answer(client, "pubrec", 3);
    answer(client, "puback", 4);
    client.take();
    answer(client, "pubcomp", 2);
    answer(client, "pubcomp", 3);
    assert.deepEqual(
      broker.acknowledged.map(({ payload, timesSent }) => `${payload} ${timesSent}`),
      ["1 3", "2 1", "3 3", "4 2"],
    );
    assert.deepEqual(broker.violations, []);
  });

  test(`the broker model in ${version} keeps QoS 1 and 2, not QoS 0, for a client that is away`, () => {
    const { broker, client } = setUp(version);
    subscribe(client, "d");
    client.connection.lost(0);
    for (const qos of [0, 1, 2] as const) broker.publish("d", `${qos}`, { qos });
    client.open();
    client.say(client.connectPacket());
    assert.deepEqual(client.read(), ["connack present", "publish 1 d 1", "publish 2 d 2"]);
    assert.equal(broker.deliveries[0].state, "lost");
  });

  test(`the broker model in ${version} serves other clients, at the lower of the two QoS`, () => {
    const { broker, client } = setUp(version);
    const other = new RawClient(broker, version, "other");
    other.connect();
    subscribe(other, "t", { qos: 1 });
    client.publish(7, 2, false, "x");
    client.publish(0, 0, false, "y");
    assert.deepEqual(other.read(), ["publish 1 t x", "publish t y"]);
  });

  test(`the broker model in ${version} gives a new subscriber what was retained`, () => {
    const { broker, client } = setUp(version);
    broker.publish("r/1", "one", { qos: 1, retain: true });
    broker.publish("r/2", "two", { retain: true });
    broker.publish("r/2", "", { retain: true });
    client.say({ cmd: "subscribe", messageId: 5, subscriptions: [{ topic: "r/#", qos: 0 }] });
    const [suback, publish, ...rest] = client.take();
    assert.equal(suback.cmd, "suback");
    assert.ok(publish.cmd === "publish" && publish.retain);
    assert.equal(publish.payload.toString(), "one");
    assert.deepEqual(rest, []);
  });
}

test("the broker model keeps to the Receive Maximum and Maximum Packet Size of the client", () => {
  const { broker, client } = setUp(5);
  client.reconnect({ properties: { receiveMaximum: 1, maximumPacketSize: 30 } });
  subscribe(client, "d");
  broker.publish("d", "x".repeat(30), { qos: 1 });
  broker.publish("d", "1", { qos: 1 });
  broker.publish("d", "2", { qos: 1 });
  assert.deepEqual(client.read(), ["publish 2 d 1"]);
  assert.deepEqual(
    broker.deliveries.map(({ state }) => state),
    ["too large", "sent", "queued"],
  );
});

test("the broker model does not resend what a client does not take any more", () => {
  const { broker, client } = setUp(5);
  subscribe(client, "d");
  broker.publish("d", "x".repeat(30), { qos: 1 });
  assert.equal(client.read().length, 1);
  client.reconnect({ properties: { maximumPacketSize: 30 } });
  assert.equal(broker.deliveries[0].state, "too large");
});

test("a client of 5 may refuse a message, which ends its delivery", () => {
  const { broker, client } = setUp(5);
  subscribe(client, "d");
  broker.publish("d", "1", { qos: 1 });
  broker.publish("d", "2", { qos: 2 });
  client.take();
  client.say({ cmd: "puback", messageId: 1, reasonCode: 0x99 });
  client.say({ cmd: "pubrec", messageId: 2, reasonCode: 0x97 });
  assert.deepEqual(
    broker.deliveries.map(({ state, reasonCode }) => [state, reasonCode]),
    [
      ["refused", 0x99],
      ["refused", 0x97],
    ],
  );
  client.reconnect();
  assert.deepEqual(client.read(), []);
  assert.deepEqual(broker.violations, []);
});

test("the broker model uses aliases towards a client, anew on each connection", () => {
  const { broker, client } = setUp(5, { usesAliases: true });
  client.reconnect({ properties: { topicAliasMaximum: 1 } });
  subscribe(client, "#");
  for (const topic of ["a", "a", "b"]) broker.publish(topic, "", { qos: 1 });
  const told = client.take().map((one) => [one.cmd === "publish" && one.topic, aliasOf(one)]);
  assert.deepEqual(told, [
    ["a", 1],
    ["", 1],
    ["b", undefined],
  ]);
  client.connection.lost(0);
  client.open();
  client.say(client.connectPacket({ properties: { topicAliasMaximum: 1 } }));
  const [, first] = client.take();
  assert.ok(first.cmd === "publish" && first.topic === "a" && first.dup);
});

test("a message of 5 grows old, and is not sent once it is too old", () => {
  const { broker, client } = setUp(5);
  subscribe(client, "d");
  client.connection.lost(0);
  const publish = (seconds: number) =>
    broker.publish("d", "", { qos: 1, properties: { messageExpiryInterval: seconds } });
  publish(5);
  publish(10);
  client.pass(6_000);
  client.open();
  client.say(client.connectPacket());
  const [, message] = client.take();
  assert.equal(propertiesOf(message)?.messageExpiryInterval, 4);
  assert.deepEqual(
    broker.deliveries.map(({ state }) => state),
    ["expired", "sent"],
  );
});

test("subscription options of 5: No Local, Retain As Published, Retain Handling, identifiers, shared", () => {
  const { broker, client } = setUp(5);
  broker.publish("t", "kept", { retain: true });
  subscribe(client, "t", { qos: 0, nl: true, rap: true, rh: 2 });
  client.publish(0, 0);
  assert.deepEqual(client.read(), []);
  broker.publish("t", "live", { retain: true });
  const [live] = client.take();
  assert.ok(live.cmd === "publish" && live.retain);
  client.say({
    cmd: "subscribe",
    messageId: 101,
    subscriptions: [{ topic: "+", qos: 0, rh: 1 }],
    properties: { subscriptionIdentifier: 300 },
  });
  const [, retained] = client.take();
  assert.equal(propertiesOf(retained)?.subscriptionIdentifier, 300);
  const sharers = ["s1", "s2"].map((id) => new RawClient(broker, 5, id));
  for (const sharer of sharers) {
    sharer.connect();
    subscribe(sharer, "$share/g/work");
  }
  broker.publish("work", "1");
  assert.equal(sharers.flatMap((one) => one.read()).length, 1);
});

test("a leading wildcard does not match a topic with $", () => {
  const { broker, client } = setUp(4);
  subscribe(client, "#");
  assert.equal(broker.publish("$SYS/x", "").length, 0);
  subscribe(client, "$SYS/+");
  assert.equal(broker.publish("$SYS/x", "").length, 1);
});

test("UNSUBSCRIBE ends a subscription, and says in 5 whether there was one", () => {
  const { broker, client } = setUp(5);
  subscribe(client, "a");
  client.say({ cmd: "unsubscribe", messageId: 3, unsubscriptions: ["a", "b"] });
  const [unsuback] = client.take();
  assert.ok(unsuback.cmd === "unsuback");
  assert.deepEqual(unsuback.granted, [0, 0x11]);
  assert.equal(broker.publish("a", "").length, 0);
});

function aliasOf(packet: Packet): number | undefined {
  return packet.cmd === "publish" ? packet.properties?.topicAlias : undefined;
}
