import assert from "node:assert/strict";
import { test } from "node:test";
import { generate } from "mqtt-packet";
import {
  ACKNOWLEDGED,
  CLOSED_EVENT,
  CONNECTED_EVENT,
  DENIED_EVENT,
  DISCONNECTED_EVENT,
  DROPPED,
  EXPIRED,
  GRANTED_EVENT,
  IN_DOUBT,
  OVERSIZE_EVENT,
  REMOVED_EVENT,
} from "../../../firmware/session/event.js";
import type { ClientOptions } from "../../../firmware/session/options.js";
import { STOPPED } from "../../../firmware/session/session.js";
import { DROP_OLDEST, Topic, URGENT } from "../../../firmware/session/topic.js";
import { NEVER } from "../../../firmware/status.js";
import { ClientRig } from "../../sim/client-rig.js";

const dropping = new Topic("d", { qos: 1, whenFull: DROP_OLDEST });
const urgent = new Topic("u", { qos: 1, priority: URGENT, whenFull: DROP_OLDEST });
const hurried = new Topic("h", { qos: 1, expirySeconds: 1 });

interface Case {
  readonly what: string;
  readonly kind: number;
  readonly options?: Partial<ClientOptions>;
  /** Makes a connected client tell the event. */
  readonly provoke: (rig: ClientRig) => void;
}

/** What provokes each event. */
const CASES: readonly Case[] = [
  {
    what: "connected",
    kind: CONNECTED_EVENT,
    provoke: (rig) => {
      rig.transport.breaks(rig.now);
      rig.reconnect({ sessionPresent: true });
    },
  },
  {
    what: "disconnected",
    kind: DISCONNECTED_EVENT,
    provoke: (rig) => rig.transport.breaks(rig.now),
  },
  {
    what: "acknowledged",
    kind: ACKNOWLEDGED,
    provoke: (rig) => {
      rig.publish("x");
      rig.says({ cmd: "puback", messageId: 1 });
    },
  },
  {
    what: "dropped",
    kind: DROPPED,
    options: { maximumMessages: 2, inFlightWindow: 1 },
    provoke: (rig) => {
      for (const text of ["1", "2", "3"]) rig.publishTo(dropping, text);
    },
  },
  {
    what: "expired",
    kind: EXPIRED,
    options: { inFlightWindow: 1 },
    provoke: (rig) => {
      rig.publish("x");
      rig.publishTo(hurried, "late");
      rig.pass(1_000);
    },
  },
  {
    what: "in doubt",
    kind: IN_DOUBT,
    options: { resendsDoubtful: false },
    provoke: (rig) => {
      rig.publish("x", 2);
      rig.publish("y", 2);
      rig.transport.breaks(rig.now);
      rig.reconnect({ sessionPresent: false });
    },
  },
  {
    what: "granted",
    kind: GRANTED_EVENT,
    provoke: (rig) => {
      rig.client.subscribe("a", 1, rig.now);
      rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
    },
  },
  {
    what: "denied",
    kind: DENIED_EVENT,
    provoke: (rig) => {
      rig.client.subscribe("a", 1, rig.now);
      rig.says({ cmd: "suback", messageId: 65535, granted: [0x80] });
    },
  },
  {
    what: "removed",
    kind: REMOVED_EVENT,
    provoke: (rig) => {
      rig.client.subscribe("a", 1, rig.now);
      rig.says({ cmd: "suback", messageId: 65535, granted: [1] });
      rig.client.unsubscribe("a", rig.now);
      rig.says({ cmd: "unsuback", messageId: 65535, granted: [] });
    },
  },
  {
    what: "oversize",
    kind: OVERSIZE_EVENT,
    provoke: (rig) => rig.says({ ...message(1), topic: "t".repeat(200) }),
  },
  {
    what: "closed",
    kind: CLOSED_EVENT,
    provoke: (rig) => {
      rig.client.close(1_000, rig.now);
      rig.pass(1_000);
    },
  },
];

function message(qos: 0 | 1 | 2) {
  return {
    cmd: "publish",
    topic: "c",
    payload: "m",
    qos,
    retain: false,
    dup: false,
    ...(qos === 0 ? {} : { messageId: 9 }),
  } as const;
}

/** Connected, and from now on `act` runs within the first event of that kind. */
function provoked(one: Case, act: (rig: ClientRig) => void): ClientRig {
  const rig = new ClientRig(one.options);
  rig.connect();
  let isOver = false;
  rig.inEvent = (kind) => {
    if (isOver || kind !== one.kind) return;
    isOver = true;
    act(rig);
  };
  one.provoke(rig);
  assert.equal(isOver, true, `${one.what} was told`);
  return rig;
}

/** Makes a connection as often as it takes until the client is content with one. */
function connectAgain(rig: ClientRig): void {
  for (let i = 0; i < 3 && !rig.client.isConnected; i++) {
    rig.pass(60_000);
    rig.transport.opens(rig.now);
    rig.accept({ sessionPresent: true });
  }
  assert.equal(rig.client.isConnected, true);
}

/** The broker acknowledges all that it is sent. @returns the payloads */
function answerAll(rig: ClientRig): string[] {
  const payloads: string[] = [];
  for (let i = 0; i < 10; i++) {
    for (const packet of rig.transport.take()) {
      const messageId = packet.messageId ?? 0;
      if (packet.cmd === "pubrel") rig.says({ cmd: "pubcomp", messageId });
      if (packet.cmd !== "publish") continue;
      payloads.push(packet.payload.toString());
      if (packet.qos > 0) rig.says({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
    }
  }
  return payloads;
}

for (const one of CASES.filter(({ kind }) => kind !== CLOSED_EVENT)) {
  test(`what is published from within the event ${one.what} reaches the broker`, () => {
    const rig = provoked(one, (self) => {
      assert.ok(self.publishTo(urgent, "within") >= 0);
    });
    if (!rig.client.isConnected) connectAgain(rig);
    assert.ok(answerAll(rig).includes("within"));
  });

  test(`a subscription made from within the event ${one.what} reaches the broker`, () => {
    const rig = provoked(one, (self) => {
      assert.ok(self.client.subscribe("from/within", 1, self.now) >= 0);
    });
    if (!rig.client.isConnected) connectAgain(rig);
    assert.ok(
      rig.transport
        .take()
        .some(
          (packet) =>
            packet.cmd === "subscribe" && packet.subscriptions[0]?.topic === "from/within",
        ),
    );
  });

  test(`a close from within the event ${one.what} ends the client in order`, () => {
    const rig = provoked(one, (self) => self.client.close(5_000, self.now));
    answerAll(rig);
    rig.pass(5_000);
    assert.equal(rig.told.filter((line) => line.startsWith("closed")).length, 1);
    assert.equal(rig.told.at(-1)?.startsWith("closed"), true);
    assert.equal(rig.client.pollTimeout(rig.now), NEVER);
  });
}

for (const one of CASES) {
  test(`abandoning from within the event ${one.what} leaves the client at rest`, () => {
    const rig = provoked(one, (self) => self.client.abandon(self.now));
    assert.equal(rig.client.session.phase, STOPPED);
    assert.equal(rig.client.pollTimeout(rig.now), NEVER);
    rig.pass(1_000_000);
    assert.equal(rig.client.session.phase, STOPPED);
  });

  test(`a start from within the event ${one.what}, after abandoning, connects anew`, () => {
    const rig = provoked(one, (self) => {
      self.client.abandon(self.now);
      self.client.start(self.now);
    });
    connectAgain(rig);
    answerAll(rig);
    rig.publish("alive", 0);
    assert.ok(answerAll(rig).includes("alive"));
  });
}

for (const qos of [0, 1, 2] as const) {
  test(`abandoning from within a message of QoS ${qos} acknowledges nothing`, () => {
    const rig = new ClientRig();
    rig.connect();
    rig.inMessage = () => rig.client.abandon(rig.now);
    rig.says(message(qos));
    assert.deepEqual(rig.written(), []);
    assert.equal(rig.client.session.phase, STOPPED);
  });

  test(`a close from within a message of QoS ${qos} still acknowledges it before the goodbye`, () => {
    const rig = new ClientRig();
    rig.connect();
    rig.inMessage = () => rig.client.close(1_000, rig.now);
    rig.says(message(qos));
    const answer = [[], ["puback 9"], ["pubrec 9"]][qos] ?? [];
    rig.pass(1_000);
    assert.deepEqual(rig.written(), [...answer, "disconnect"]);
  });
}

test("of the bytes behind a message that ended the connection nothing is delivered", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.inMessage = () => rig.client.abandon(rig.now);
  const one = generate(message(0));
  rig.transport.saysBytes(Buffer.concat([one, one, one]), rig.now);
  assert.equal(rig.told.filter((line) => line.startsWith("message")).length, 1);
});

test("an application that publishes whenever it is acknowledged does so once for each acknowledgement", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.inEvent = (kind) => {
    if (kind === ACKNOWLEDGED) rig.publish("next");
  };
  rig.publish("first");
  rig.says({ cmd: "puback", messageId: 1 });
  assert.deepEqual(rig.written(), ["publish 1 first", "publish 2 next"]);
});

test("a close writes its goodbye as soon as the last QoS 0 publish is out", () => {
  const rig = new ClientRig();
  rig.connect();
  rig.transport.limit(3);
  rig.publish("x", 0);
  rig.client.close(60_000, rig.now);
  rig.transport.limit(Number.POSITIVE_INFINITY);
  rig.transport.writable(rig.now);
  assert.deepEqual(rig.written(), ["publish x", "disconnect"]);
  rig.pass(0);
  assert.equal(rig.told.at(-1), "closed 0");
});
