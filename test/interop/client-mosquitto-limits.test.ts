import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { now } from "../../firmware/platform/node/clock.js";
import { DENIED_EVENT } from "../../firmware/session/event.js";
import { REFUSED, TOO_LARGE, UNSUPPORTED } from "../../firmware/status.js";
import { board, type Place, peer } from "./client-features.js";
import { Gate } from "./gate.js";
import { heard } from "./heard.js";
import { Mosquitto } from "./mosquitto.js";

// What a broker allows, and what it refuses.

async function start(
  context: TestContext,
  options: Parameters<typeof Mosquitto.start>[1],
  protocolVersion: 4 | 5 = 5,
): Promise<Place> {
  const { port } = await Mosquitto.start(context, options);
  return { context, port, protocolVersion };
}

for (const [protocolVersion, code] of [
  [4, 5],
  [5, 0x87],
] as const) {
  test(`mosquitto, protocol level ${protocolVersion}: user and password let in, and nothing else does`, async (context) => {
    const place = await start(context, { access: ["topic readwrite #"] }, protocolVersion);
    for (const login of [{}, { userName: "board", password: Buffer.from("wrong") }]) {
      const client = board(place, login);
      client.start();
      await client.heard(`disconnected ${REFUSED} ${code}`);
      assert.ok(client.client.pollTimeout(0) > 0);
      client.end();
    }
    const client = board(place, { userName: "board", password: Buffer.from("secret") });
    await client.connect();
    await client.close();
  });

  test(`mosquitto, protocol level ${protocolVersion}: a subscription that access rules forbid is told as refused`, async (context) => {
    const place = await start(
      context,
      { lines: await forbidSubscriptions(context) },
      protocolVersion,
    );
    const client = board(place);
    let reason = 0;
    const { onEvent } = client;
    client.onEvent = (kind, detail) => {
      if (kind === DENIED_EVENT) reason = client.client.reason;
      onEvent.call(client, kind, detail);
    };
    await client.connect();
    await client.subscribe("a", 1);
    assert.equal(client.told.at(-1), "subscribed 0 false");
    assert.equal(reason, protocolVersion === 5 ? 0x87 : 0x80);
    await client.close();
  });
}

/** Lines that load mosquitto's own plugin for access rules, and rules under which nobody subscribes. */
async function forbidSubscriptions(context: TestContext): Promise<string[]> {
  const name = "mosquitto_dynamic_security.so";
  const plugin = readdirSync("/usr/lib")
    .flatMap((folder) => [join("/usr/lib", folder, name)])
    .find((path) => existsSync(path));
  if (plugin === undefined) throw new Error(`this test needs ${name}: apt-get install mosquitto`);
  const folder = await mkdtemp(join(tmpdir(), "mote-rules-"));
  context.after(() => rm(folder, { recursive: true }));
  const rules = join(folder, "rules.json");
  const access = { publishClientSend: true, publishClientReceive: true, unsubscribe: true };
  await writeFile(rules, JSON.stringify({ defaultACLAccess: { ...access, subscribe: false } }));
  return [`plugin ${plugin}`, `plugin_opt_config_file ${rules}`];
}

test("mosquitto: a publish that access rules forbid is told with its reason", async (context) => {
  const place = await start(context, { access: ["topic readwrite open/#"] });
  const client = board(place, { userName: "board", password: Buffer.from("secret") });
  await client.connect();
  await client.subscribe("open/x", 1);
  assert.equal(await client.publishHeard("secret/x", "x", { qos: 1 }), 0x87);
  assert.equal(await client.publishHeard("secret/x", "x", { qos: 2 }), 0x87);
  assert.equal(await client.publishHeard("open/x", "x", { qos: 2 }), 0);
});

test("mosquitto: the client sends no more at one time than the broker's Receive Maximum", async (context) => {
  const place = await start(context, { lines: ["max_inflight_messages 5"] });
  const gate = await Gate.start(context, place.port);
  const other = await peer(place);
  await other.subscribe("w");
  const client = board(place, { inFlightWindow: 20 }, gate.port);
  await client.connect();
  assert.equal(client.client.session.outbox.quota, 5);
  gate.passesAnswers = false;
  const tokens = Array.from({ length: 20 }, (_, i) =>
    client.publish("w", `${i}`, { qos: 1 + (i % 2) }),
  );
  await sleep(300);
  assert.equal(gate.publishesOf("board")[0]?.length, 5);
  await gate.shut();
  gate.passesAnswers = true;
  await gate.open();
  for (const token of tokens) await client.heard(`acknowledged ${token}`);
  await other.message("w", "19");
});

test("mosquitto: the broker sends no more at one time than the client's Receive Maximum", async (context) => {
  const place = await start(context, { lines: ["max_inflight_messages 20"] });
  const gate = await Gate.start(context, place.port);
  const other = await peer(place);
  const client = board(place, { inboxCapacity: 3 }, gate.port);
  await client.connect();
  await client.subscribe("r", 2);
  client.client.pause();
  // At QoS 2 mosquitto 2.0.11 counts a PUBREC as the end of a message, and so sends too many.
  for (let i = 0; i < 20; i++) other.publish("r", `${i}`, { qos: 1 });
  await sleep(300);
  const came = gate.connections[0]?.fromBroker.filter(({ cmd }) => cmd === "publish");
  assert.equal(came?.length, 3);
  client.client.resume();
  await client.message("19");
  assert.deepEqual(
    client.payloads,
    Array.from({ length: 20 }, (_, i) => `${i}`),
  );
  assert.deepEqual(client.told, ["connected false", "subscribed 0 true"]);
});

test("mosquitto: a publish larger than the broker takes is refused in the client", async (context) => {
  const place = await start(context, { lines: ["max_packet_size 300"] });
  const other = await peer(place);
  await other.subscribe("big");
  const client = board(place);
  const early = client.publish("big", "e".repeat(400), { qos: 1 });
  await client.connect();
  await client.heard(`dropped ${early} ${TOO_LARGE}`);
  // Two bytes of topic length, three of topic, two of identifier, one of properties, three of header.
  const most = 300 - 11;
  assert.equal(client.publish("big", "x".repeat(most + 1), { qos: 1 }), TOO_LARGE);
  await client.publishHeard("big", "x".repeat(most), { qos: 1 });
  await other.message("big", "x".repeat(most));
  assert.deepEqual(
    client.told.filter((line) => line.startsWith("disconnected")),
    [],
  );
});

test("mosquitto: a message larger than the client takes is not sent to it", async (context) => {
  const place = await start(context, {});
  const other = await peer(place);
  const client = board(place, { maximumPacketSize: 100 });
  await client.connect();
  await client.subscribe("in", 2);
  const fits = "x".repeat(80);
  other.publish("in", fits, { qos: 1 });
  await client.message(fits);
  for (const qos of [0, 1, 2] as const) {
    for (const length of [200, 1_000]) other.publish("in", "y".repeat(length), { qos });
    // What comes in one segment with a message that is too large, mosquitto may drop too.
    await sleep(100);
  }
  other.publish("in", "end", { qos: 1 });
  await client.message("end");
  assert.deepEqual(client.payloads, [fits, "end"]);
  assert.deepEqual(client.told, ["connected false", "subscribed 0 true"]);
});

test("mosquitto: its Maximum QoS, Retain Available and keep-alive are obeyed", async (context) => {
  const place = await start(context, {
    lines: ["max_qos 1", "retain_available false", "max_keepalive 10"],
  });
  const client = board(place, { keepAliveSeconds: 600 });
  const early = client.publish("a", "2", { qos: 2 });
  await client.connect();
  await client.heard(`dropped ${early} ${UNSUPPORTED}`);
  assert.equal(client.publish("a", "2", { qos: 2 }), UNSUPPORTED);
  assert.equal(client.publish("a", "r", { qos: 1, retain: true }), UNSUPPORTED);
  await client.subscribe("a", 2);
  assert.equal(await client.publishHeard("a", "1", { qos: 1 }), 0);
  assert.equal((await client.message("1")).qos, 1);
  const untilPing = client.client.pollTimeout(now());
  assert.ok(untilPing > 5_000 && untilPing <= 7_500, `${untilPing}`);
});

test("mosquitto: a broker that ends says so, and the client comes back to it", async (context) => {
  const broker = await Mosquitto.start(context);
  const place: Place = { context, port: broker.port, protocolVersion: 5 };
  const client = board(place);
  await client.connect();
  await broker.kill();
  await client.heard(/^disconnected -40/);
  const token = client.publish("a", "kept", { qos: 2 });
  await broker.restart();
  await client.heard(`acknowledged ${token}`);
  await heard(
    () => client.client.pending === 0,
    () => `${client.told}`,
  );
});
