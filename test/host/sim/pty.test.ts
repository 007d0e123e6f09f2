import assert from "node:assert/strict";
import {
  existsSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { lstat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { SerialPort } from "serialport";
import { HostError } from "../../../host/error.js";
import { openPty, type PtyPair } from "../../../host/sim/pty.js";
import { Random } from "../../sim/random.js";
import { until } from "../until.js";

const folder = mkdtempSync(join(tmpdir(), "mote-pty-"));
after(() => rmSync(folder, { recursive: true }));

const EVERY_BYTE = Uint8Array.from({ length: 256 }, (_, value) => value);
const MEBIBYTE = 1_048_576;
const KERNEL_BUFFER_BYTES = 65_536;

let pty: PtyPair;
let heard: Uint8Array[];

beforeEach(async () => {
  pty = await openPty();
  heard = [];
  pty.onData((bytes) => heard.push(bytes));
});
afterEach(() => pty.close());

test("Every byte value reaches the far end unchanged", async () => {
  const far = await openFarEnd(pty.path);
  assert.equal(pty.write(EVERY_BYTE, 0, 256), 256);
  await until(() => far.length() === 256);
  assert.deepEqual(far.bytes(), Buffer.from(EVERY_BYTE));
  await far.close();
});

test("Every byte value comes from the far end unchanged, the first time it is opened too", async () => {
  const far = await openFarEnd(pty.path);
  await far.write(EVERY_BYTE);
  await until(() => lengthOf(heard) === 256);
  assert.deepEqual(Buffer.concat(heard), Buffer.from(EVERY_BYTE));
  await sleep(20);
  assert.equal(far.length(), 0, "nothing comes back as an echo");
  await far.close();
});

test("Only the bytes named by offset and length are written", async () => {
  const far = await openFarEnd(pty.path);
  assert.equal(pty.write(EVERY_BYTE, 65, 3), 3);
  await until(() => far.length() === 3);
  assert.equal(far.bytes().toString(), "ABC");
  await far.close();
});

test("A mebibyte crosses in each direction at once, whole and in order", async () => {
  const far = await openFarEnd(pty.path);
  const down = randomBytes(1);
  const up = randomBytes(2);
  let written = 0;
  const pump = () => {
    while (written < down.length) {
      const taken = pty.write(down, written, Math.min(240, down.length - written));
      written += taken;
      if (taken === 0) return;
    }
  };
  pty.onDrain(pump);
  pump();
  await far.write(up);
  await until(() => far.length() === MEBIBYTE && lengthOf(heard) === MEBIBYTE);
  assert.ok(far.bytes().equals(down));
  assert.ok(Buffer.concat(heard).equals(up));
  await far.close();
});

test("A listener that does not read stops the writer, and loses nothing once it reads", async () => {
  const far = await openFarEnd(pty.path);
  far.pause();
  let drains = 0;
  pty.onDrain(() => drains++);
  const bytes = randomBytes(3);
  let written = 0;
  for (let taken = 1; taken > 0; written += taken) taken = pty.write(bytes, written, 1_000);
  assert.ok(written < KERNEL_BUFFER_BYTES, `${written} bytes were taken`);
  far.resume();
  await until(() => drains > 0 && far.length() === written);
  assert.ok(far.bytes().equals(bytes.subarray(0, written)));
  await far.close();
});

test("The far end may come and go; each time bytes pass both ways", async () => {
  for (let round = 0; round < 5; round++) {
    const far = await openFarEnd(pty.path);
    const before = lengthOf(heard);
    pty.write(EVERY_BYTE, 0, 256);
    await far.write(EVERY_BYTE);
    await until(() => far.length() === 256 && lengthOf(heard) === before + 256);
    await far.close();
    await sleep(10);
  }
});

test("While nobody listens every byte is taken, and none greets the next listener", async () => {
  const first = await openFarEnd(pty.path);
  pty.write(EVERY_BYTE, 0, 256);
  await first.close();
  await sleep(10);
  const bytes = randomBytes(4);
  for (let at = 0; at < MEBIBYTE; at += 1_024) assert.equal(pty.write(bytes, at, 1_024), 1_024);
  const second = await openFarEnd(pty.path);
  await sleep(20);
  pty.write(EVERY_BYTE, 0, 256);
  await until(() => second.length() >= 256);
  assert.deepEqual(second.bytes(), Buffer.from(EVERY_BYTE));
  await second.close();
});

test("What the far end wrote just before it closed is still heard", async () => {
  const far = await openFarEnd(pty.path);
  await far.write(EVERY_BYTE);
  await far.close();
  pty.write(EVERY_BYTE, 0, 1);
  await until(() => lengthOf(heard) === 256);
  assert.deepEqual(Buffer.concat(heard), Buffer.from(EVERY_BYTE));
});

test("Closing it takes the device away from under the far end", async () => {
  const far = await openFarEnd(pty.path);
  pty.close();
  await until(() => !existsSync(pty.path));
  await far.close();
});

test("A link is made where asked, and removed on close", async () => {
  const link = join(folder, "board");
  const linked = await openPty(link);
  assert.equal(linked.path, link);
  const far = await openFarEnd(link);
  await far.close();
  linked.close();
  await assert.rejects(lstat(link), { code: "ENOENT" });
});

test("A link that a killed board left is replaced", async () => {
  const link = join(folder, "stale");
  symlinkSync("/dev/pts/987654", link);
  const linked = await openPty(link);
  assert.notEqual(readlinkSync(link), "/dev/pts/987654");
  linked.close();
});

// Only Linux takes the device away in the moment in which its maker ends.
const onLinux = process.platform === "linux" ? test : () => undefined;
onLinux(
  "A live board's link is refused and stays; once that board is gone it is replaced",
  async () => {
    const link = join(folder, "live");
    const first = await openPty(link);
    const target = readlinkSync(link);
    await assert.rejects(openPty(link), { name: "HostError", message: /live simulated board/ });
    assert.equal(readlinkSync(link), target);
    first.close();
    (await openPty(link)).close();
  },
);

test("A link to a terminal that another program has now is replaced", async () => {
  const link = join(folder, "stranger");
  const stranger = await openPty();
  symlinkSync(stranger.path, link);
  // The kernel's clock for files moves every few milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 30));
  const future = Date.now() / 1000 + 60;
  utimesSync(stranger.path, future, future);
  const linked = await openPty(link);
  assert.notEqual(readlinkSync(link), stranger.path);
  linked.close();
  stranger.close();
});

test("A link that another board took over stays when the first one closes", async () => {
  const link = join(folder, "taken-over");
  const first = await openPty(link);
  unlinkSync(link);
  const second = await openPty(link);
  const target = readlinkSync(link);
  first.close();
  assert.equal(readlinkSync(link), target);
  second.close();
});

test("A file at the link's path is refused and left alone", async () => {
  const link = join(folder, "letter");
  writeFileSync(link, "dear diary");
  await assert.rejects(openPty(link), (error) => {
    assert.ok(error instanceof HostError);
    assert.match(error.message, /letter.*name another path/);
    return true;
  });
  assert.ok((await lstat(link)).isFile());
});

test("A link to something that is no pseudo terminal is refused", async () => {
  const link = join(folder, "elsewhere");
  symlinkSync("/dev/null", link);
  await assert.rejects(openPty(link), HostError);
  assert.equal(readlinkSync(link), "/dev/null");
});

test("A link in a folder that does not exist is refused with the path in the message", async () => {
  const message = /nowhere\/board: its folder does not exist$/;
  await assert.rejects(openPty(join(folder, "nowhere", "board")), { name: "HostError", message });
});

interface FarEnd {
  length(): number;
  bytes(): Buffer;
  write(bytes: Uint8Array): Promise<void>;
  pause(): void;
  resume(): void;
  close(): Promise<void>;
}

/** The port as a gateway opens it. */
async function openFarEnd(path: string): Promise<FarEnd> {
  const port = new SerialPort({ path, baudRate: 115_200, hupcl: false, autoOpen: false });
  await new Promise<void>((resolve, reject) =>
    port.open((error) => (error === null ? resolve() : reject(error))),
  );
  const parts: Buffer[] = [];
  port.on("data", (part: Buffer) => parts.push(part));
  port.on("error", () => undefined);
  return {
    length: () => lengthOf(parts),
    bytes: () => Buffer.concat(parts),
    write: (bytes) =>
      new Promise((resolve) => {
        port.write(Buffer.from(bytes));
        port.drain(() => resolve());
      }),
    pause: () => port.pause(),
    resume: () => port.resume(),
    close: () => new Promise((resolve) => port.close(() => resolve())),
  };
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function randomBytes(seed: number): Uint8Array {
  return new Random(seed).bytes(MEBIBYTE);
}
