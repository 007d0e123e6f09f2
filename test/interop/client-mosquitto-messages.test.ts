import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  NO_LOCAL,
  RETAIN_AS_PUBLISHED,
  RETAIN_IF_NEW,
  RETAIN_NEVER,
} from "../../firmware/session/subscriptions.js";
import { Topic } from "../../firmware/session/topic.js";
import { Properties } from "../../firmware/wire/properties.js";
import {
  CONTENT_TYPE,
  CORRELATION_DATA,
  MESSAGE_EXPIRY_INTERVAL,
  PAYLOAD_FORMAT_INDICATOR,
  RESPONSE_TOPIC,
  SUBSCRIPTION_IDENTIFIER,
  USER_PROPERTY,
} from "../../firmware/wire/property-id.js";
import { board, type Place, peer } from "./client-features.js";
import { Gate } from "./gate.js";
import { heard } from "./heard.js";
import { Mosquitto } from "./mosquitto.js";
import type { TcpClient } from "./tcp-client.js";

// What of MQTT 5 a message, a subscription or a session carries, against a real broker.

async function start(context: Place["context"]): Promise<Place> {
  const { port } = await Mosquitto.start(context);
  return { context, port, protocolVersion: 5 };
}

/** Resolves once the client has everything that was sent to it before. */
async function settle(client: TcpClient, mark: string): Promise<void> {
  client.publish("mark", mark, { qos: 1 });
  await client.message(mark);
}

test("mosquitto: properties of a message go out whole", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  await other.subscribe("a");
  const client = board(place);
  await client.connect();
  const properties = new Properties()
    .byte(PAYLOAD_FORMAT_INDICATOR, 1)
    .text(CONTENT_TYPE, "text/plain")
    .text(RESPONSE_TOPIC, "answer/größe")
    .binary(CORRELATION_DATA, Buffer.from("id"))
    .pair(USER_PROPERTY, "unit", "°C");
  await client.publishHeard("a", "x", { qos: 1, properties });
  const { userProperties, ...others } = (await other.message("a", "x")).properties ?? {};
  assert.deepEqual({ ...userProperties }, { unit: "°C" });
  assert.deepEqual(others, {
    payloadFormatIndicator: true,
    contentType: "text/plain",
    responseTopic: "answer/größe",
    correlationData: Buffer.from("id"),
  });
});

test("mosquitto: properties of a message come in whole", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  const client = board(place);
  await client.connect();
  await client.subscribe("b", 2);
  other.publish("b", "y", {
    qos: 2,
    properties: {
      contentType: "application/json",
      responseTopic: "answer",
      correlationData: Buffer.from("other"),
      messageExpiryInterval: 90,
      userProperties: { a: ["1", "2"] },
    },
  });
  const { properties } = await client.message("y");
  assert.deepEqual(properties.get(CONTENT_TYPE), ["application/json"]);
  assert.deepEqual(properties.get(RESPONSE_TOPIC), ["answer"]);
  assert.deepEqual(properties.get(CORRELATION_DATA), ["other"]);
  assert.deepEqual(properties.get(USER_PROPERTY), ["a=1", "a=2"]);
  const left = Number(properties.get(MESSAGE_EXPIRY_INTERVAL)?.[0]);
  assert.ok(left > 80 && left <= 90, `${left}`);
});

test("mosquitto: what expires in the client is not sent, and a subscriber sees what is left of the rest", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  await other.subscribe("e");
  const client = board(place);
  const expired = client.publish("e", "short", { qos: 1, expirySeconds: 1 });
  const kept = client.publish("e", "long", { qos: 1, expirySeconds: 50 });
  await sleep(1_100);
  await client.connect();
  await client.heard(`acknowledged ${kept}`);
  assert.ok(client.told.includes(`expired ${expired}`));
  const left = (await other.message("e", "long")).properties?.messageExpiryInterval ?? 0;
  assert.ok(left > 40 && left < 50, `${left}`);
  assert.deepEqual(other.payloads("e"), ["long"]);
});

test("mosquitto: messages name the subscriptions that they came for", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  const client = board(place);
  await client.connect();
  await client.subscribe("s/+", 1, 7);
  await client.subscribe("s/#", 1, 300_000);
  await client.subscribe("plain", 1);
  other.publish("s/one", "1");
  other.publish("s/one/two", "2");
  other.publish("plain", "3");
  await client.message("3");
  const seen = client.received.map((one) => [
    one.payload,
    one.properties.get(SUBSCRIPTION_IDENTIFIER),
  ]);
  const ids = seen.filter(([payload]) => payload === "1").flatMap(([, values]) => values);
  assert.deepEqual(ids.map(Number).sort(), [300_000, 7].sort());
  assert.deepEqual(seen.at(-2), ["2", [300_000]]);
  assert.deepEqual(seen.at(-1), ["3", undefined]);
});

test("mosquitto: with No Local a client does not hear itself", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  const client = board(place);
  await client.connect();
  await client.subscribe("l", 1 | NO_LOCAL);
  await client.subscribe("mark", 1);
  await client.publishHeard("l", "own", { qos: 1 });
  other.publish("l", "other's", { qos: 1 });
  await client.message("other's");
  await settle(client, "end");
  assert.deepEqual(client.payloads, ["other's", "end"]);
});

test("mosquitto: RETAIN as it was published, and retained messages always, once or never", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  other.publish("kept", "old", { qos: 1, retain: true });
  await other.heard("puback");
  const client = board(place);
  await client.connect();
  await client.subscribe("mark", 1);
  await client.subscribe("kept", 1 | RETAIN_NEVER);
  await settle(client, "never");
  await client.subscribe("kept", 1 | RETAIN_IF_NEW);
  await settle(client, "not new");
  assert.deepEqual(client.payloads, ["never", "not new"]);
  other.publish("kept", "live", { qos: 1, retain: true });
  assert.equal((await client.message("live")).retain, false);
  await client.unsubscribe("kept");
  await client.subscribe("kept", 1 | RETAIN_IF_NEW | RETAIN_AS_PUBLISHED);
  await heard(
    () => client.received.at(-1)?.retain === true,
    () => `${client.payloads}`,
  );
  assert.equal(client.received.at(-1)?.payload, "live");
  other.publish("kept", "live too", { qos: 1, retain: true });
  assert.equal((await client.message("live too")).retain, true);
});

test("mosquitto: a shared subscription gives each message to one of its group", async (context) => {
  const place = await start(context);
  const other = await peer(place);
  const group = [board(place, { clientId: "one" }), board(place, { clientId: "two" })];
  for (const client of group) {
    await client.connect();
    await client.subscribe("$share/group/work/#", 1);
  }
  const work = Array.from({ length: 20 }, (_, i) => `${i}`);
  for (const payload of work) other.publish("work/x", payload, { qos: 1 });
  const all = () => group.flatMap((client) => client.payloads);
  await heard(
    () => all().length >= work.length,
    () => `${all()}`,
  );
  assert.deepEqual(
    all()
      .map(Number)
      .sort((a, b) => a - b),
    work.map(Number),
  );
  for (const client of group) assert.ok(client.received.length > 0);
});

test("mosquitto: the reason of a PUBACK is told: nobody subscribed", async (context) => {
  const place = await start(context);
  const client = board(place);
  await client.connect();
  assert.equal(await client.publishHeard("nobody", "x", { qos: 1 }), 0x10);
  assert.equal(await client.publishHeard("nobody", "x", { qos: 2 }), 0);
  await client.subscribe("somebody", 1);
  assert.equal(await client.publishHeard("somebody", "x", { qos: 1 }), 0);
});

test("mosquitto: topics go out once and then as an alias, and arrive whole, over a cut too", async (context) => {
  const place = await start(context);
  const gate = await Gate.start(context, place.port);
  const other = await peer(place);
  await other.subscribe("a/#");
  const client = board(place, { aliasCapacity: 2 }, gate.port);
  const name = "a/long/topic/that/is/worth/an/alias";
  const topics = ["", "/2", "/3"].map((end) => new Topic(name + end, { qos: 1 }));
  await client.connect();
  const round = async (mark: string) => {
    for (const [i, topic] of topics.entries()) client.publishTo(topic, `${mark}${i}`);
    for (const [i, end] of ["", "/2", "/3"].entries()) await other.message(name + end, mark + i);
  };
  await round("a");
  await round("b");
  await heard(
    () => client.client.pending === 0,
    () => `${client.told}`,
  );
  await gate.shut();
  await client.heard(/^disconnected/);
  await gate.open();
  await client.heard("connected true");
  await round("c");
  const sent = gate
    .publishesOf("board")
    .map((packets) =>
      packets.map(({ topic, properties, length }) => [
        topic.slice(name.length) || topic.slice(0, 1),
        properties?.topicAlias,
        (length ?? 0) < name.length,
      ]),
    );
  const first = [
    ["a", 1, false],
    ["/2", 2, false],
    ["/3", undefined, false],
  ];
  const again = [
    ["", 1, true],
    ["", 2, true],
    ["/3", undefined, false],
  ];
  assert.deepEqual(sent, [[...first, ...again], first]);
});

test("mosquitto: a session lives as long as it was asked to, and no longer", async (context) => {
  const place = await start(context);
  const gate = await Gate.start(context, place.port);
  const client = board(place, { sessionExpirySeconds: 1 }, gate.port);
  await client.connect();
  await client.subscribe("x", 1);
  await gate.shut();
  await client.heard(/^disconnected/);
  await gate.open();
  await client.heard("connected true");
  await gate.shut();
  await sleep(3_000);
  await gate.open();
  await client.heard("connected false", 2);
  await client.heard("subscribed 0 true", 2);
});

test("mosquitto: a client without an identifier is given one, and resumes its session by it", async (context) => {
  const place = await start(context);
  const gate = await Gate.start(context, place.port);
  const client = board(place, { clientId: "" }, gate.port);
  await client.connect();
  await gate.shut();
  await client.heard(/^disconnected/);
  const token = client.publish("x", "kept", { qos: 2 });
  await gate.open();
  await client.heard("connected true");
  await client.heard(`acknowledged ${token}`);
  const given = gate.connections.map(({ clientId }) => clientId);
  assert.equal(given[0], "");
  assert.ok((given.at(-1) ?? "").length > 0);
});

test("mosquitto: a will waits for its delay, has its properties, and is not published when its client is back", async (context) => {
  const place = await start(context);
  const gate = await Gate.start(context, place.port);
  const other = await peer(place);
  await other.subscribe("status/#");
  const properties = new Properties().pair(USER_PROPERTY, "why", "cut");
  const will = { topic: "status/away", payload: Buffer.from("gone"), qos: 1, retain: false };
  const away = board(place, { clientId: "away", will: { ...will, delaySeconds: 1, properties } });
  const back = board(
    place,
    { clientId: "back", will: { ...will, topic: "status/back", delaySeconds: 1 } },
    gate.port,
  );
  await Promise.all([away.connect(), back.connect()]);
  const cutAt = performance.now();
  away.end();
  await gate.shut();
  await gate.open();
  await back.heard("connected true");
  const message = await other.message("status/away", "gone");
  assert.ok(performance.now() - cutAt > 900);
  assert.deepEqual({ ...message.properties?.userProperties }, { why: "cut" });
  assert.deepEqual(other.payloads("status/back"), []);
});
