import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { DATA, HOST, type Link, MQTT, NOTHING } from "../../firmware/link/link.js";
import { openPty, type PtyPair } from "../../host/sim/pty.js";
import { type Faults, Noise } from "../sim/noise.js";
import { makeLink } from "./pair.js";
import { readVectors } from "./vectors.js";

// boards/c/mote-link.c was written from the specification alone: it must do what our own code does.

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const DRIVER = join(ROOT, "build/test/link/c-driver");
const PACKETS = 400;

function compile(): void {
  mkdirSync(join(ROOT, "build/test/link"), { recursive: true });
  const sources = ["test/link/c/driver.c", "boards/c/mote-link.c"].map((path) => join(ROOT, path));
  const flags = ["-std=gnu99", "-Wall", "-Wextra", "-Werror", "-O2", "-fsanitize=undefined"];
  const made = spawnSync("gcc", [...flags, "-o", DRIVER, ...sources], { encoding: "utf8" });
  if (made.error) throw new Error("no C compiler: apt-get install gcc libc6-dev");
  assert.equal(made.status, 0, made.stderr);
}

compile();

const vectors = readVectors().filter(({ lines }) => lines[0]?.startsWith("board"));

for (const { name, lines } of vectors) {
  test(`C agrees on the vector: ${name}`, () => {
    const [, identity, epoch] = (lines[0] ?? "").split(" ");
    // Counts have other names there.
    const steps = lines.slice(1).filter((line) => !line.startsWith("count"));
    const input = steps.filter((line) => /^(rx|wait|send|datagram|tx)\b/.test(line));
    const output = execFileSync(DRIVER, ["vector", identity ?? "", epoch ?? ""], {
      input: `${input.join("\n")}\n`,
    });
    const told = output.toString().split("\n");
    assert.deepEqual(
      told.filter((line) => line !== ""),
      steps.filter((line) => /^(tx|[A-Z]+)\b/.test(line)),
    );
  });
}

function lengthOf(number: number): number {
  return 4 + ((number * 37) % 230);
}

/** The packets that the driver sends and wants. */
function packetOf(number: number): Uint8Array {
  const packet = Uint8Array.from({ length: lengthOf(number) }, (_, i) => number * 31 + i * 7);
  new DataView(packet.buffer).setUint32(0, number);
  return packet;
}

/** Our host on the other end of the driver's port, behind a cable that does harm. */
class HostEnd {
  sent = 0;
  received = 0;
  private readonly link: Link = makeLink(HOST, { window: 32, seed: Date.now() });
  private readonly pty: PtyPair;
  private readonly up: Noise;
  private readonly down: Noise;
  private at = 0;
  private packet: number[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(pty: PtyPair, faults: Faults) {
    this.pty = pty;
    this.up = new Noise(faults, 3);
    this.down = new Noise(faults, 4);
    pty.onData((bytes) => this.hear(this.up.passAll(bytes)));
    this.timer = setInterval(() => this.turn(), 2);
  }

  stop(): void {
    clearInterval(this.timer);
    this.pty.close();
  }

  private hear(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      at += this.link.handleBytes(bytes, at, bytes.length - at, now());
      this.poll();
    }
    this.turn();
  }

  private turn(): void {
    const { link } = this;
    link.handleTimeout(now());
    this.poll();
    this.send();
    for (let n = link.pollTransmit(now()); n > 0; n = link.pollTransmit(now())) {
      const harmed = this.down.passAll(link.out.slice(link.outOffset, link.outOffset + n));
      this.pty.write(harmed, 0, harmed.length);
      link.transmitted(n, now());
    }
  }

  private send(): void {
    while (this.sent < PACKETS && this.link.canSend()) {
      const packet = packetOf(this.sent);
      const left = packet.length - this.at;
      const taken = this.link.send(MQTT, packet, this.at, left, this.at === 0, true);
      this.at = taken < left ? this.at + taken : 0;
      if (this.at === 0) this.sent++;
    }
  }

  private poll(): void {
    const { link } = this;
    for (let event = link.pollEvent(); event !== NOTHING; event = link.pollEvent()) {
      if (event !== DATA) continue;
      this.packet.push(...link.bytes.subarray(link.offset, link.offset + link.length));
      if (!link.last) continue;
      assert.deepEqual(this.packet, [...packetOf(this.received)], `packet ${this.received}`);
      this.packet = [];
      this.received++;
    }
  }
}

const now = () => Math.trunc(performance.now()) | 0;

for (const [name, faults] of [
  ["a clean line", {}],
  ["a noisy line", { flip: 1e-4, drop: 1e-4, insert: 1e-5 }],
] as const) {
  test(`C and our own code lose nothing over a pseudo terminal: ${name}`, async (context) => {
    const pty = await openPty();
    const host = new HostEnd(pty, faults);
    context.after(() => host.stop());
    const child = spawn(DRIVER, ["pty", pty.path, String(PACKETS)], { timeout: 60_000 });
    let told = "";
    child.stdout.on("data", (bytes: Buffer) => {
      told += bytes.toString();
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    context.diagnostic(told.trim());
    assert.equal(code, 0);
    assert.deepEqual([host.sent, host.received], [PACKETS, PACKETS]);
  });
}
