import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokerModel } from "../sim/broker/broker.js";
import type { AuthenticationStep, BrokerOptions } from "../sim/broker/options.js";
import { RawClient } from "../sim/raw-client.js";

// What the broker model does with connections and sessions. What it polices: broker-rules.test.ts.

const WILL = { topic: "gone", payload: "w", qos: 1, retain: false } as const;

function setUp(version: 4 | 5, options: Partial<BrokerOptions> = {}) {
  const broker = new BrokerModel(options);
  return { broker, client: new RawClient(broker, version) };
}

function wills(broker: BrokerModel): string[] {
  return broker.received.filter((one) => one.isWill).map(({ payload }) => payload.toString());
}

for (const version of [4, 5] as const) {
  test(`the broker model keeps a session in ${version} until the client starts clean`, () => {
    const { broker, client } = setUp(version);
    assert.equal(client.connect()?.sessionPresent, false);
    client.say({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: "a", qos: 1 }] });
    assert.equal(client.reconnect()?.sessionPresent, true);
    assert.equal(broker.publish("a", "").length, 1);
    assert.equal(client.reconnect({ clean: true })?.sessionPresent, false);
    assert.equal(broker.publish("a", "").length, 0);
  });

  test(`the broker model forgets a session in ${version} when a test says so`, () => {
    const { broker, client } = setUp(version);
    client.connect();
    broker.forgetSession("c");
    assert.equal(client.connection.isOpen, false);
    assert.equal(client.reconnect()?.sessionPresent, false);
  });

  test(`the broker model in ${version} takes no connection while it is down, and keeps what it is to keep`, () => {
    const { broker, client } = setUp(version);
    client.connect({ will: WILL });
    client.say({ cmd: "publish", topic: "r", payload: "1", qos: 0, dup: false, retain: true });
    broker.kill(0);
    assert.equal(client.connection.isOpen, false);
    assert.equal(client.open().isOpen, false);
    broker.start("everything");
    assert.equal(client.reconnect()?.sessionPresent, true);
    assert.equal(broker.retained.size, 1);
    broker.kill(0);
    broker.start("nothing");
    assert.equal(client.reconnect()?.sessionPresent, false);
    assert.equal(broker.retained.size, 0);
    assert.deepEqual(wills(broker), []);
  });

  test(`the broker model in ${version} closes the older connection of a client identifier`, () => {
    const { broker, client } = setUp(version);
    client.connect();
    const newer = new RawClient(broker, version);
    assert.equal(newer.connect()?.sessionPresent, true);
    assert.deepEqual(client.read(), version === 5 ? ["disconnect 0x8e"] : []);
    assert.equal(client.connection.isOpen, false);
    assert.equal(newer.connection.isOpen, true);
  });

  test(`the broker model in ${version} publishes the will of a client that is lost, not of one that leaves`, () => {
    const { broker, client } = setUp(version);
    client.connect({ will: WILL });
    client.say({ cmd: "disconnect", reasonCode: 0 });
    client.connection.lost(0);
    assert.deepEqual(wills(broker), []);
    client.open();
    client.connect({ will: WILL });
    client.connection.lost(0);
    assert.deepEqual(wills(broker), ["w"]);
  });

  test(`the broker model in ${version} refuses a client with the code that a test wants`, () => {
    const { broker, client } = setUp(version, { connackCode: () => (version === 5 ? 0x86 : 4) });
    const connack = client.connect();
    assert.equal(
      version === 5 ? connack?.reasonCode : connack?.returnCode,
      version === 5 ? 0x86 : 4,
    );
    assert.equal(client.connection.isOpen, false);
    assert.equal(broker.sessions.size, 0);
  });

  test(`the broker model in ${version} refuses the filters that a test names`, () => {
    const { client } = setUp(version, {
      subackCode: (filter) => (filter === "no" ? 0x80 : undefined),
    });
    client.connect();
    const subscriptions = [
      { topic: "yes", qos: 2 },
      { topic: "no", qos: 1 },
    ] as const;
    client.say({ cmd: "subscribe", messageId: 1, subscriptions: [...subscriptions] });
    const [suback] = client.take();
    assert.ok(suback.cmd === "suback");
    assert.deepEqual(suback.granted, [2, 0x80]);
  });

  test(`a client in ${version} that pings in time, leaves and closes gives the broker model no offence`, () => {
    const { broker, client } = setUp(version);
    client.connect({ keepalive: 10 });
    for (let i = 0; i < 10; i++) {
      client.pass(10_000);
      client.say({ cmd: "pingreq" });
    }
    client.say({ cmd: "disconnect", reasonCode: 0 });
    client.connection.lost(client.now);
    client.pass(60_000);
    assert.deepEqual(broker.violations, []);
  });
}

test("the broker model claims a session that it does not have when a test says so", () => {
  const { client } = setUp(5, { claimsSession: true });
  assert.equal(client.connect()?.sessionPresent, true);
});

test("a clean session of 3.1.1 dies with its connection", () => {
  const { broker, client } = setUp(4);
  client.connect({ clean: true });
  client.connection.lost(0);
  assert.equal(broker.sessions.size, 0);
});

test("a session of 5 lives as long as its expiry interval, which DISCONNECT may change", () => {
  const { broker, client } = setUp(5);
  client.connect({ properties: { sessionExpiryInterval: 10 } });
  client.connection.lost(0);
  client.pass(9_999);
  assert.equal(broker.sessions.size, 1);
  assert.equal(broker.pollTimeout(client.now), 1);
  client.pass(1);
  assert.equal(broker.sessions.size, 0);
  client.open();
  client.connect();
  client.say({ cmd: "disconnect", reasonCode: 0, properties: { sessionExpiryInterval: 0 } });
  assert.equal(broker.sessions.size, 0);
});

test("a will of 5 waits for its delay, and a client that returns before takes it back", () => {
  const { broker, client } = setUp(5);
  const will = { ...WILL, properties: { willDelayInterval: 5 } };
  client.connect({ will });
  client.connection.lost(0);
  client.pass(4_000);
  client.open();
  client.connect({ will });
  client.pass(10_000);
  assert.deepEqual(wills(broker), []);
  client.connection.lost(client.now);
  client.pass(5_000);
  assert.deepEqual(wills(broker), ["w"]);
});

test("a will of 5 is published when its session ends before the delay does, and by DISCONNECT 0x04", () => {
  const { broker, client } = setUp(5);
  const will = { ...WILL, properties: { willDelayInterval: 5 } };
  client.connect({ will, properties: { sessionExpiryInterval: 2 } });
  client.connection.lost(0);
  client.pass(2_000);
  assert.deepEqual(wills(broker), ["w"]);
  client.open();
  client.connect({ will: WILL });
  client.say({ cmd: "disconnect", reasonCode: 4 });
  assert.deepEqual(wills(broker), ["w", "w"]);
});

test("the broker model names a client that has no name", () => {
  const { client } = setUp(5, { connackProperties: { receiveMaximum: 7 } });
  const properties = client.connect({ clientId: "", clean: true })?.properties;
  assert.equal(properties?.assignedClientIdentifier, "assigned-#1");
  assert.equal(properties?.receiveMaximum, 7);
});

test("the broker model refuses a will that asks for what CONNACK would forbid", () => {
  const { client } = setUp(5, { connackProperties: { maximumQoS: 0, retainAvailable: false } });
  assert.equal(client.connect({ will: WILL })?.reasonCode, 0x9b);
  client.open();
  assert.equal(client.connect({ will: { ...WILL, qos: 0, retain: true } })?.reasonCode, 0x9a);
});

test("the broker model ends a connection with a reason and a Server Reference", () => {
  const { broker, client } = setUp(5);
  client.connect();
  broker.disconnect("c", 0x9d, { serverReference: "elsewhere" });
  const [packet] = client.take();
  assert.ok(packet.cmd === "disconnect");
  assert.equal(packet.reasonCode, 0x9d);
  assert.equal(packet.properties?.serverReference, "elsewhere");
  assert.equal(client.connection.isOpen, false);
});

test("the broker model plays an enhanced authentication, and another when the client asks", () => {
  const steps: AuthenticationStep[] = [];
  const { broker, client } = setUp(5, {
    authenticate: (step) => {
      steps.push(step);
      return { reasonCode: step.step === 0 ? 0x18 : 0, data: Buffer.from(`${step.step}`) };
    },
  });
  const properties = { authenticationMethod: "m", authenticationData: Buffer.from("x") };
  client.connect({ properties });
  assert.equal(client.connection.phase, "authenticating");
  client.say({ cmd: "auth", reasonCode: 0x18, properties });
  const [connack] = client.take();
  assert.ok(connack.cmd === "connack");
  assert.equal(connack.properties?.authenticationMethod, "m");
  assert.equal(connack.properties?.authenticationData?.toString(), "1");
  client.say({ cmd: "auth", reasonCode: 0x19, properties });
  assert.deepEqual(client.read(), ["auth 0x18"]);
  client.say({ cmd: "auth", reasonCode: 0x18, properties });
  assert.deepEqual(client.read(), ["auth"]);
  assert.deepEqual(
    steps.map((one) => [one.step, one.isReauthentication, one.data?.toString()]),
    [
      [0, false, "x"],
      [1, false, "x"],
      [0, true, "x"],
      [1, true, "x"],
    ],
  );
  assert.deepEqual(broker.violations, []);
});

test("the broker model refuses a method that it does not have, and a proof that does not convince", () => {
  const { broker, client } = setUp(5);
  const properties = { authenticationMethod: "m" };
  assert.equal(client.connect({ properties })?.reasonCode, 0x8c);
  broker.options.authenticate = ({ isReauthentication }) => ({
    reasonCode: isReauthentication ? 0x87 : 0,
  });
  client.open();
  assert.equal(client.connect({ properties })?.reasonCode, 0);
  client.say({ cmd: "auth", reasonCode: 0x19, properties });
  assert.deepEqual(client.read(), ["disconnect 0x87"]);
});

test("a silent broker model takes everything and says nothing", () => {
  const { broker, client } = setUp(4, { isSilent: true });
  assert.equal(client.connect(), undefined);
  client.publish(1, 1);
  assert.deepEqual(client.read(), []);
  assert.equal(broker.received.length, 1);
  assert.equal(client.connection.isOpen, true);
});
