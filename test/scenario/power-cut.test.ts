import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic } from "../../firmware/session/topic.js";
import type { Version } from "../sim/broker/rules.js";
import { Flash, type FlashOptions } from "../sim/flash.js";
import { PowerRig } from "../sim/power-rig.js";

/** Long enough for a connection after the cut, however late the broker finds out. */
const AFTERMATH_MS = 300_000;
const SLICE_MS = 1_000;
const FILTER = "down/#";
/** Messages of each QoS. */
const EACH = 3;
const PAYLOADS = Array.from({ length: 2 * EACH }, (_, i) => `q${(i % 2) + 1}-${i >> 1}`);
const NEVER = Number.POSITIVE_INFINITY;

/** One role of the board, played to its end. */
type Role = (rig: PowerRig) => void;

/** Publishes QoS 1 and 2 by turns. What was not taken for want of power is let go. */
function publishes(rig: PowerRig): void {
  const topics = [1, 2].map((qos) => new Topic("up", { qos }));
  const accepted: string[] = [];
  let next = 0;
  rig.boot = () => {
    rig.powered(() => rig.client.start(rig.now | 0));
    while (next < PAYLOADS.length) {
      const payload = PAYLOADS[next] ?? "";
      const token = rig.publish(topics[next++ % 2] as Topic, payload);
      if (token === undefined) return;
      assert.ok(token >= 0, `publish says ${token}`);
      accepted.push(payload);
    }
  };
  rig.boot();
  runUntil(rig, () => next === PAYLOADS.length && rig.client.pending === 0);
  const arrived = rig.broker.received.filter((one) => !one.isWill);
  assertArrived(
    arrived.map(({ payload }) => payload.toString()),
    accepted,
  );
}

/** Receives the same. Its memory of QoS 2 is in the journal; at QoS 1 what came more than once is nothing new. */
function receives(rig: PowerRig): void {
  const came: string[] = [];
  rig.boot = () => {
    rig.powered(() => rig.client.start(rig.now | 0));
    rig.powered(() => rig.client.subscribe(FILTER, 2, rig.now | 0));
  };
  rig.inMessage = (_, payload) => {
    came.push(payload);
    const index = PAYLOADS.indexOf(payload);
    rig.state[index] = (rig.state[index] ?? 0) + 1;
  };
  rig.boot();
  runUntil(rig, () => rig.broker.sessions.get("mote-b")?.subscriptions.has(FILTER) ?? false);
  for (const [i, payload] of PAYLOADS.entries()) {
    rig.broker.publish(`down/${i % 3}`, payload, { qos: i % 2 === 0 ? 1 : 2 });
  }
  runUntil(rig, () => rig.broker.acknowledged.length === PAYLOADS.length);
  const remembered = PAYLOADS.filter((one) => one.startsWith("q2")).flatMap((payload) =>
    new Array<string>(rig.state[PAYLOADS.indexOf(payload)] ?? 0).fill(payload),
  );
  assertArrived([...came.filter((one) => one.startsWith("q1")), ...remembered], PAYLOADS);
}

function runUntil(rig: PowerRig, isSo: () => boolean): void {
  for (const end = rig.now + AFTERMATH_MS; rig.now < end && !isSo(); ) rig.run(SLICE_MS);
  assert.ok(isSo(), "it comes to its end");
}

/** QoS 1: none that was accepted is lost. QoS 2: none is doubled either. */
function assertArrived(arrived: readonly string[], accepted: readonly string[]): void {
  for (const payload of PAYLOADS) {
    const count = arrived.filter((one) => one === payload).length;
    if (accepted.includes(payload)) assert.ok(count > 0, `${payload} is lost`);
    if (payload.startsWith("q2")) assert.ok(count <= 1, `${payload} comes ${count} times`);
  }
}

interface Play {
  readonly role: Role;
  readonly version: Version;
  readonly window: number;
  readonly arrivesAfterwards: boolean;
  readonly tearing: FlashOptions["tearing"];
}

/** @param nextCut after how many moments of the journal's power fails, asked at the beginning of each life */
function play(one: Play, seed: number, nextCut: () => number): { lives: number; moments: number } {
  const { role, version, window, arrivesAfterwards, tearing } = one;
  const flash = new Flash({ areaSize: 512, unit: 1, tearing, seed });
  flash.powerUp(nextCut());
  const rig = new PowerRig({
    flash,
    client: { inFlightWindow: window, protocolVersion: version, arena: new Uint8Array(256) },
    broker: { inFlightWindow: window, lastPacketId: window + 1 },
    stateBytes: role === receives ? PAYLOADS.length : 0,
    arrivesAfterwards,
    nextCut,
  });
  try {
    role(rig);
    assert.deepEqual(rig.broker.violations, []);
  } catch (error) {
    const text = [...rig.broker.transcript, ...rig.told].join("\n");
    throw new Error(`window ${window}, afterwards ${arrivesAfterwards}: ${error}\n${text}`, {
      cause: error,
    });
  }
  return { lives: rig.lives, moments: flash.moments };
}

/** Cuts once for each moment that it takes. @returns runs */
function everyCut(one: Play): number {
  const { moments } = play(one, 1, () => NEVER);
  for (let at = 0; at < moments; at++) {
    const cuts = [at];
    const { lives } = play(one, 1 + at, () => cuts.shift() ?? NEVER);
    assert.equal(lives, 2, `a cut at ${at}`);
  }
  return moments;
}

const ROLES = { publishes, receives } as const;

for (const version of [4, 5] as const) {
  for (const [name, role] of Object.entries(ROLES)) {
    const what = `a version ${version} board that ${name}`;

    test(`${what}, cut off at every byte that its journal writes: QoS 1 is not lost, QoS 2 comes once`, () => {
      for (const window of [1, 5]) {
        for (const arrivesAfterwards of [false, true]) {
          const one: Play = { role, version, window, arrivesAfterwards, tearing: "in order" };
          const runs = everyCut(one);
          assert.ok(runs > 500, `${runs} cuts`);
        }
      }
    });
  }
}
