import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Packet } from "mqtt-packet";
import type { ClientOptions } from "../../firmware/session/options.js";
import { Topic } from "../../firmware/session/topic.js";
import { Gate } from "./gate.js";
import { heard } from "./heard.js";
import { PlainPeer, type ProtocolVersion } from "./plain-peer.js";
import { TcpClient } from "./tcp-client.js";

// What every broker and the client can do together, in either version.

/** One test's broker, and the version that is spoken with it. */
export interface Place {
  readonly context: TestContext;
  readonly port: number;
  readonly protocolVersion: ProtocolVersion;
  /**
   * aedes sets no DUP when a session resumes, and releases some of many QoS 2 messages under another's
   * identifier.
   */
  readonly isAedes?: boolean;
}

type Feature = (place: Place) => Promise<void>;

const QOS = [0, 1, 2] as const;
/** Larger than the client's buffers, and than what a socket takes at once. */
const LARGE_BYTES = 200_000;
const MANY = 10_000;

export const FEATURES: Readonly<Record<string, Feature>> = {
  "each QoS goes out and comes in as it is, empty payloads too": exchange,
  "a retained message is kept, shown as retained and removed": retain,
  "what was cut on its way out is sent again with DUP, and QoS 2 arrives once": resumeOut,
  "what was cut on its way in comes again, and QoS 2 is delivered once": resumeIn,
  "a will is published when the connection is cut, and not after a close": will,
  "a payload larger than all buffers goes out from a source and comes in in pieces": stream,
  "an idle connection is kept by PINGREQ": idle,
  "two clients of one identifier do not fight for ever, and the will of the first is published":
    takeover,
  "10,000 messages go out and come in, in order": many,
};

export function board(
  place: Place,
  options: Partial<ClientOptions> = {},
  port?: number,
): TcpClient {
  const { context, protocolVersion } = place;
  return new TcpClient(context, port ?? place.port, { protocolVersion, ...options });
}

export function peer(place: Place, options: Parameters<typeof PlainPeer.connect>[3] = {}) {
  return PlainPeer.connect(place.context, place.port, place.protocolVersion, options);
}

async function exchange(place: Place): Promise<void> {
  const client = board(place);
  const other = await peer(place);
  await other.subscribe("out/#");
  await client.connect();
  await client.subscribe("in/+", 2);
  for (const qos of QOS) {
    for (const payload of [`${qos}`, ""]) {
      const token = client.publish(`out/${qos}`, payload, { qos });
      if (qos > 0) await client.heard(`acknowledged ${token}`);
      const out = await other.message(`out/${qos}`, payload);
      assert.equal(out.qos, qos);
      assert.equal(out.dup || out.retain, false);
      other.publish(`in/${qos}`, payload, { qos });
    }
  }
  await heard(
    () => client.received.length === 6,
    () => `${client.payloads}`,
  );
  assert.deepEqual(
    client.received.map(({ topic, payload, qos }) => [topic, payload, qos]),
    QOS.flatMap((qos) => [
      [`in/${qos}`, `${qos}`, qos],
      [`in/${qos}`, "", qos],
    ]),
  );
  await client.close();
}

async function retain(place: Place): Promise<void> {
  const client = board(place);
  await client.connect();
  const kept = { qos: 1, retain: true };
  await client.publishHeard("kept", "first", kept);
  await client.publishHeard("kept", "second", kept);
  await client.subscribe("kept", 1);
  assert.equal((await client.message("second")).retain, true);
  await client.publishHeard("kept", "", kept);
  assert.equal((await client.message("")).retain, false);
  const late = await peer(place);
  await late.subscribe("kept");
  late.publish("kept", "end", { qos: 1 });
  await late.message("kept", "end");
  assert.deepEqual(late.payloads("kept"), ["end"]);
}

async function resumeOut(place: Place): Promise<void> {
  const gate = await Gate.start(place.context, place.port);
  const other = await peer(place);
  await other.subscribe("out/#");
  const client = board(place, {}, gate.port);
  await client.connect();
  // aedes has a session to resume only where there is a subscription.
  await client.subscribe("in", 1);
  gate.passesAnswers = false;
  const tokens = QOS.map((qos) => client.publish(`out/${qos}`, "cut", { qos }));
  await lostOnTheWay(gate, ["puback", "pubrec"]);
  await gate.shut();
  await client.heard(/^disconnected -40/);
  tokens.push(client.publish("out/2", "offline", { qos: 2 }));
  gate.passesAnswers = true;
  await gate.open();
  for (const token of tokens.slice(1)) await client.heard(`acknowledged ${token}`);
  await other.message("out/2", "offline");
  const again = gate
    .publishesOf("board")
    .at(-1)
    ?.map(({ topic, dup }) => [topic, dup]);
  assert.deepEqual(again, [
    ["out/1", true],
    ["out/2", true],
    ["out/2", false],
  ]);
  assert.equal(client.told.includes("connected true"), true);
  assert.deepEqual(other.payloads("out/0"), ["cut"]);
  assert.deepEqual(other.payloads("out/1"), ["cut", "cut"]);
  assert.deepEqual(other.payloads("out/2"), ["cut", "offline"]);
}

/** Resolves once the broker has said this to the client, which did not hear it. */
async function lostOnTheWay(gate: Gate, commands: readonly Packet["cmd"][]): Promise<void> {
  const said = () => gate.connections.at(-1)?.fromBroker.map(({ cmd }) => cmd) ?? [];
  await heard(
    () => commands.every((cmd) => said().includes(cmd)),
    () => `${said()}`,
  );
}

async function resumeIn(place: Place): Promise<void> {
  const gate = await Gate.start(place.context, place.port);
  const other = await peer(place);
  const client = board(place, {}, gate.port);
  await client.connect();
  await client.subscribe("in/#", 2);
  gate.passesRequests = false;
  for (const qos of [1, 2] as const) other.publish(`in/${qos}`, `cut${qos}`, { qos });
  for (const payload of ["cut1", "cut2"]) await client.message(payload);
  await gate.shut();
  await client.heard(/^disconnected -40/);
  other.publish("in/1", "away", { qos: 1 });
  other.publish("in/2", "away too", { qos: 2 });
  gate.passesRequests = true;
  await gate.open();
  for (const payload of ["away", "away too"]) await client.message(payload);
  // Brokers may let one QoS overtake the other.
  const of = (topic: string) =>
    client.received.filter((one) => one.topic === topic).map(({ payload, dup }) => [payload, dup]);
  assert.deepEqual(of("in/1"), [
    ["cut1", false],
    ["cut1", place.isAedes !== true],
    ["away", false],
  ]);
  assert.deepEqual(of("in/2"), [
    ["cut2", false],
    ["away too", false],
  ]);
  assert.equal(client.client.statistics.repeated, 1);
}

async function will(place: Place): Promise<void> {
  const other = await peer(place);
  await other.subscribe("status");
  const options = { topic: "status", payload: Buffer.from("gone"), qos: 1, retain: true };
  const closed = board(place, { will: options, clientId: "closed" });
  await closed.connect();
  await closed.close();
  const cut = board(place, { will: options, clientId: "cut" });
  await cut.connect();
  other.publish("status", "before", { qos: 1 });
  await other.message("status", "before");
  cut.end();
  assert.equal((await other.message("status", "gone")).qos, 1);
  assert.deepEqual(other.payloads("status"), ["before", "gone"]);
  const late = await peer(place);
  await late.subscribe("status");
  assert.equal((await late.message("status", "gone")).retain, true);
}

/** Byte `i` of a large payload. */
function byteAt(i: number): number {
  return (i * 31 + (i >> 8)) & 0xff;
}

async function stream(place: Place): Promise<void> {
  const large = { streamBuffer: new Uint8Array(512), receivesPieces: true };
  const client = board(place, large);
  const other = await peer(place);
  await other.subscribe("out/#");
  await client.connect();
  await client.subscribe("in/#", 2);
  const whole = Buffer.from(Array.from({ length: LARGE_BYTES }, (_, i) => byteAt(i)));
  const source = {
    read: (position: number, out: Uint8Array, offset: number, limit: number) => {
      for (let i = 0; i < limit; i++) out[offset + i] = byteAt(position + i);
      return limit;
    },
  };
  for (const qos of QOS) {
    const token = client.publishFrom(new Topic(`out/${qos}`, { qos }), source, LARGE_BYTES);
    assert.ok(token >= 0);
    await heard(
      () => other.messages(`out/${qos}`).length === 1,
      () => `no ${qos}: ${client.told}`,
    );
    if (qos > 0) await client.heard(`acknowledged ${token}`);
    assert.equal(digest(other.messages(`out/${qos}`)[0]?.payload), digest(whole));
    client.pieces.length = 0;
    other.publish(`in/${qos}`, whole, { qos });
    other.publish("in/end", `end${qos}`, { qos });
    await client.message(`end${qos}`);
    assert.equal(digest(Buffer.concat(client.pieces)), digest(whole));
  }
  assert.equal(client.told.length, 4, `${client.told}`);
}

function digest(bytes: Buffer | string | undefined): string {
  return createHash("sha256")
    .update(bytes ?? "")
    .digest("hex");
}

async function many(place: Place): Promise<void> {
  const levels = place.isAedes ? [0, 1] : QOS;
  const arena = new Uint8Array(65_535);
  const client = board(place, { arena, inFlightWindow: 200, inboxCapacity: 1_000 });
  await client.connect();
  await client.subscribe("many", 2);
  const topics = levels.map((qos) => new Topic("many", { qos }));
  for (let i = 0; i < MANY; ) {
    if (client.publishTo(topics[i % levels.length]!, `${i}`) >= 0) i++;
    else await sleep(1);
  }
  await heard(
    () => client.received.length >= MANY,
    () => `${client.received.length} came; ${JSON.stringify(client.client.statistics)}`,
  );
  // Each QoS keeps its order; a broker may let QoS 0 overtake what awaits an answer.
  const all = Array.from({ length: MANY }, (_, i) => i);
  for (const qos of levels) {
    const payloads = client.received.filter((one) => one.qos === qos).map((one) => +one.payload);
    assert.deepEqual(
      payloads,
      all.filter((i) => i % levels.length === qos),
    );
  }
  await client.close();
  const unanswered = all.filter((i) => i % levels.length === 0).length;
  assert.equal(client.client.statistics.acknowledged, MANY - unanswered);
}

async function idle(place: Place): Promise<void> {
  const client = board(place, { keepAliveSeconds: 1 });
  await client.connect();
  await sleep(2_000);
  assert.deepEqual(client.told, ["connected false"]);
  assert.ok(client.client.statistics.pings >= 2);
}

async function takeover(place: Place): Promise<void> {
  const other = await peer(place);
  await other.subscribe("status");
  const options = { topic: "status", payload: Buffer.from("gone"), qos: 1, retain: false };
  const client = board(place, { will: options });
  await client.connect();
  const rival = board(place);
  await rival.connect();
  await other.message("status", "gone");
  // mosquitto before 2.0.15 ends the connection without a word.
  await client.heard(/^disconnected (-22 142|-40 0)$/);
  const fights = () => client.client.statistics.takenOver + rival.client.statistics.takenOver;
  await heard(
    () => fights() > 0,
    () => `${client.told}; ${rival.told}`,
  );
  const lines = client.told.length + rival.told.length;
  await sleep(300);
  assert.ok(client.told.length + rival.told.length - lines <= 2, "one of them has given way");
}
