import assert from "node:assert/strict";
import { test } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import type { TransportHandler } from "../../firmware/transport.js";
import { BrokerModel } from "../sim/broker/broker.js";
import { CuttingLine } from "../sim/cutting-line.js";

const CONNECT: Packet = {
  cmd: "connect",
  clientId: "c",
  clean: false,
  will: { topic: "w", payload: "gone" },
};

/** The client's end: it notes what it is told, and takes what it is allowed to. */
class End implements TransportHandler {
  readonly told: string[] = [];
  readonly got: number[] = [];
  takes = Number.POSITIVE_INFINITY;
  whenOpen: () => void = () => undefined;
  whenBytes: () => void = () => undefined;

  handleOpen(): void {
    this.told.push("open");
    this.whenOpen();
  }
  handleBytes(bytes: Uint8Array, offset: number, length: number): number {
    const taken = Math.min(length, this.takes);
    this.got.push(...bytes.subarray(offset, offset + taken));
    this.whenBytes();
    return taken;
  }
  handleWritable(): void {
    this.told.push("writable");
  }
  handleClose(): void {
    this.told.push("close");
  }
}

function setUp() {
  const broker = new BrokerModel();
  const line = new CuttingLine(broker);
  const end = new End();
  line.attach(end);
  end.whenOpen = () => write(line, generate(CONNECT));
  return { broker, line, end };
}

function write(line: CuttingLine, bytes: Uint8Array): number {
  return line.write(bytes, 0, bytes.length);
}

function settle(line: CuttingLine): void {
  while (line.step(0));
}

const PUBLISH = generate({
  cmd: "publish",
  topic: "t",
  payload: "p",
  qos: 1,
  messageId: 1,
  dup: false,
  retain: false,
});

test("a line calls nobody back before it is stepped", () => {
  const { line, end } = setUp();
  line.open();
  assert.deepEqual(end.told, []);
  settle(line);
  assert.deepEqual(end.told, ["open"]);
  assert.deepEqual(end.got, [0x20, 2, 0, 0]);
});

test("a line cut up delivers exactly the bytes before the cut and loses those behind, both ways", () => {
  for (const [bytes, isThere] of [
    [PUBLISH.length - 1, false],
    [PUBLISH.length, true],
  ] as const) {
    const { broker, line, end } = setUp();
    line.open();
    settle(line);
    line.cutAfter("up", bytes);
    write(line, PUBLISH);
    const before = line.up.arrived;
    settle(line);
    assert.equal(line.up.arrived - before, bytes);
    assert.equal(broker.received.filter((one) => !one.isWill).length, isThere ? 1 : 0);
    assert.equal(end.got.length, 4, "PUBACK is lost");
    assert.deepEqual(end.told, ["open", "close"]);
    assert.equal(line.cuts, 1);
  }
});

test("a line cut down delivers exactly the bytes before the cut", () => {
  const { broker, line, end } = setUp();
  line.cutAfter("down", 3);
  line.open();
  settle(line);
  assert.deepEqual(end.got, [0x20, 2, 0]);
  assert.deepEqual(end.told, ["open", "close"]);
  assert.equal(broker.received[0].payload.toString(), "gone");
});

test("a line cuts in pieces, takes no more than its capacity and says when there is room", () => {
  const { line, end } = setUp();
  line.open();
  settle(line);
  line.capacity = 4;
  line.pieceLength = 3;
  assert.equal(write(line, PUBLISH), 4);
  line.step(0);
  assert.deepEqual(end.told, ["open", "writable"]);
  assert.equal(line.up.bytes.length, 1);
});

test("a line holds bytes back without losing them", () => {
  const { broker, line } = setUp();
  line.open();
  settle(line);
  line.up.isHeld = true;
  write(line, PUBLISH);
  settle(line);
  assert.equal(broker.received.length, 0);
  line.up.isHeld = false;
  settle(line);
  assert.equal(broker.received.length, 1);
});

test("what the client does not take is offered again when it says so, and has not been delivered", () => {
  const { line, end } = setUp();
  end.takes = 1;
  line.open();
  settle(line);
  assert.equal(line.down.arrived, 1);
  assert.equal(line.down.bytes.length, 3);
  end.takes = 3;
  line.resume();
  settle(line);
  assert.deepEqual(end.got, [0x20, 2, 0, 0]);
});

test("a cut that nobody is told of leaves both ends open until one of them acts", () => {
  const { broker, line, end } = setUp();
  line.open();
  settle(line);
  Object.assign(line.tells, { client: false, broker: false });
  line.cutAfter("up", 0);
  settle(line);
  write(line, PUBLISH);
  settle(line);
  assert.deepEqual(end.told, ["open"]);
  assert.notEqual(broker.connectionOf("c"), undefined);
  line.close();
  assert.notEqual(broker.connectionOf("c"), undefined, "the broker still does not know");
  line.open();
  settle(line);
  assert.equal(broker.transcript.filter((one) => one === "#1 closed").length, 1, "taken over");
  assert.equal(line.opened, 2);
});

test("a client that lost its power opens anew, and what it had written is lost", () => {
  const { broker, line } = setUp();
  line.open();
  settle(line);
  write(line, PUBLISH);
  const newer = new End();
  newer.whenOpen = () => write(line, generate(CONNECT));
  line.attach(newer);
  line.open();
  settle(line);
  assert.equal(broker.received.filter((one) => !one.isWill).length, 0);
  assert.deepEqual(newer.got, [0x20, 2, 1, 0]);
  write(line, Buffer.from(PUBLISH).fill(PUBLISH[0] | 8, 0, 1));
  settle(line);
  assert.deepEqual(broker.violations, [], "DUP is right: it was written once before");
});

test("a close from within the client's handler comes after what the client has in hand", () => {
  const { broker, line, end } = setUp();
  end.whenBytes = () => {
    write(line, PUBLISH);
    write(line, generate({ cmd: "disconnect" }));
    line.close();
  };
  line.open();
  settle(line);
  assert.equal(broker.received.length, 1, "and no will");
  assert.equal(broker.connectionOf("c"), undefined);
  assert.deepEqual(broker.violations, []);
});

test("a connection that the broker ends is closed once its last words have arrived", () => {
  const { broker, line, end } = setUp();
  broker.options.connackCode = () => 5;
  line.open();
  settle(line);
  assert.deepEqual(end.got, [0x20, 2, 0, 5]);
  assert.deepEqual(end.told, ["open", "close"]);
  broker.kill(0);
  line.open();
  settle(line);
  assert.deepEqual(end.told, ["open", "close", "close"]);
});

test("a client that leaves and comes back while it has bytes in hand gets a new connection", () => {
  const { broker, line, end } = setUp();
  let isGone = false;
  end.whenBytes = () => {
    if (isGone) return;
    isGone = true;
    line.close();
    line.open();
  };
  line.open();
  settle(line);
  assert.equal(line.opened, 2);
  assert.deepEqual(end.told, ["open", "open"]);
  assert.notEqual(broker.connectionOf("c"), undefined);
});
