import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { generate } from "mqtt-packet";
import { Stream } from "../../../host/relay/stream.js";
import { Traffic } from "../../../host/relay/traffic.js";
import { memorySockets } from "../../sim/memory-socket.js";

const CONNECT = generate({ cmd: "connect", clientId: "b", protocolVersion: 4, clean: true });
const PUBACK = generate({ cmd: "puback", messageId: 7 });
const PUBLISH = generate({
  cmd: "publish",
  topic: "a",
  payload: "x".repeat(50),
  qos: 0,
  dup: false,
  retain: false,
});

function setup() {
  const [socket, far] = memorySockets();
  const arrived: Buffer[] = [];
  far.on("data", (chunk: Buffer) => arrived.push(chunk));
  const stream = new Stream({
    number: 1,
    socket,
    traffic: new Traffic(),
    maximumPacketLength: 65_536,
    send: () => 0,
    onFull: () => undefined,
    onOversize: () => undefined,
  });
  return { stream, arrived: () => Buffer.concat(arrived) };
}

test("an urgent packet waits for the end of the one under way, and goes then", async () => {
  const { stream, arrived } = setup();
  assert.equal(stream.forward(CONNECT), null);
  assert.equal(stream.forward(PUBLISH.subarray(0, 20)), null);
  assert.equal(stream.forwardUrgent(PUBACK), null);
  assert.equal(stream.forwardUrgent(PUBACK), null);
  await nextTurn();
  assert.deepEqual(arrived(), Buffer.concat([CONNECT, PUBLISH.subarray(0, 20)]));
  assert.equal(stream.forward(PUBLISH.subarray(20)), null);
  assert.equal(stream.forwardUrgent(PUBACK), null);
  await nextTurn();
  assert.deepEqual(arrived(), Buffer.concat([CONNECT, PUBLISH, PUBACK, PUBACK, PUBACK]));
});

test("half a packet on the urgent channel is refused, and so are too many within another", () => {
  const { stream } = setup();
  stream.forward(CONNECT);
  assert.equal(stream.forwardUrgent(PUBACK.subarray(0, 3))?.kind, "malformed");
  const flooded = setup().stream;
  flooded.forward(CONNECT);
  flooded.forward(PUBLISH.subarray(0, 20));
  let refusal = null;
  for (let i = 0; i < 2000 && refusal === null; i++) refusal = flooded.forwardUrgent(PUBACK);
  assert.equal(refusal?.kind, "malformed");
});
