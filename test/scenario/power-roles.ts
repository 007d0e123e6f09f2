import assert from "node:assert/strict";
import { Topic } from "../../firmware/session/topic.js";
import type { PowerRig } from "../sim/power-rig.js";

/** Long enough for all connections that the cuts make necessary, however late the broker finds out. */
const AFTERMATH_MS = 900_000;
const SLICE_MS = 1_000;
const FILTER = "down/#";
/** Messages of each QoS. */
const EACH = 5;
/** q1-0, q2-0, q1-1 … */
const PAYLOADS = Array.from({ length: 2 * EACH }, (_, i) => `q${(i % 2) + 1}-${i >> 1}`);

/** What a board does. */
export interface Role {
  readonly what: string;
  /** Plays it to its end, and judges it. */
  readonly play: (rig: PowerRig) => void;
  readonly resendsDoubtful: boolean;
  /** Bytes of the application's own in the journal. */
  readonly stateBytes: number;
  /** Bytes of a journal in which snapshots are made. */
  readonly areaSize: number;
  /** Bytes of one where power fails again and again, and what nobody remembers piles up. */
  readonly roomyAreaSize: number;
}

export const PUBLISHES: Role = {
  what: "publishes: QoS 1 is not lost, QoS 2 comes once",
  play: publish,
  resendsDoubtful: true,
  stateBytes: 0,
  areaSize: 576,
  roomyAreaSize: 576,
};

export const PUBLISHES_IN_DOUBT: Role = {
  ...PUBLISHES,
  what: "publishes to a broker that loses the session: QoS 2 comes once, or is in doubt",
  play: publishInDoubt,
  resendsDoubtful: false,
};

export const RECEIVES: Role = {
  ...PUBLISHES,
  what: "receives: QoS 1 is not lost, QoS 2 comes once",
  play: receive,
  stateBytes: PAYLOADS.length,
  areaSize: 384,
};

export const ANSWERS: Role = {
  ...RECEIVES,
  what: "answers what it receives: QoS 2 comes once",
  play: answer,
  areaSize: 576,
  roomyAreaSize: 4096,
};

/** Publishes QoS 1 and 2 by turns. What was not taken for want of power is let go. */
function publish(rig: PowerRig): void {
  const accepted = publishAll(rig);
  assertArrived(arrivedAt(rig), accepted, []);
}

/** The same with a broker that loses the session. */
function publishInDoubt(rig: PowerRig): void {
  let isLost = false;
  rig.afterStep = () => {
    if (isLost || arrivedAt(rig).length < 3) return;
    isLost = true;
    rig.broker.forgetSession("mote-b");
  };
  const accepted = publishAll(rig);
  assertArrived(
    arrivedAt(rig),
    accepted,
    rig.inDoubt.map((token) => rig.payloads.get(token) ?? ""),
  );
}

/** Receives the same. What it does at QoS 2 it remembers in the journal. */
function receive(rig: PowerRig): void {
  const came = receiveAll(rig, () => undefined);
  assertArrived(came, PAYLOADS, []);
}

/** Answers each message that it receives: once at the least, since an answer may be all that was kept of it. */
function answer(rig: PowerRig): void {
  const topic = new Topic("up", { qos: 2 });
  const came = receiveAll(rig, (payload) => {
    if (payload.startsWith("q2")) assert.ok(rig.publish(topic, payload) >= 0);
  });
  assertArrived(came, PAYLOADS, []);
  runUntil(rig, () => rig.client.pending === 0);
  const answered = new Set(arrivedAt(rig));
  for (const payload of PAYLOADS.filter((one) => one.startsWith("q2"))) {
    assert.ok(answered.has(payload), `${payload} is answered`);
  }
}

/** @returns what was accepted */
function publishAll(rig: PowerRig): string[] {
  const topics = [1, 2].map((qos) => new Topic("up", { qos }));
  const accepted: string[] = [];
  let next = 0;
  rig.boot = () => {
    rig.powered(() => rig.client.start(rig.now | 0));
    while (next < PAYLOADS.length) {
      const payload = PAYLOADS[next] ?? "";
      const topic = topics[next++ % 2] as Topic;
      const token = rig.powered(() => rig.publish(topic, payload));
      if (token === undefined) return;
      assert.ok(token >= 0, `publish says ${token}`);
      accepted.push(payload);
    }
  };
  rig.boot();
  runUntil(rig, () => next === PAYLOADS.length && rig.client.pending === 0);
  return accepted;
}

/** @returns what came: at QoS 1 all of it, at QoS 2 what is remembered */
function receiveAll(rig: PowerRig, react: (payload: string) => void): string[] {
  const came: string[] = [];
  rig.boot = () => {
    rig.powered(() => rig.client.start(rig.now | 0));
    rig.powered(() => rig.client.subscribe(FILTER, 2, rig.now | 0));
  };
  rig.inMessage = (payload) => {
    came.push(payload);
    const index = PAYLOADS.indexOf(payload);
    rig.state[index] = (rig.state[index] ?? 0) + 1;
    react(payload);
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
  return [...came.filter((one) => one.startsWith("q1")), ...remembered];
}

function arrivedAt({ broker }: PowerRig): string[] {
  return broker.received.filter((one) => !one.isWill).map(({ payload }) => payload.toString());
}

function runUntil(rig: PowerRig, isSo: () => boolean): void {
  for (const end = rig.now + AFTERMATH_MS; rig.now < end && !isSo(); ) rig.run(SLICE_MS);
  assert.ok(isSo(), "it comes to its end");
}

/** QoS 1: none that was accepted is lost. QoS 2: none is lost or doubled, but for what is in doubt. */
function assertArrived(
  arrived: readonly string[],
  accepted: readonly string[],
  inDoubt: readonly string[],
): void {
  for (const payload of PAYLOADS) {
    const count = arrived.filter((one) => one === payload).length;
    const isSure = accepted.includes(payload) && !inDoubt.includes(payload);
    if (isSure) assert.ok(count > 0, `${payload} is lost`);
    if (payload.startsWith("q2")) assert.ok(count <= 1, `${payload} comes ${count} times`);
  }
}
