import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientRig } from "../../sim/client-rig.js";

/** Half of the bounds: the rig's random number lies in the middle. */
const SLOW = 300_000;
const FIRST = 500;

function wait(rig: ClientRig): number {
  return rig.client.pollTimeout(rig.now);
}

test("in MQTT 5 a client whose identifier was taken over backs off slowly at once, and counts it", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.connect();
  rig.says({ cmd: "disconnect", reasonCode: 0x8e });
  assert.equal(wait(rig), SLOW);
  assert.equal(rig.client.statistics.takenOver, 1);
});

test("another reason of the broker does not look like a takeover", () => {
  const rig = new ClientRig({ protocolVersion: 5 });
  rig.connect();
  rig.says({ cmd: "disconnect", reasonCode: 0x8b });
  assert.equal(wait(rig), FIRST);
  assert.equal(rig.client.statistics.takenOver, 0);
});

for (const protocolVersion of [4, 5]) {
  test(`five connections in a row that the broker closed soon look like a takeover, version ${protocolVersion}`, () => {
    const rig = new ClientRig({ protocolVersion });
    rig.connect();
    for (let i = 0; i < 4; i++) {
      rig.pass(1_000);
      rig.transport.breaks(rig.now);
      assert.ok(wait(rig) < SLOW, `after ${i + 1}`);
      rig.pass(wait(rig));
      rig.transport.opens(rig.now);
      rig.accept({ sessionPresent: true });
    }
    rig.transport.breaks(rig.now);
    assert.equal(wait(rig), SLOW);
    assert.equal(rig.client.statistics.takenOver, 1);
  });
}

test("a connection that proved stable ends the suspicion", () => {
  const rig = new ClientRig();
  rig.connect();
  for (let i = 0; i < 12; i++) {
    rig.pass(i === 4 || i === 8 ? 20_000 : 1_000);
    rig.transport.breaks(rig.now);
    assert.ok(wait(rig) < SLOW);
    rig.pass(wait(rig));
    rig.transport.opens(rig.now);
    rig.accept({ sessionPresent: true });
  }
  assert.equal(rig.client.statistics.takenOver, 0);
});

for (const [code, isLasting] of [
  [0x86, true],
  [0x87, true],
  [0x8a, true],
  [0x8c, true],
  [0x9d, true],
  [0x88, false],
  [0x89, false],
  [0x97, false],
] as const) {
  test(`a CONNACK of ${code.toString(16)} is tried again ${isLasting ? "slowly" : "soon"}`, () => {
    const rig = new ClientRig({ protocolVersion: 5 });
    rig.client.start(0);
    rig.transport.opens(0);
    rig.accept({ reasonCode: code });
    assert.equal(wait(rig), isLasting ? SLOW : FIRST);
  });
}
