import assert from "node:assert/strict";
import { test } from "node:test";
import {
  STREAM_CLOSE,
  STREAM_CLOSED,
  STREAM_OPEN,
  STREAM_OPENED,
  TIME,
} from "../../../firmware/link/control.js";
import {
  BOARD,
  CONSOLE,
  CONTROL,
  DATA,
  HOST,
  Link,
  MQTT,
  NOTHING,
  UP,
} from "../../../firmware/link/link.js";
import { LinkTransport } from "../../../firmware/runtime/link-transport.js";

const NOBODY = new Uint8Array(0);

/** A board's transport and, on the other end of a perfect wire, a link played by the test. */
class TransportRig {
  now = 0;
  /** What the client was told. */
  readonly told: string[] = [];
  /** What the host's link delivered, as `channel first last hex`. */
  readonly heard: string[] = [];
  /** Bytes that the client takes from now on. */
  appetite = Number.POSITIVE_INFINITY;
  readonly transport: LinkTransport;
  host = this.createHost();
  private down: number[] = [];

  constructor() {
    const options = { identity: Buffer.from("b"), epoch: 5, random: () => 9, maximumPayload: 32 };
    const link = new Link({ ...options, role: BOARD, window: 4 });
    this.transport = new LinkTransport(link, {
      write: (bytes, offset, length) => {
        this.toHost(bytes.slice(offset, offset + length));
        return length;
      },
    });
    this.transport.attach({
      handleOpen: () => this.told.push("open"),
      handleClose: () => this.told.push("close"),
      handleWritable: () => this.told.push("writable"),
      handleBytes: (bytes, offset, length) => {
        const taken = Math.min(length, this.appetite);
        this.appetite -= taken;
        if (taken > 0) this.told.push(Buffer.from(bytes.slice(offset, offset + taken)).toString());
        return taken;
      },
    });
  }

  /** Lets time pass until both ends are quiet. */
  pass(ms = 50): void {
    for (const end = this.now + ms; this.now < end; this.now += 5) {
      this.transport.turn(this.now);
      this.fromHost();
      const bytes = Uint8Array.from(this.down);
      this.down = this.down.slice(this.transport.handleSerial(bytes, 0, bytes.length, this.now));
    }
  }

  hostSays(channel: number, ...bytes: number[]): void {
    const data = Uint8Array.from(bytes);
    assert.equal(this.host.send(channel, data, 0, data.length, true, true), data.length);
    this.pass();
  }

  /** The gateway restarts. */
  replaceHost(): void {
    this.host = this.createHost();
  }

  private createHost(): Link {
    const random = () => Math.floor(Math.random() * 2 ** 32);
    return new Link({
      role: HOST,
      identity: NOBODY,
      epoch: 0,
      random,
      maximumPayload: 32,
      window: 8,
    });
  }

  private toHost(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.host.handleBytes(bytes, at, bytes.length - at, this.now);
      this.drainHost();
    }
  }

  private drainHost(): void {
    for (let event = this.host.pollEvent(); event !== NOTHING; event = this.host.pollEvent()) {
      if (event === UP) this.heard.push("up");
      if (event !== DATA) continue;
      const { channel, first, last, bytes, offset, length } = this.host;
      const hex = Buffer.from(bytes.slice(offset, offset + length)).toString("hex");
      this.heard.push(`${channel} ${first ? "first" : "-"} ${last ? "last" : "-"} ${hex}`);
    }
  }

  private fromHost(): void {
    this.host.handleTimeout(this.now);
    this.drainHost();
    for (let n = this.host.pollTransmit(this.now); n > 0; n = this.host.pollTransmit(this.now)) {
      const { out, outOffset } = this.host;
      this.down.push(...out.slice(outOffset, outOffset + n));
      this.host.transmitted(n, this.now);
    }
  }
}

function openRig(): TransportRig {
  const rig = new TransportRig();
  rig.transport.open();
  rig.pass();
  rig.hostSays(CONTROL, STREAM_OPENED, 1);
  return rig;
}

const control = (opcode: number, stream: number) =>
  `${CONTROL} first last ${Buffer.of(opcode, stream).toString("hex")}`;

test("open asks the gateway for a stream and waits for its answer", () => {
  const rig = new TransportRig();
  rig.transport.open();
  rig.pass();
  assert.deepEqual(rig.heard, ["up", control(STREAM_OPEN, 1)]);
  assert.deepEqual(rig.told, []);
  rig.hostSays(CONTROL, STREAM_OPENED, 1);
  assert.deepEqual(rig.told, ["open"]);
});

test("an answer to another stream is not taken for this one", () => {
  const rig = new TransportRig();
  rig.transport.open();
  rig.pass();
  rig.hostSays(CONTROL, STREAM_OPENED, 9);
  rig.hostSays(CONTROL, STREAM_CLOSED, 0, 0);
  assert.deepEqual(rig.told, []);
});

test("a packet larger than a frame is cut, with its first and last frame marked", () => {
  const rig = openRig();
  const packet = new Uint8Array(70).fill(0x61);
  assert.equal(rig.transport.write(packet, 0, 70, false), 70);
  rig.pass();
  const frames = rig.heard.slice(2).map((line) => line.split(" ").slice(0, 3).join(" "));
  assert.deepEqual(frames, [`${MQTT} first -`, `${MQTT} - -`, `${MQTT} - last`]);
});

test("a packet that waits for the window goes on where it stopped", () => {
  const rig = openRig();
  const packet = new Uint8Array(300).fill(0x62);
  for (let taken = 0; taken < 300; ) {
    // Three frames of the window's four: the last is kept for what is urgent.
    const count = rig.transport.write(packet, taken, 300 - taken, false);
    assert.equal(count, Math.min(96, 300 - taken));
    taken += count;
    rig.pass();
  }
  assert.ok(rig.told.includes("writable"));
  const marks = rig.heard.slice(2).map((line) => line.split(" ").slice(1, 3).join(""));
  assert.equal(marks.filter((mark) => mark.startsWith("first")).length, 1);
  assert.equal(marks.filter((mark) => mark.endsWith("last")).length, 1);
  assert.equal(marks.at(-1), "-last");
});

test("bytes that the client cannot take yet are kept and offered again", () => {
  const rig = openRig();
  rig.appetite = 2;
  rig.hostSays(MQTT, 0x61, 0x62, 0x63);
  rig.hostSays(MQTT, 0x64);
  assert.deepEqual(rig.told, ["open", "ab"]);
  rig.appetite = Number.POSITIVE_INFINITY;
  rig.pass();
  assert.deepEqual(rig.told, ["open", "ab", "c", "d"]);
});

test("bytes of an earlier stream are dropped and counted", () => {
  const rig = openRig();
  rig.transport.close();
  rig.transport.open();
  rig.hostSays(MQTT, 1, 2, 3);
  assert.equal(rig.transport.staleBytes, 3);
  rig.hostSays(CONTROL, STREAM_OPENED, 2);
  rig.hostSays(MQTT, 0x61);
  assert.deepEqual(rig.told, ["open", "open", "a"]);
});

test("close tells the gateway", () => {
  const rig = openRig();
  rig.transport.close();
  rig.pass();
  assert.equal(rig.heard.at(-1), control(STREAM_CLOSE, 1));
});

test("a stream that the gateway closes ends the connection", () => {
  const rig = openRig();
  rig.hostSays(CONTROL, STREAM_CLOSED, 1, 0);
  assert.deepEqual(rig.told, ["open", "close"]);
});

test("a restarted gateway ends an open stream and is asked again for one that was opening", () => {
  const rig = openRig();
  rig.replaceHost();
  rig.pass(9_000);
  assert.deepEqual(rig.told, ["open", "close"]);
  rig.transport.open();
  rig.pass();
  rig.replaceHost();
  rig.pass(9_000);
  assert.equal(rig.heard.at(-1), control(STREAM_OPEN, 2));
});

test("console text travels beside the stream, and what finds no room is counted", () => {
  const rig = openRig();
  rig.transport.print(Buffer.from("hello\n"));
  rig.pass();
  assert.equal(rig.heard.at(-1), `${CONSOLE} first last ${Buffer.from("hello\n").toString("hex")}`);
  rig.transport.print(new Uint8Array(300));
  assert.equal(rig.transport.consoleDropped, 60);
  rig.pass();
  rig.transport.print(Buffer.from("again"));
  rig.pass();
  assert.equal(rig.heard.at(-1)?.endsWith(Buffer.from("again").toString("hex")), true);
});

const CONNECT_4 = Uint8Array.of(0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 0, 0, 1, 0x62);
const CONNECT_5 = Uint8Array.from(CONNECT_4, (byte, i) => (i === 8 ? 5 : byte));
const PUBACK = Uint8Array.of(0x40, 2, 0, 1);
const READING = Uint8Array.of(0x30, 4, 0, 1, 0x61, 0x31);

/** The channels on which packets travel, in the order of their sending. */
function channelsOf(rig: TransportRig, packets: readonly Uint8Array[]): string[] {
  const from = rig.heard.length;
  for (const packet of packets) {
    assert.equal(rig.transport.write(packet, 0, packet.length, false), packet.length);
    rig.pass();
  }
  return rig.heard.slice(from).map((line) => line.split(" ")[0] ?? "");
}

test("acknowledgements and readings of QoS 0 may overtake, but never before CONNACK", () => {
  const rig = openRig();
  const before = channelsOf(rig, [CONNECT_4, PUBACK]);
  rig.hostSays(MQTT, 0x20, 2, 0, 0);
  const after = channelsOf(rig, [PUBACK, READING, Uint8Array.of(0x32, 2, 0, 1)]);
  assert.deepEqual(
    [before, after],
    [
      ["2", "2"],
      ["3", "3", "2"],
    ],
  );
});

test("in version 5 only acknowledgements overtake, for an alias needs its order", () => {
  const rig = openRig();
  channelsOf(rig, [CONNECT_5]);
  rig.hostSays(MQTT, 0x20, 3, 0, 0, 0);
  assert.deepEqual(channelsOf(rig, [PUBACK, READING]), ["3", "2"]);
});

test("the board knows the time once its gateway has told it", () => {
  const rig = openRig();
  assert.equal(rig.transport.unixMs(rig.now), 0);
  const time = Buffer.alloc(6);
  time.writeUIntBE(1_800_000_000_123, 0, 6);
  rig.hostSays(CONTROL, TIME, 0, ...time);
  const told = rig.transport.unixMs(rig.now);
  assert.ok(told >= 1_800_000_000_123 && told < 1_800_000_000_323, `${told}`);
  assert.equal(rig.transport.unixMs((rig.now + 5000) | 0), told + 5000);
});
