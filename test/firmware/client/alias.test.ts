import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type IPublishPacket } from "mqtt-packet";
import { Topic } from "../../../firmware/session/topic.js";
import { BAD_ALIAS } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

/** What was written of each PUBLISH: its topic and its alias. */
function topics(rig: ClientRig): (readonly [string, number | undefined])[] {
  return rig.transport
    .take()
    .flatMap((packet) =>
      packet.cmd === "publish" ? [[packet.topic, packet.properties?.topicAlias] as const] : [],
    );
}

function aliasing(aliasCapacity = 2): ClientRig {
  return new ClientRig({ protocolVersion: 5, aliasCapacity });
}

const allowed = (topicAliasMaximum: number) => ({ properties: { topicAliasMaximum } });

test("a topic goes out once with its alias, and from then on as the alias alone", () => {
  const rig = aliasing();
  rig.connect(allowed(10));
  const topic = new Topic("a/b", { qos: 1 });
  for (const text of ["1", "2", "3"]) rig.publishTo(topic, text);
  assert.deepEqual(topics(rig), [
    ["a/b", 1],
    ["", 1],
    ["", 1],
  ]);
});

test("topics share no alias, and those beyond the client's capacity go without", () => {
  const rig = aliasing(2);
  rig.connect(allowed(10));
  for (const name of ["a", "b", "c"]) {
    const topic = new Topic(name, {});
    for (const text of ["1", "2"]) rig.publishTo(topic, text);
  }
  assert.deepEqual(topics(rig), [
    ["a", 1],
    ["", 1],
    ["b", 2],
    ["", 2],
    ["c", undefined],
    ["c", undefined],
  ]);
});

test("no alias is used that the broker does not allow", () => {
  for (const [maximum, expected] of [
    [0, [undefined, undefined]],
    [1, [1, undefined]],
  ] as const) {
    const rig = aliasing();
    rig.connect(maximum === 0 ? {} : allowed(maximum));
    for (const name of ["a", "b"]) rig.publishTo(new Topic(name, {}), "x");
    assert.deepEqual(
      topics(rig).map(([, alias]) => alias),
      expected,
    );
  }
});

test("each connection is told the aliases anew", () => {
  const rig = aliasing();
  rig.connect(allowed(2));
  const topic = new Topic("a/b", { qos: 1 });
  rig.publishTo(topic, "1");
  rig.publishTo(topic, "2");
  topics(rig);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true, ...allowed(2) });
  assert.deepEqual(topics(rig), [
    ["a/b", 1],
    ["", 1],
  ]);
});

test("a resend to a broker that allows no alias carries its topic", () => {
  const rig = aliasing();
  rig.connect(allowed(2));
  const topic = new Topic("a/b", { qos: 1 });
  for (const text of ["1", "2"]) rig.publishTo(topic, text);
  topics(rig);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(topics(rig), [
    ["a/b", undefined],
    ["a/b", undefined],
  ]);
});

test("a topic longer than an alias may stand for goes without", () => {
  const rig = new ClientRig({ protocolVersion: 5, aliasCapacity: 2, aliasTopicBytes: 40 });
  rig.connect(allowed(2));
  rig.publishTo(new Topic("t".repeat(60), {}), "x");
  rig.publishTo(new Topic("s", {}), "x");
  assert.deepEqual(topics(rig), [
    ["t".repeat(60), undefined],
    ["s", 1],
  ]);
});

test("an alias goes with the topic's own properties and any payload", () => {
  const rig = new ClientRig({
    protocolVersion: 5,
    aliasCapacity: 1,
    arena: new Uint8Array(1024),
  });
  rig.connect(allowed(1));
  const topic = new Topic("a/b", { qos: 2, retain: true, expirySeconds: 60 });
  for (const text of ["", "x".repeat(200), "y"]) rig.publishTo(topic, text);
  const packets = rig.transport.take().map((packet) => packet as IPublishPacket);
  assert.deepEqual(
    packets.map(({ topic, payload, qos, retain, properties }) => [
      topic,
      payload.toString(),
      qos,
      retain,
      properties?.messageExpiryInterval,
      properties?.topicAlias,
    ]),
    [
      ["a/b", "", 2, true, 60, 1],
      ["", "x".repeat(200), 2, true, 60, 1],
      ["", "y", 2, true, 60, 1],
    ],
  );
});

test("an aliased packet goes out whole through a transport that takes three bytes at a time", () => {
  const rig = aliasing();
  rig.connect(allowed(2));
  const topic = new Topic("a/b", { qos: 1 });
  rig.transport.limit(3);
  rig.publishTo(topic, "first");
  rig.publishTo(topic, "second");
  for (let i = 0; i < 50; i++) {
    rig.transport.limit(3);
    rig.transport.writable(rig.now);
  }
  assert.deepEqual(rig.written(), ["publish 1 first", "publish 2 second"]);
});

test("an alias does not make a packet larger than the broker takes", () => {
  const rig = aliasing();
  const topic = new Topic("a/b", { qos: 1 });
  const size = 2 + 5 + 2 + 1 + 20;
  rig.connect({ properties: { topicAliasMaximum: 2, maximumPacketSize: size } });
  assert.ok(rig.publishTo(topic, "x".repeat(20)) >= 0);
  rig.publishTo(topic, "small");
  rig.publishTo(topic, "x".repeat(20));
  assert.deepEqual(topics(rig), [
    ["a/b", undefined],
    ["a/b", 1],
    ["", 1],
  ]);
});

test("a topic that two clients share has an alias of its own with each", () => {
  const [one, two] = [aliasing(), aliasing()];
  const [shared, own] = [new Topic("shared", {}), new Topic("own", {})];
  for (const rig of [one, two]) rig.connect(allowed(2));
  one.publishTo(shared, "x");
  two.publishTo(own, "x");
  two.publishTo(shared, "x");
  two.publishTo(own, "x");
  const seen = new Map<number, string>();
  const meant = topics(two).map(([topic, alias]) => {
    if (topic !== "" && alias !== undefined) seen.set(alias, topic);
    return topic === "" ? seen.get(alias ?? 0) : topic;
  });
  assert.deepEqual(meant, ["own", "shared", "own"]);
});

function message(topic: string, topicAlias: number | undefined, payload: string, messageId = 9) {
  return {
    cmd: "publish",
    topic,
    payload,
    qos: 1,
    messageId,
    retain: false,
    dup: false,
    properties: topicAlias === undefined ? {} : { topicAlias },
  } as const;
}

test("a message with an alias alone has the topic that the broker gave it", () => {
  const rig = new ClientRig({ protocolVersion: 5, topicAliasMaximum: 2 });
  rig.connect();
  rig.says(message("a/b", 1, "1"));
  rig.says(message("c", 2, "2"));
  rig.says(message("", 1, "3"));
  rig.says(message("new", 1, "4"));
  rig.says(message("", 1, "5"));
  assert.deepEqual(rig.told.slice(1), [
    "message a/b 1",
    "message c 2",
    "message a/b 3",
    "message new 4",
    "message new 5",
  ]);
});

test("the broker's aliases end with their connection", () => {
  const rig = new ClientRig({ protocolVersion: 5, topicAliasMaximum: 2 });
  rig.connect();
  rig.says(message("a/b", 1, "1"));
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  rig.says(message("", 1, "2"));
  assert.equal(rig.told.filter((line) => line.startsWith("message")).length, 1);
  assert.equal(rig.client.isConnected, false);
});

test("an alias that the client did not allow ends the connection with its reason", () => {
  for (const alias of [0, 3]) {
    const rig = new ClientRig({ protocolVersion: 5, topicAliasMaximum: 2 });
    rig.connect();
    // Made by hand: the second opinion refuses to make an alias of 0.
    const bytes = [0x30, 9, 0, 1, 0x61, 3, 35, 0, alias, 0x78, 0x79];
    rig.transport.saysBytes(Uint8Array.from(bytes), rig.now);
    assert.equal(rig.told.at(-1), `disconnected ${BAD_ALIAS} 0`);
    const [goodbye] = rig.transport.take();
    assert.ok(goodbye?.cmd === "disconnect");
    assert.equal(goodbye.reasonCode, 0x94);
  }
});

test("a topic longer than an alias may stand for is shown, and what comes under the alias is counted and told", () => {
  const rig = new ClientRig({
    protocolVersion: 5,
    topicAliasMaximum: 2,
    aliasTopicBytes: 8,
    receiveBuffer: new Uint8Array(128),
  });
  rig.connect();
  const long = "t".repeat(20);
  rig.says(message(long, 1, "1"));
  assert.equal(rig.told.at(-1), `message ${long} 1`);
  const bytes = generate(message("", 1, "2", 10), { protocolVersion: 5 });
  for (const byte of bytes) rig.transport.saysBytes(Uint8Array.of(byte), rig.now);
  assert.equal(rig.told.at(-1), "oversize 1");
  rig.says(message("", 1, "3", 11));
  assert.equal(rig.client.statistics.oversize, 2);
  assert.deepEqual(rig.written(), ["puback 9", "puback 10", "puback 11"]);
  rig.says(message("short", 1, "4"));
  rig.says(message("", 1, "5"));
  assert.equal(rig.told.at(-1), "message short 5");
});
