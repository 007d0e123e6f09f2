import assert from "node:assert/strict";
import { test } from "node:test";
import { MQTT } from "../../../firmware/link/link.js";
import { Cutter, type Item, type SeenSession } from "../../../host/sniff/cutter.js";
import { describeItem } from "../../../host/sniff/describe.js";
import { captureHeader, captureItem } from "../../../host/sniff/pcapng.js";
import { Pair } from "../../link/pair.js";

/** Taps a pair's wires while it talks. */
function tap(pair: Pair, ms: number): { readonly up: Item[]; readonly down: Item[] } {
  const session: SeenSession = { key: null };
  const [up, down] = [new Cutter("up", session), new Cutter("down", session)];
  const seen: { up: Item[]; down: Item[] } = { up: [], down: [] };
  const listen = (pipe: Pair["toHost"], cutter: Cutter, items: Item[]) => {
    const write = pipe.write.bind(pipe);
    pipe.write = (bytes, offset, length, nowMs) => {
      const taken = write(bytes, offset, length, nowMs);
      items.push(...cutter.feed(bytes.slice(offset, offset + taken)));
      return taken;
    };
  };
  listen(pair.toHost, up, seen.up);
  listen(pair.toBoard, down, seen.down);
  pair.drive(ms);
  seen.up.push(...up.flush());
  seen.down.push(...down.flush());
  return seen;
}

test("every frame both ways is cut, verified and described", () => {
  const pair = new Pair();
  let sent = 0;
  pair.board.onTurn = (link) => {
    if (sent < 600) sent += Number(link.send(MQTT, Buffer.from("reading"), 0, 7, true, true) > 0);
  };
  const { up, down } = tap(pair, 20_000);
  const lines = up.map(describeItem);
  assert.match(lines[0] ?? "", /^HELLO {3}bench-1 epoch [0-9a-f]{8}/);
  assert.match(down.map(describeItem)[0] ?? "", /^WELCOME epoch/);
  assert.equal(lines.filter((line) => /^DATA {4}mqtt FL .*"reading"$/.test(line)).length, 600);
  const frames = [...up, ...down].filter((item) => item.kind === "frame");
  assert.ok(frames.length > 900 && frames.every((item) => item.isVerified));
});

test("text and damage are shown for what they are", () => {
  const cutter = new Cutter("up", { key: 0x1234 });
  const items = cutter.feed(
    Buffer.from("ets Jun  8 2016\r\n\0\xab\x01\xf0\0\0\x08aWXYZ", "latin1"),
  );
  assert.equal(describeItem(items[0]!), 'text    "ets Jun  8 2016 "');
  items.push(...cutter.flush());
  assert.ok(items.every((item) => item.kind === "other"));
});

test("a capture is made of blocks whose lengths agree, with the time and the direction", () => {
  const file = Buffer.concat([captureHeader(), captureItem(Buffer.from("abcde"), "down", 1e12)]);
  const types: number[] = [];
  for (let at = 0; at < file.length; ) {
    const length = file.readUInt32LE(at + 4);
    assert.equal(file.readUInt32LE(at + length - 4), length);
    types.push(file.readUInt32LE(at));
    at += length;
  }
  assert.deepEqual(types, [0x0a0d0d0a, 1, 6]);
  const packet = file.subarray(file.length - file.readUInt32LE(file.length - 4));
  const micros = BigInt(packet.readUInt32LE(12)) * 2n ** 32n + BigInt(packet.readUInt32LE(16));
  assert.equal(micros, 10n ** 15n);
  assert.equal(packet.readUInt32LE(20), 5);
  assert.equal(packet.readUInt32LE(packet.length - 12), 2);
});
