import assert from "node:assert/strict";
import { test } from "node:test";
import { Topic } from "../../../firmware/session/topic.js";
import {
  CLOSING,
  JOURNAL_FULL,
  MALFORMED,
  STORE_FAILED,
  TOO_LARGE,
} from "../../../firmware/status.js";
import { TOPICS } from "../../sim/client-rig.js";
import { JournalBoard } from "./journal-board.js";

const message = (messageId: number, dup = false) =>
  ({
    cmd: "publish",
    topic: "c",
    payload: `${messageId}`,
    qos: 2,
    messageId,
    retain: false,
    dup,
  }) as const;

test("after a reset the session is resumed: what was sent goes again with DUP, the rest after it", () => {
  const board = new JournalBoard({ inFlightWindow: 2 });
  const rig = board.connected();
  for (const payload of ["a", "b", "c"]) rig.publish(payload);
  rig.publish("lost", 0);
  const next = board.resumed();
  assert.deepEqual(next.written(), ["connect", "publish 1 dup a", "publish 2 dup b"]);
  assert.equal(next.told[0], "restored 3");
  next.says({ cmd: "puback", messageId: 1 });
  next.says({ cmd: "puback", messageId: 2 });
  assert.deepEqual(next.written(), ["publish 3 c"]);
});

test("CONNECT of a resumed session asks for it [MQTT-3.1.2-4]", () => {
  const board = new JournalBoard();
  board.connected();
  const next = board.boot();
  next.client.start(0);
  next.transport.opens(0);
  const [connect] = next.transport.take();
  assert.ok(connect?.cmd === "connect" && connect.clean === false);
});

test("what was acknowledged is not sent again, and identifiers and tokens go on", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  const token = rig.publish("a");
  rig.says({ cmd: "puback", messageId: 1 });
  const next = board.resumed();
  assert.deepEqual(next.written(), ["connect"]);
  assert.equal(next.publish("b"), token + 1);
  assert.deepEqual(next.written(), ["publish 2 b"]);
});

test("identifiers go on even when nothing is left of those that had them", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  for (let id = 1; id <= 200; id++) {
    rig.publish("some bytes");
    rig.says({ cmd: "puback", messageId: id });
  }
  assert.ok(board.flash.erases > 3, "snapshots were made");
  const next = board.resumed();
  next.publish("b");
  assert.deepEqual(next.written(), ["connect", "publish 201 b"]);
});

test("a publish that was taken without a connection is sent without DUP after a reset", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.transport.breaks(rig.now);
  rig.publish("a", 2);
  const next = board.resumed();
  assert.deepEqual(next.written(), ["connect", "publish 1 a"]);
});

test("after PUBREC a reset is followed by PUBREL, and its PUBCOMP by the token", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  const token = rig.publish("a", 2);
  rig.says({ cmd: "pubrec", messageId: 1 });
  const next = board.resumed();
  assert.deepEqual(next.written(), ["connect", "pubrel 1"]);
  next.says({ cmd: "pubcomp", messageId: 1 });
  assert.equal(next.told.at(-1), `acknowledged ${token}`);
  assert.deepEqual(board.resumed().written(), ["connect"]);
});

test("a QoS 2 message is delivered once over a reset, and its identifier is free after PUBREL", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.says(message(5));
  const next = board.resumed();
  next.says(message(5, true));
  assert.ok(!next.told.includes("message c 5"));
  next.says({ cmd: "pubrel", messageId: 5 });
  assert.deepEqual(next.written(), ["connect", "pubrec 5", "pubcomp 5"]);
  const third = board.resumed();
  third.says(message(5));
  assert.ok(third.told.includes("message c 5"));
});

test("the application's state and the message that changed it are kept together", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.inMessage = () => {
    board.state[1] = 7;
  };
  rig.says(message(5));
  board.state[2] = 9; // not with a message
  const next = board.resumed();
  assert.deepEqual([...board.state], [0, 7, 0, 0]);
  next.says(message(5, true));
  assert.deepEqual([...board.state], [0, 7, 0, 0]);
});

test("priority holds over a reset, but never against what was sent before", () => {
  const board = new JournalBoard({ inFlightWindow: 2 });
  const rig = board.connected();
  const urgent = new Topic("mote/b/t", { qos: 1, priority: 3 });
  rig.publish("1");
  rig.publish("2");
  rig.publish("3");
  rig.publishTo(urgent, "4");
  const next = board.resumed();
  next.publishTo(urgent, "5");
  for (const messageId of [1, 2]) next.says({ cmd: "puback", messageId });
  for (const messageId of [4, 5]) next.says({ cmd: "puback", messageId });
  assert.deepEqual(next.written(), [
    "connect",
    "publish 1 dup 1",
    "publish 2 dup 2",
    "publish 4 4",
    "publish 5 5",
    "publish 3 3",
  ]);
});

test("what is left of an expiry counts on from the reset", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.transport.breaks(rig.now);
  rig.pass(100_000);
  const token = rig.publishTo(new Topic("t", { qos: 1, expirySeconds: 60 }), "old");
  rig.publishTo(new Topic("t", { qos: 1, expirySeconds: 90 }), "fresh");
  const next = board.boot();
  next.now = 7_000_000;
  next.client.start(next.now);
  next.pass(59_999);
  assert.deepEqual(
    next.told.filter((line) => line.startsWith("expired")),
    [],
  );
  next.pass(1);
  assert.deepEqual(
    next.told.filter((line) => line.startsWith("expired")),
    [`expired ${token}`],
  );
  assert.equal(next.client.pending, 1);
});

test("nothing is taken before the start, since the journal knows no clock", () => {
  const rig = new JournalBoard().boot();
  assert.equal(rig.publish("a"), CLOSING);
  rig.client.start(0);
  assert.ok(rig.publish("a") >= 0);
});

test("a board that never purged an earlier life does so after a reset", () => {
  const board = new JournalBoard();
  const rig = board.boot();
  rig.client.start(0);
  rig.publish("a");
  rig.transport.opens(0);
  const next = board.boot();
  next.connect();
  assert.deepEqual(next.transport.calls.slice(0, 4), ["open", "connect", "disconnect", "close"]);
  assert.equal(next.client.pending, 1);
});

test("a CONNACK that power failed before leaves Session Present without proof", () => {
  const board = new JournalBoard({ resendsDoubtful: false });
  const rig = board.connected();
  const token = rig.publish("a", 2);
  const second = board.boot();
  second.client.start(0);
  second.transport.opens(0);
  const third = board.resumed();
  assert.deepEqual(third.told, ["restored 1", `in doubt ${token}`, "connected true"]);
  assert.deepEqual(board.resumed().told, ["restored 0", "connected true"]);
});

test("a CONNACK that refuses leaves the session as it was", () => {
  const board = new JournalBoard({ resendsDoubtful: false });
  const rig = board.connected();
  rig.publish("a", 2);
  board.resumed({ returnCode: 3 });
  const third = board.resumed();
  assert.deepEqual(third.written(), ["connect", "publish 1 dup a"]);
});

test("a journal that is damaged in its midst begins the session anew, and keeps what was found", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.publish("kept");
  for (let i = 0; i < 9; i++) rig.publish("0123456789");
  const bytes = board.flash.bytesOf(1);
  const at = Buffer.from(bytes).indexOf("0123456789");
  assert.ok(at > 0);
  bytes[at] = 0;
  const next = board.boot();
  next.connect();
  assert.equal(next.told[0], `restored 1 ${-MALFORMED}`);
  assert.deepEqual(next.transport.calls.slice(0, 3), ["open", "connect", "disconnect"]);
});

test("another client's journal is void", () => {
  for (const change of [{ clientId: "mote-c" }, { protocolVersion: 5 }]) {
    const board = new JournalBoard();
    board.connected().publish("a");
    const next = board.boot(change);
    next.client.start(0);
    assert.deepEqual(next.told, ["restored 0"]);
    const same = board.boot();
    same.client.start(0);
    assert.deepEqual(same.told, ["restored 1"], "until it writes");
    const third = board.boot(change);
    third.client.start(0);
    assert.ok(third.publish("b") >= 0);
    const fourth = board.boot(change);
    fourth.client.start(0);
    assert.deepEqual(fourth.told, ["restored 1"]);
  }
});

test("a publish that the journal has no room for is refused, and leaves nothing behind", () => {
  const board = new JournalBoard({ arena: new Uint8Array(8192) });
  const rig = board.connected();
  rig.transport.breaks(rig.now);
  let taken = 0;
  while (rig.publish("0123456789") >= 0) taken++;
  assert.equal(rig.publish("0123456789"), JOURNAL_FULL);
  assert.equal(rig.client.pending, taken);
  assert.equal(rig.client.session.outbox.published, taken);
  assert.ok(rig.publish("0123456789", 0) >= 0, "QoS 0 needs no journal");
  assert.equal(board.resumed().told[0], `restored ${taken}`);
});

test("a publish larger than the journal's buffer is refused", () => {
  const rig = new JournalBoard().connected();
  assert.equal(rig.publish("x".repeat(110)), TOO_LARGE);
  assert.deepEqual(rig.written(), []);
  assert.ok(rig.publish("x".repeat(80)) >= 0);
});

test("what the store does not take is refused, or ends the connection unacknowledged", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  rig.publish("a", 2);
  const append = board.flash.append.bind(board.flash);
  board.flash.append = () => STORE_FAILED;
  assert.equal(rig.publish("b"), STORE_FAILED);
  rig.written();
  rig.says({ cmd: "pubrec", messageId: 1 });
  assert.equal(rig.told.at(-1), `disconnected ${STORE_FAILED} 0`);
  rig.pass(2_000);
  rig.transport.opens(rig.now);
  assert.deepEqual(rig.written(), [], "not even CONNECT before PUBREC is kept");
  board.flash.append = append;
  rig.reconnect({ sessionPresent: true });
  assert.deepEqual(rig.written(), ["connect", "pubrel 1"]);
  assert.deepEqual(board.resumed().written(), ["connect", "pubrel 1"]);
});

test("a received message that the store does not take is not acknowledged, nor told twice", () => {
  const board = new JournalBoard();
  const rig = board.connected();
  const append = board.flash.append.bind(board.flash);
  board.flash.append = () => STORE_FAILED;
  rig.says(message(5));
  assert.deepEqual(rig.written(), []);
  board.flash.append = append;
  rig.reconnect({ sessionPresent: true });
  rig.says(message(5, true));
  assert.deepEqual(rig.written(), ["connect", "pubrec 5"]);
  assert.equal(rig.told.filter((line) => line === "message c 5").length, 1);
  const next = board.resumed();
  next.says(message(5, true));
  assert.ok(!next.told.includes("message c 5"));
});

test("when the broker lost the session, that is settled for good before anything is sent", () => {
  const board = new JournalBoard({ resendsDoubtful: false });
  const rig = board.connected();
  const [first, second] = [rig.publish("a", 2), rig.publish("b", 2)];
  rig.says({ cmd: "pubrec", messageId: 1 });
  rig.says(message(5));
  const next = board.resumed({ sessionPresent: false });
  assert.deepEqual(next.told, [
    "restored 2",
    `acknowledged ${first}`,
    `in doubt ${second}`,
    "connected false",
  ]);
  const third = board.resumed();
  assert.deepEqual(third.told, ["restored 0", "connected true"]);
  third.says(message(5, true));
  assert.ok(third.told.includes("message c 5"), "the new session's");
});

test("a publish from a source is not kept, but its identifier is not used again", () => {
  const board = new JournalBoard({ streamBuffer: new Uint8Array(16) });
  const rig = board.connected();
  const source = { read: () => 0 };
  rig.client.publishFrom(TOPICS[2] as Topic, source, 100, rig.now);
  const next = board.resumed();
  next.publish("a");
  assert.deepEqual(next.written(), ["connect", "publish 2 a"]);
});
