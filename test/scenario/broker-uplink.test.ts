import assert from "node:assert/strict";
import { test } from "node:test";
import type { ISubscription } from "mqtt-packet";
import { BrokerModel } from "../sim/broker/broker.js";
import type { BrokerOptions } from "../sim/broker/options.js";
import { RawClient } from "../sim/raw-client.js";

// How the broker model takes messages. What it polices: broker-rules.test.ts.

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

/** What subscribers see, one line for each message. */
function seen(broker: BrokerModel): string[] {
  return broker.received.map(({ qos, dup, payload }) => `${qos}${dup ? " dup" : ""} ${payload}`);
}

for (const version of [4, 5] as const) {
  test(`the broker model in ${version} takes QoS 0, 1 and 2 and shows QoS 2 once`, () => {
    const { broker, client } = setUp(version);
    client.publish(0, 0, false, "a");
    client.publish(1, 1, false, "b");
    client.publish(2, 2, false, "c");
    client.reconnect();
    client.publish(1, 1, true, "b");
    client.publish(2, 2, true, "c");
    assert.deepEqual(client.read(), ["puback 1", "pubrec 2"]);
    answer(client, "pubrel", 2);
    assert.deepEqual(client.read(), ["pubcomp 2"]);
    assert.deepEqual(seen(broker), ["0 a", "1 b", "2 c", "1 dup b"]);
    assert.deepEqual(broker.violations, []);
  });

  test(`the broker model in ${version} shows QoS 2 at PUBREL when a test says so`, () => {
    const { broker, client } = setUp(version, { deliversQos2: "at PUBREL" });
    client.publish(2, 2);
    client.take();
    assert.deepEqual(seen(broker), []);
    answer(client, "pubrel", 2);
    assert.deepEqual(seen(broker), ["2 2"]);
  });

  test(`the broker model in ${version} that forgets identifiers shows QoS 2 twice`, () => {
    const { broker, client } = setUp(version, { remembersIds: false });
    client.publish(2, 2);
    client.reconnect();
    client.publish(2, 2, true);
    assert.deepEqual(seen(broker), ["2 2", "2 dup 2"]);
  });

  test(`the broker model in ${version} answers a PUBREL that it does not know`, () => {
    const { client } = setUp(version);
    client.publish(2, 2);
    client.take();
    answer(client, "pubrel", 2);
    client.reconnect();
    answer(client, "pubrel", 2);
    assert.deepEqual(client.read(), version === 5 ? ["pubcomp 2 0x92"] : ["pubcomp 2"]);
    assert.deepEqual(client.broker.violations, []);
  });

  test(`the broker model in ${version} holds acknowledgements back until they are released`, () => {
    const { broker, client } = setUp(version, { holds: new Set(["puback"]) });
    client.publish(1, 1);
    client.publish(2, 1);
    assert.deepEqual(client.read(), []);
    broker.release(1);
    assert.deepEqual(client.read(), ["puback 1"]);
    broker.release();
    assert.deepEqual(client.read(), ["puback 2"]);
  });

  test(`the broker model in ${version} repeats acknowledgements, and takes the answers that this brings`, () => {
    const { broker, client } = setUp(version, { copies: 2 });
    subscribe(client, "d");
    broker.publish("d", "x", { qos: 2 });
    client.publish(1, 1);
    client.publish(2, 2);
    client.take();
    for (let i = 0; i < 2; i++) answer(client, "pubrel", 2);
    answer(client, "pubrec", 1);
    client.take();
    for (let i = 0; i < 2; i++) answer(client, "pubcomp", 1);
    const sent = broker.transcript.filter((line) => / < (puback|pubrec|pubrel)/.test(line));
    assert.equal(sent.length, 6);
    assert.deepEqual(broker.violations, []);
  });

  test(`a resend in ${version} of what was written and never came carries DUP, which of a part it may`, () => {
    const { broker, client } = setUp(version);
    const bytes = publishBytes(version, 1);
    client.connection.losesUp(bytes);
    client.reconnect();
    client.publish(1, 1);
    assert.equal(broker.violations.length, 1, "DUP is missing");
    client.take();
    for (const dup of [true, false]) {
      client.connection.losesUp(bytes.subarray(0, 5));
      client.reconnect();
      client.publish(2, 1, dup);
      client.take();
    }
    client.reconnect();
    client.publish(3, 1, true);
    client.publish(4, 1, true);
    assert.equal(broker.violations.length, 2, "one part that was lost excuses one DUP");
  });

  test(`an acknowledgement in ${version} of which a byte is missing has not reached the client`, () => {
    const { broker, client } = setUp(version);
    client.connection.reportsDelivery = true;
    client.publish(1, 1);
    const taken = client.connection.takeOutput().length;
    client.connection.delivered(taken - 1, 0);
    client.reconnect();
    client.publish(1, 1, true);
    assert.deepEqual(broker.violations, []);
    assert.deepEqual(seen(broker), ["1 1", "1 dup 1"]);
  });

  test(`a client in ${version} that restarts from its journal may know less than it did`, () => {
    const { broker, client } = setUp(version);
    client.publish(1, 1);
    client.publish(2, 2);
    client.take();
    broker.clientRestarted("c");
    client.reconnect();
    client.publish(1, 1, true);
    client.publish(2, 2, true);
    client.publish(3, 1, true);
    assert.deepEqual(broker.violations, []);
    client.publish(4, 1);
    client.publish(5, 1, true);
    assert.equal(broker.violations.length, 1, "from the first new publish on it remembers again");
  });
}

test("a new session of 3.1.1 may be sent what the old one had, with DUP or without, in order", () => {
  const { broker, client } = setUp(4);
  client.publish(1, 1);
  client.publish(2, 1);
  client.publish(3, 2);
  broker.forgetSession("c");
  client.reconnect();
  client.publish(1, 1, true);
  client.publish(2, 1);
  client.publish(3, 2, true);
  assert.deepEqual(broker.violations, []);
});

test("the broker model refuses a publish with the code that a test wants, and shows it to nobody", () => {
  const { broker, client } = setUp(5, { publishCode: () => 0x97 });
  client.publish(1, 1);
  client.publish(2, 2);
  assert.deepEqual(client.read(), ["puback 1 0x97", "pubrec 2 0x97"]);
  client.publish(2, 2, false, "again");
  assert.deepEqual(seen(broker), []);
  assert.deepEqual(broker.violations, []);
});

test("the broker model resolves the aliases of a client", () => {
  const { broker, client } = setUp(5, { connackProperties: { topicAliasMaximum: 1 } });
  client.reconnect();
  const packet = { cmd: "publish", payload: "", qos: 0, dup: false, retain: false } as const;
  client.say({ ...packet, topic: "long", properties: { topicAlias: 1, contentType: "x" } });
  client.say({ ...packet, topic: "", properties: { topicAlias: 1 } });
  assert.deepEqual(
    broker.received.map(({ topic, properties }) => [topic, { ...properties }]),
    [
      ["long", { contentType: "x" }],
      ["long", {}],
    ],
  );
  assert.deepEqual(broker.violations, []);
});

for (const version of [4, 5] as const) {
  test(`a client in ${version} that never learns of its lost session may resend or publish anew`, () => {
    for (const isResent of [true, false]) {
      const { broker, client } = setUp(version);
      client.publish(1, 1);
      broker.forgetSession("c");
      client.open();
      client.say(client.connectPacket());
      // CONNACK is taken by nobody.
      assert.equal(client.reconnect()?.sessionPresent, true);
      if (isResent) client.publish(1, 1, true);
      else client.publish(1, 1, false, "another");
      client.pass(20_000);
      assert.deepEqual(broker.violations, []);
    }
  });
}

/** A PUBLISH of QoS 1 as RawClient would write it. */
function publishBytes(version: 4 | 5, id: number): Uint8Array {
  const properties = version === 5 ? [0] : [];
  const body = [0, 1, 0x74, 0, id, ...properties, 0x30 + id];
  return Uint8Array.from([0x32, body.length, ...body]);
}

test("Receive Maximum counts what this connection brought and, if a test says so, what earlier ones did", () => {
  for (const countsEarlier of [false, true]) {
    const { broker, client } = setUp(5, {
      connackProperties: { receiveMaximum: 1 },
      countsEarlier,
    });
    client.publish(1, 2);
    client.take();
    client.reconnect();
    client.publish(2, 1);
    assert.equal(broker.violations.length, countsEarlier ? 1 : 0);
    if (countsEarlier) continue;
    answer(client, "pubrel", 1);
    client.take();
    client.publish(3, 2);
    assert.deepEqual(broker.violations, []);
    client.publish(4, 1);
    assert.equal(broker.violations.length, 1);
  }
});
