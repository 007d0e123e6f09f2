import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { TIMED_OUT, TOO_LARGE } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const BUFFER = 64;

function large(qos: 0 | 1 | 2, payload = "y".repeat(500), topic = "c") {
  const id = qos === 0 ? {} : { messageId: 9 };
  return { cmd: "publish", topic, payload, qos, retain: false, dup: false, ...id } as const;
}
const small = { ...large(0), payload: "z" } as const;

/** Both versions, in MQTT 5 with a broker that may send packets of any size. */
const VERSIONS: readonly (readonly [string, Partial<ClientOptions>])[] = [
  ["3.1.1", {}],
  ["MQTT 5", { protocolVersion: 5, maximumPacketSize: 0 }],
];

for (const [version, options] of VERSIONS) {
  test(`in ${version} an oversize message is drained, acknowledged, counted and shown as its beginning`, () => {
    for (const [qos, answer] of [
      [0, []],
      [1, ["puback 9"]],
      [2, ["pubrec 9"]],
    ] as const) {
      const rig = new ClientRig(options);
      rig.connect();
      let isTruncated = false;
      rig.inMessage = () => {
        isTruncated = rig.client.message.isTruncated;
      };
      rig.says(large(qos));
      assert.equal(isTruncated, true);
      assert.equal(rig.client.message.remaining, 0);
      assert.deepEqual(rig.written(), answer);
      assert.equal(rig.client.statistics.oversize, 1);
      assert.match(rig.told.at(-1) ?? "", /^message c y{20,58}$/);
      rig.says(small);
      assert.equal(rig.told.at(-1), "message c z");
      assert.equal(rig.client.message.isTruncated, false);
    }
  });

  test(`in ${version} a message whose topic has no room is told as oversize, not as a message`, () => {
    const rig = new ClientRig(options);
    rig.connect();
    rig.says(large(1, "p", "t".repeat(300)));
    assert.equal(rig.told.at(-1), "oversize 1");
    assert.deepEqual(rig.written(), ["puback 9"]);
  });

  test(`in ${version} a poison message in a persistent session passes once and never again`, () => {
    const rig = new ClientRig(options);
    rig.connect();
    rig.transport.saysBytes(
      generate(large(1), { protocolVersion: options.protocolVersion ?? 4 }).subarray(0, 300),
      rig.now,
    );
    rig.transport.breaks(rig.now);
    rig.reconnect({ sessionPresent: true });
    rig.transport.take();
    rig.says({ ...large(1), dup: true });
    assert.deepEqual(rig.written(), ["puback 9"]);
    assert.equal(rig.client.isConnected, true);
    assert.equal(rig.client.statistics.oversize, 1);
  });

  test(`in ${version} messages arrive whole however they are split, empty payloads too`, () => {
    const protocolVersion = options.protocolVersion ?? 4;
    const packets = [
      large(1, ""),
      large(2, "two"),
      large(0, "y".repeat(200)),
      large(1, "x".repeat(40)),
    ];
    const bytes = Buffer.concat(packets.map((packet) => generate(packet, { protocolVersion })));
    const whole = play(options, [bytes]);
    assert.equal(whole.filter((line) => line.startsWith("message")).length, 4);
    for (let at = 1; at < bytes.length; at++) {
      assert.deepEqual(
        play(options, [bytes.subarray(0, at), bytes.subarray(at)]),
        whole,
        `at ${at}`,
      );
    }
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(play(options, single), whole);
  });
}

/** What is told and answered when the broker's bytes come in these pieces. */
function play(options: Partial<ClientOptions>, pieces: readonly Uint8Array[]): string[] {
  const rig = new ClientRig({ ...options, receiveBuffer: new Uint8Array(BUFFER) });
  rig.connect();
  for (const piece of pieces) assert.equal(rig.transport.saysBytes(piece, rig.now), piece.length);
  return [...rig.told.map((line) => line.slice(0, 24)), ...rig.written()];
}

test("in MQTT 5 the broker is told the largest packet: the receive buffer's size", () => {
  const rig = new ClientRig({ protocolVersion: 5, receiveBuffer: new Uint8Array(200) });
  rig.client.start(0);
  rig.transport.opens(0);
  const [connect] = rig.transport.take();
  assert.ok(connect?.cmd === "connect");
  assert.equal(connect.properties?.maximumPacketSize, 200);
});

test("in MQTT 5 a broker that sends a larger packet than it was allowed is told so", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.connect();
  rig.says(large(1));
  const [goodbye] = rig.transport.take();
  assert.ok(goodbye?.cmd === "disconnect");
  assert.equal(goodbye.reasonCode, 0x95);
  assert.equal(rig.told.at(-1), `disconnected ${TOO_LARGE} 0`);
});

test("an oversize packet that is no message ends the connection and loses no publish", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.publish("kept");
  const suback = Buffer.concat([Uint8Array.of(0x90, 80), Buffer.alloc(80)]);
  rig.transport.saysBytes(suback.subarray(0, 9), rig.now);
  rig.transport.saysBytes(suback.subarray(9), rig.now);
  assert.equal(rig.told.at(-1), `disconnected ${TOO_LARGE} 0`);
  assert.equal(rig.client.pending, 1);
});

test("a message that is paused for longer than the keep-alive does not cost the connection", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.client.pause();
  for (let minute = 0; minute < 5; minute++) {
    rig.pass(60_000);
    assert.equal(rig.says(small), 0);
  }
  assert.equal(rig.client.isConnected, true);
  assert.ok(rig.written().includes("pingreq"));
  rig.client.resume();
  rig.says(small);
  assert.equal(rig.told.at(-1), "message c z");
  rig.pass(60_000);
  assert.equal(rig.told.at(-1), `disconnected ${TIMED_OUT} 0`);
});

test("while the client is paused its transport is asked for nothing, and asked again at resume", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.inMessage = () => rig.client.pause();
  const one = generate(small);
  assert.equal(rig.transport.saysBytes(Buffer.concat([one, one]), rig.now), one.length);
  assert.equal(rig.told.filter((line) => line.startsWith("message")).length, 1);
  rig.client.resume();
  assert.equal(rig.transport.calls.at(-1), "resume");
  assert.equal(rig.transport.saysBytes(one, rig.now), one.length);
});
