import assert from "node:assert/strict";
import { test } from "node:test";
import { DROPPED } from "../../../firmware/session/event.js";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { BUSY } from "../../../firmware/session/parts.js";
import type { PayloadSource } from "../../../firmware/session/streams.js";
import { DROP_OLDEST, Topic } from "../../../firmware/session/topic.js";
import {
  BAD_ARGUMENT,
  CLOSING,
  OUTBOX_FULL,
  SOURCE_FAILED,
  TABLE_FULL,
  TOO_LARGE,
  UNSUPPORTED,
} from "../../../firmware/status.js";
import { ClientRig, TOPICS } from "../../sim/client-rig.js";

const LENGTH = 1_000;

/** A payload of letters that gives as much at one time as the test allows. */
class Letters implements PayloadSource {
  /** Every position that was asked for. */
  readonly asked: number[] = [];
  readonly first: number;
  /** Most bytes given at one time; 0: none yet; below 0: the source fails. */
  allowance = 1_000_000;
  /** From this position on the source fails. */
  failsAt = 1_000_000;

  constructor(first = "a") {
    this.first = first.charCodeAt(0);
  }

  read(position: number, out: Uint8Array, outOffset: number, limit: number): number {
    this.asked.push(position);
    if (position >= this.failsAt) return -1;
    const count = Math.min(limit, this.allowance);
    for (let i = 0; i < count; i++) out[outOffset + i] = this.first + ((position + i) % 26);
    return count;
  }

  text(length = LENGTH): string {
    const letters = Array.from({ length }, (_, i) => String.fromCharCode(this.first + (i % 26)));
    return letters.join("");
  }
}

class StreamRig extends ClientRig {
  constructor(options: Partial<ClientOptions> = {}) {
    super({ streamBuffer: new Uint8Array(64), arena: new Uint8Array(256), ...options });
  }

  from(source: PayloadSource, qos = 1, length = LENGTH): number {
    return this.client.publishFrom(TOPICS[qos] as Topic, source, length, this.now | 0);
  }

  /** Lets the transport take so many bytes at a time until it has all. */
  trickle(bytes: number): void {
    for (let i = 0; i < 5_000 && this.client.session.outbox.idle === BUSY; i++) {
      this.transport.limit(bytes);
      this.transport.writable(this.now);
    }
    this.transport.limit(Number.POSITIVE_INFINITY);
    this.transport.writable(this.now);
  }
}

for (const qos of [0, 1, 2] as const) {
  const id = qos === 0 ? "" : "1 ";

  test(`a payload larger than outbox and buffer together goes out whole at QoS ${qos}`, () => {
    const rig = new StreamRig();
    rig.connect();
    const source = new Letters();
    assert.ok(rig.from(source, qos) >= 0);
    assert.deepEqual(rig.written(), [`publish ${id}${source.text()}`]);
    assert.deepEqual(source.asked.slice(0, 3), [0, 64, 128]);
  });

  test(`a source that gives a byte at a time gets its payload through at QoS ${qos}`, () => {
    const rig = new StreamRig();
    rig.connect();
    const source = new Letters();
    source.allowance = 1;
    rig.from(source, qos);
    assert.deepEqual(rig.written(), [`publish ${id}${source.text()}`]);
  });

  test(`a transport that takes seven bytes at a time gets the payload whole at QoS ${qos}`, () => {
    const rig = new StreamRig();
    rig.connect();
    rig.transport.limit(7);
    const source = new Letters();
    rig.from(source, qos);
    rig.trickle(7);
    assert.deepEqual(rig.written(), [`publish ${id}${source.text()}`]);
  });

  test(`a redelivery at QoS ${qos} asks the source again from its beginning`, () => {
    const rig = new StreamRig();
    rig.connect();
    const source = new Letters();
    rig.transport.limit(200);
    rig.from(source, qos);
    rig.transport.breaks(rig.now);
    rig.transport.limit(Number.POSITIVE_INFINITY);
    source.asked.length = 0;
    rig.reconnect({ sessionPresent: true });
    assert.deepEqual(rig.written(), ["connect", `publish ${id}${source.text()}`]);
    assert.equal(source.asked[0], 0);
  });
}

test("a source that has nothing for a while holds the packet open, and goes on when asked", () => {
  const rig = new StreamRig();
  rig.connect();
  const source = new Letters();
  source.allowance = 0;
  rig.from(source);
  rig.publish("behind it");
  assert.deepEqual(rig.written(), []);
  source.allowance = 100;
  rig.client.handleWritable(rig.now);
  assert.deepEqual(rig.written(), [`publish 1 ${source.text()}`, "publish 2 behind it"]);
});

test("a resend of what was sent whole carries DUP, and its token ends with the acknowledgement", () => {
  const rig = new StreamRig();
  rig.connect();
  const source = new Letters();
  const token = rig.from(source);
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", `publish 1 dup ${source.text()}`]);
  rig.says({ cmd: "puback", messageId: 1 });
  assert.equal(rig.told.at(-1), `acknowledged ${token}`);
  assert.equal(rig.client.pending, 0);
});

test("after PUBREC a source is asked no more, and its place is free", () => {
  const rig = new StreamRig();
  rig.connect();
  const source = new Letters();
  rig.from(source, 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  source.asked.length = 0;
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "pubrel 1"]);
  assert.deepEqual(source.asked, []);
});

test("several sources go out one after another, each its own", () => {
  const rig = new StreamRig();
  rig.connect();
  rig.transport.limit(0);
  const sources = ["a", "A", "!", "0"].map((first) => new Letters(first));
  for (const source of sources) assert.ok(rig.from(source) >= 0);
  assert.equal(rig.from(new Letters()), TABLE_FULL);
  rig.trickle(50);
  assert.deepEqual(
    rig.written(),
    sources.map((source, i) => `publish ${i + 1} ${source.text()}`),
  );
  rig.says({ cmd: "puback", messageId: 3 });
  assert.ok(rig.from(new Letters()) >= 0);
});

test("small publishes and streamed ones keep their order", () => {
  const rig = new StreamRig();
  const source = new Letters();
  rig.publish("1");
  rig.from(source);
  rig.publish("3");
  rig.client.start(rig.now);
  rig.transport.opens(rig.now);
  rig.accept();
  rig.pass(0);
  rig.transport.opens(rig.now);
  rig.accept();
  assert.deepEqual(rig.written().slice(-3), [
    "publish 1 1",
    `publish 2 ${source.text()}`,
    "publish 3 3",
  ]);
});

test("a source that fails ends its publish as dropped, and its connection, and nothing else", () => {
  const rig = new StreamRig();
  rig.connect();
  const source = new Letters();
  source.failsAt = 500;
  const token = rig.from(source);
  rig.publish("kept");
  rig.pass(0);
  assert.deepEqual(rig.told.slice(1), [
    `dropped ${token} ${SOURCE_FAILED}`,
    `disconnected ${SOURCE_FAILED} 0`,
  ]);
  assert.equal(rig.client.outcome(token), DROPPED);
  assert.equal(rig.client.outcomeReason(token), -SOURCE_FAILED);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "publish 2 kept"]);
});

test("a source that gives more than it was asked for fails", () => {
  const rig = new StreamRig();
  rig.connect();
  const token = rig.from({ read: (_position, _out, _offset, limit) => limit + 1 });
  assert.equal(rig.told.at(-1), `dropped ${token} ${SOURCE_FAILED}`);
});

test("a new source takes no part in the packet of one that failed", () => {
  const rig = new StreamRig();
  rig.connect();
  const failing = new Letters();
  failing.failsAt = 128;
  const next = new Letters("A");
  rig.inEvent = (kind) => {
    if (kind === DROPPED) rig.from(next);
  };
  rig.from(failing);
  rig.publish("x");
  assert.deepEqual(next.asked, []);
  rig.transport.breaks(rig.now);
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written().slice(1), [`publish 2 ${next.text()}`, "publish 3 x"]);
});

test("an empty payload needs nothing of its source", () => {
  const rig = new StreamRig();
  rig.connect();
  const source = new Letters();
  rig.from(source, 1, 0);
  assert.deepEqual(rig.written(), ["publish 1 "]);
  assert.deepEqual(source.asked, []);
});

test("what cannot be streamed is refused at once", () => {
  assert.equal(
    new ClientRig().client.publishFrom(TOPICS[1] as Topic, new Letters(), 5, 0),
    BAD_ARGUMENT,
  );
  const rig = new StreamRig({ arena: new Uint8Array(64) });
  for (const length of [-1, Number.NaN, 1.5, 268_000_001]) {
    assert.equal(rig.from(new Letters(), 1, length), BAD_ARGUMENT, String(length));
  }
  rig.publish("x".repeat(20));
  assert.equal(rig.from(new Letters()), OUTBOX_FULL);
  const long = new Topic("t".repeat(64), {});
  assert.equal(rig.client.publishFrom(long, new Letters(), 5, 0), TOO_LARGE);
  rig.client.start(0);
  rig.client.close(1_000, 0);
  assert.equal(rig.from(new Letters()), CLOSING);
});

test("in MQTT 5 a streamed payload larger than the broker takes is refused, and one that waited is dropped", () => {
  const rig = new StreamRig({ protocolVersion: 5 });
  const early = rig.from(new Letters());
  rig.connect({ properties: { maximumPacketSize: 500, maximumQoS: 1 } });
  assert.ok(rig.told.includes(`dropped ${early} ${TOO_LARGE}`));
  assert.equal(rig.from(new Letters()), TOO_LARGE);
  assert.equal(rig.from(new Letters(), 2, 10), UNSUPPORTED);
  const source = new Letters();
  rig.from(source, 1, 400);
  assert.deepEqual(rig.written(), [`publish 2 ${source.text(400)}`]);
});

test("in MQTT 5 a streamed publish to a lost session goes out anew, with another identifier", () => {
  const rig = new StreamRig({ protocolVersion: 5 });
  rig.connect();
  const source = new Letters();
  rig.from(source);
  rig.transport.breaks(rig.now);
  rig.written();
  rig.reconnect({ sessionPresent: false });
  assert.deepEqual(rig.written(), ["connect", `publish 2 ${source.text()}`]);
});

test("every part but the last is written as one that more follows", () => {
  const rig = new StreamRig();
  rig.connect();
  const marks: boolean[] = [];
  const write = rig.transport.write.bind(rig.transport);
  rig.transport.write = (bytes, offset, length, isMore) => {
    marks.push(isMore);
    return write(bytes, offset, length, isMore);
  };
  rig.from(new Letters(), 1, 150);
  assert.deepEqual(marks, [true, true, true, false]);
});

test("a source taken from within the event of a drop leaves none for the publish that dropped", () => {
  const rig = new StreamRig();
  const dropping = new Topic("mote/b/t", { qos: 1, whenFull: DROP_OLDEST });
  const victim = rig.publishTo(dropping, "v".repeat(120));
  for (const first of ["a", "b", "c"]) assert.ok(rig.from(new Letters(first)) >= 0);
  rig.inEvent = () => assert.ok(rig.from(new Letters("d")) >= 0);
  assert.equal(rig.client.publishFrom(dropping, new Letters("e"), LENGTH, 0), TABLE_FULL);
  assert.deepEqual(rig.told, [`dropped ${victim} ${OUTBOX_FULL}`]);
  assert.equal(rig.client.pending, 4);
});
