import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ACKNOWLEDGED } from "../../firmware/session/event.js";
import { Topic } from "../../firmware/session/topic.js";
import type { Direction } from "../sim/cutting-line.js";
import { LineRig } from "../sim/line-rig.js";

const FILTERS = ["down/#", "down/+"] as const;
const TOPIC = "down/x";
const UP = [0, 1, 2].map((qos) => new Topic("mote/b/t", { qos }));
/** So long every end of every sequence may take: the longest back-off, and all that waited. */
const AFTERMATH_MS = 300_000;
const LONGEST_SEQUENCE = 40;
/** What it takes for a fault of a client that holds a publish for doubtful. */
const UNSENT = /no resend|before the resends|resends out of order/;
/** What a broker takes for a fault of the client that is not told that the line between them is cut. */
const UNSEEN =
  /not closed after DISCONNECT|silent for longer|no (PUBACK|PUBREC|PUBREL|PUBCOMP|answer|resend)|answer to what/;
/** Bytes that no broker may send. */
const GARBAGE = ["00 00", "f0 00", "ff ff ff ff ff", "36 00", "41 02 00 01", "30 80 80 80 80"].map(
  (hex) => Buffer.from(hex.replaceAll(" ", ""), "hex"),
);

/** What must be true whatever happens, kept beside the client by simpler means. */
interface Model {
  /** Payloads by the token of a publish at QoS 1 or 2 that has not ended. */
  readonly pending: Map<number, string>;
  /** Payloads of those that were acknowledged. */
  readonly acknowledged: string[];
  published: number;
  isBrokerDown: boolean;
  /** The broker lost its session: QoS 2 may come twice where what is in doubt is sent again. */
  isSessionLost: boolean;
  /** It was not told of cuts, or what it waits for is held up. */
  isBrokerBlind: boolean;
  readonly version: 4 | 5;
  /** Whether the application wants to send again what is in doubt. */
  readonly resendsDoubtful: boolean;
}

/** The client and a broker model on one line, and what has been looked at of what they told. */
class World extends LineRig {
  /** The application answers each message with a publish. */
  answers = false;
  /** Events of publishes that were looked at. */
  private readonly seen = new Set<number>();
  readonly model: Model;

  constructor(model: Model) {
    super(
      {
        protocolVersion: model.version,
        inFlightWindow: 3,
        arena: new Uint8Array(256),
        inboxCapacity: 12,
        subscriptionCapacity: 2,
        resendsDoubtful: model.resendsDoubtful,
      },
      { inFlightWindow: 5, lastPacketId: 9 },
    );
    this.model = model;
    this.inMessage = () => {
      if (this.answers) this.publishNumbered(1, 0);
    };
  }

  /** Publishes what was never published before. */
  publishNumbered(qos: number, size: number): void {
    const payload = `q${qos}-${String(this.model.published++).padStart(6, "0")}${"x".repeat(size)}`;
    const token = this.publish(UP[qos]!, payload);
    if (token >= 0 && qos > 0) this.model.pending.set(token, payload);
  }

  /** Looks at all that the client told since the last look. */
  check(): void {
    const { model } = this;
    for (const [token, kinds] of this.outcomes) {
      if (this.seen.has(token)) continue;
      this.seen.add(token);
      const payload = model.pending.get(token);
      assert.equal(kinds.length, 1, `${token} ended as ${kinds}`);
      assert.ok(payload !== undefined, `${token} ended, which had never begun`);
      model.pending.delete(token);
      if (kinds[0] === ACKNOWLEDGED) model.acknowledged.push(payload);
    }
    assert.deepEqual(this.violations(), []);
    assert.ok(this.client.pending >= model.pending.size, "nothing ends in silence");
    assertOnce(this.arrived());
    if (model.resendsDoubtful && model.isSessionLost) return;
    assertOnce(this.broker.received.map(({ payload }) => payload.toString()));
  }

  private arrived(): string[] {
    return this.messages.map(({ payload }) => payload);
  }

  /**
   * After a CONNACK that did not come Session Present proves nothing, so that even then a publish may end in
   * doubt instead of going out again, where the application wants that. And a broker that is not told of a cut
   * waits in vain.
   */
  private violations(): string[] {
    const { resendsDoubtful, isBrokerBlind } = this.model;
    return this.broker.violations
      .filter((one) => resendsDoubtful || !UNSENT.test(one))
      .filter((one) => !(isBrokerBlind && UNSEEN.test(one)));
  }

  /** All that was in the way is taken away: now everything must come to an end. */
  finish(): void {
    this.answers = false;
    this.line.pieceLength = Number.POSITIVE_INFINITY;
    this.line.capacity = Number.POSITIVE_INFINITY;
    this.line.tells.client = true;
    this.line.tells.broker = true;
    for (const lane of [this.line.up, this.line.down]) {
      lane.isHeld = false;
      lane.cutAt = Number.POSITIVE_INFINITY;
    }
    if (this.model.isBrokerDown) this.broker.start("everything");
    this.client.start(this.now | 0);
    this.run(AFTERMATH_MS);
    this.check();
    assert.ok(this.client.isConnected, "it is connected in the end");
    assert.equal(this.client.pending, 0, "everything has ended");
    const arrived = this.broker.received.map(({ payload }) => payload.toString());
    for (const payload of this.model.acknowledged) {
      assert.ok(arrived.includes(payload), `${payload} was acknowledged and did not arrive`);
    }
    for (const { payload, qos: level } of this.broker.acknowledged) {
      if (level === 0) continue;
      assert.ok(this.arrived().includes(payload.toString()), `${payload} was swallowed`);
    }
    assertOrder(arrived);
  }
}

/** No message of QoS 2 comes twice. */
function assertOnce(payloads: readonly string[]): void {
  const exact = payloads.filter((one) => one.startsWith("q2"));
  const twice = exact.filter((one, index) => exact.indexOf(one) !== index);
  assert.deepEqual(twice, [], "QoS 2 comes once");
}

/** Each QoS in the order of its publishes, but for what comes again. */
function assertOrder(payloads: readonly string[]): void {
  const fresh = payloads.filter((one, index) => payloads.indexOf(one) === index);
  for (const qos of ["q1", "q2"]) {
    const ofQos = fresh.filter((one) => one.startsWith(qos));
    assert.deepEqual(ofQos, [...ofQos].sort(), "in order");
  }
}

/** One thing that happens. */
class Operation implements fc.Command<Model, World> {
  private readonly name: string;
  private readonly act: (world: World) => void;

  constructor(name: string, act: (world: World) => void) {
    this.name = name;
    this.act = act;
  }

  check(): boolean {
    return true;
  }

  run(_model: Model, world: World): void {
    this.act(world);
    world.settle();
    world.check();
  }

  toString(): string {
    return this.name;
  }
}

const operation = (name: string, act: (world: World) => void) => new Operation(name, act);
const qos = fc.nat(2);
const direction = fc.constantFrom<Direction>("up", "down");

const OPERATIONS: fc.Arbitrary<Operation>[] = [
  fc
    .record({ level: qos, size: fc.nat(40) })
    .map(({ level, size }) =>
      operation(`publish QoS ${level}, ${size} more`, (world) =>
        world.publishNumbered(level, size),
      ),
    ),
  fc.record({ level: qos, count: fc.integer({ min: 1, max: 4 }) }).map(({ level, count }) =>
    operation(`the broker publishes ${count} at QoS ${level}`, ({ broker, model }) => {
      for (let i = 0; i < count; i++) {
        broker.publish(TOPIC, `q${level}-${model.published++}`, { qos: level as 0 | 1 | 2 });
      }
    }),
  ),
  fc.constantFrom(...FILTERS).map((filter) =>
    operation(`subscribe ${filter}`, ({ client, now }) => {
      client.subscribe(filter, 2, now | 0);
    }),
  ),
  fc.constantFrom(...FILTERS).map((filter) =>
    operation(`unsubscribe ${filter}`, ({ client, now }) => {
      client.unsubscribe(filter, now | 0);
    }),
  ),
  fc
    .constantFrom(0, 1, 100, 5_000, 46_000, 100_000, 700_000)
    .map((ms) => operation(`${ms} ms pass`, (world) => world.run(ms))),
  fc
    .record({ where: direction, bytes: fc.nat(60) })
    .map(({ where, bytes }) =>
      operation(`cut ${where} after ${bytes} bytes`, ({ line }) => line.cutAfter(where, bytes)),
    ),
  fc.constantFrom(1, 3, 17, Number.POSITIVE_INFINITY).map((length) =>
    operation(`pieces of ${length}`, ({ line }) => {
      line.pieceLength = length;
    }),
  ),
  fc.constantFrom(1, 8, 50, Number.POSITIVE_INFINITY).map((bytes) =>
    operation(`room for ${bytes}`, ({ line }) => {
      line.capacity = bytes;
    }),
  ),
  fc.record({ client: fc.boolean(), broker: fc.boolean() }).map((tells) =>
    operation(`cuts are told ${JSON.stringify(tells)}`, ({ line, model }) => {
      Object.assign(line.tells, tells);
      if (!tells.broker) model.isBrokerBlind = true;
    }),
  ),
  fc.record({ where: direction, isHeld: fc.boolean() }).map(({ where, isHeld }) =>
    operation(`${where} is ${isHeld ? "held" : "free"}`, ({ line, model }) => {
      line[where].isHeld = isHeld;
      if (isHeld) model.isBrokerBlind = true;
    }),
  ),
  fc.constantFrom(...GARBAGE).map((bytes) =>
    operation(`garbage ${bytes.toString("hex")}`, ({ client, line, now }) => {
      // Only between packets is it sure to be garbage.
      const isBetween = line.down.bytes.length === 0 && line.pieceLength > 100;
      if (isBetween) client.handleBytes(bytes, 0, bytes.length, now | 0);
    }),
  ),
  fc.constantFrom("kill", "restart with everything", "restart with nothing").map((what) =>
    operation(`broker: ${what}`, ({ broker, model, now }) => {
      if (what === "kill" && !model.isBrokerDown) broker.kill(now | 0);
      const isForgetting = what.endsWith("nothing");
      if (what !== "kill" && model.isBrokerDown) {
        broker.start(isForgetting ? "nothing" : "everything");
        if (isForgetting) model.isSessionLost = true;
      }
      model.isBrokerDown = what === "kill";
    }),
  ),
  fc.constant(
    operation("the broker forgets", ({ broker, model }) => {
      broker.forgetSession("mote-b");
      model.isSessionLost = true;
    }),
  ),
  fc.constant(operation("the broker disconnects", ({ broker }) => broker.disconnect("mote-b", 0))),
  fc.boolean().map((answers) =>
    operation(`the application ${answers ? "answers" : "is silent"}`, (world) => {
      world.answers = answers;
    }),
  ),
  fc.constant(operation("start", ({ client, now }) => client.start(now | 0))),
  fc
    .constantFrom(0, 3_000, 100_000)
    .map((ms) =>
      operation(`close within ${ms} ms`, ({ client, now }) => client.close(ms, now | 0)),
    ),
  fc.constant(operation("abandon", ({ client, now }) => client.abandon(now | 0))),
];

/** Any sequence of operations ends well: what a client promises, over whatever line and broker there is. */
export function sequencesEndWell(version: 4 | 5) {
  const sequences = fc.commands<Model, World>(OPERATIONS, {
    maxCommands: LONGEST_SEQUENCE,
    size: "max",
  });
  return fc.property(fc.boolean(), sequences, (resendsDoubtful, sequence) => {
    const model: Model = {
      version,
      resendsDoubtful,
      isSessionLost: false,
      isBrokerBlind: false,
      pending: new Map(),
      acknowledged: [],
      published: 0,
      isBrokerDown: false,
    };
    const world = new World(model);
    try {
      world.client.start(world.now);
      fc.modelRun(() => ({ model, real: world }), sequence);
      world.finish();
    } catch (error) {
      throw new Error(
        `${error}\n${world.broker.transcript.filter((line) => !/ ping/.test(line)).join("\n")}`,
        {
          cause: error,
        },
      );
    }
  });
}
