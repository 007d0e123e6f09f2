import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { DATA, type Link, MQTT, NOTHING } from "../../firmware/link/link.js";
import { openPty } from "../../host/sim/pty.js";
import { pause } from "../../host/wait.js";
import { makeLink } from "../link/pair.js";

// Bytes per second through a real pseudo terminal: the link's payload, and what socat passes between two of them.

const RUN_MS = 3_000;
const PAYLOAD = new Uint8Array(240).fill(0x31);
const NEVER_ABORTED = new AbortController().signal;

async function openPort(path: string): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate: 921_600, hupcl: false, autoOpen: false });
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(error) : resolve()));
  });
  return port;
}

const now = () => Math.trunc(performance.now()) | 0;

function drain(link: Link, heard: (bytes: number) => void): void {
  for (let event = link.pollEvent(); event !== NOTHING; event = link.pollEvent()) {
    if (event === DATA) heard(link.length);
  }
}

function hear(link: Link, bytes: Uint8Array, heard: (bytes: number) => void): void {
  for (let at = 0; at < bytes.length; ) {
    at += link.handleBytes(bytes, at, bytes.length - at, now());
    drain(link, heard);
  }
}

/** What waits in the link goes to the port, until that takes no more. */
function say(link: Link, write: (bytes: Uint8Array, offset: number, length: number) => number) {
  for (;;) {
    const length = link.pollTransmit(now());
    if (length === 0) return;
    const taken = write(link.out, link.outOffset, length);
    link.transmitted(taken, now());
    if (taken < length) return;
  }
}

/** Payload from board to host, in bytes per second. */
export async function linkBytesPerSecond(): Promise<number> {
  const pty = await openPty();
  const port = await openPort(pty.path);
  const board = makeLink(0, { window: 32 });
  const host = makeLink(1, { window: 32 });
  let arrived = 0;
  const turn = () => {
    board.handleTimeout(now());
    host.handleTimeout(now());
    if (board.isUp) while (board.canSend()) board.send(MQTT, PAYLOAD, 0, 240, true, true);
    say(board, (bytes, offset, length) => pty.write(bytes, offset, length));
    say(host, (bytes, offset, length) => {
      port.write(Buffer.from(bytes.subarray(offset, offset + length)));
      return length;
    });
  };
  port.on("data", (bytes: Buffer) => {
    hear(host, bytes, (length) => {
      arrived += length;
    });
    turn();
  });
  pty.onData((bytes) => {
    hear(board, bytes, () => undefined);
    turn();
  });
  pty.onDrain(turn);
  const ticks = setInterval(turn, 2);
  turn();
  await pause(500, NEVER_ABORTED);
  const begun = performance.now();
  arrived = 0;
  await pause(RUN_MS, NEVER_ABORTED);
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(ticks);
  await new Promise<void>((resolve) => port.close(() => resolve()));
  pty.close();
  return arrived / seconds;
}

function startSocat(folder: string): ChildProcess {
  const end = (name: string) => `PTY,raw,echo=0,link=${join(folder, name)}`;
  return spawn("socat", ["-b", "4096", end("a"), end("b")], { stdio: "ignore" });
}

/** Raw bytes from one end of socat to the other; null when it is not installed. */
export async function socatBytesPerSecond(): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), "mote-bench-"));
  const socat = startSocat(folder);
  const isThere = await new Promise<boolean>((resolve) => {
    socat.on("error", () => resolve(false));
    socat.on("spawn", () => resolve(true));
  });
  try {
    if (!isThere) return null;
    await pause(500, NEVER_ABORTED);
    return await rawBytesPerSecond(join(folder, "a"), join(folder, "b"));
  } finally {
    socat.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rawBytesPerSecond(from: string, to: string): Promise<number> {
  const writer = await openPort(from);
  const reader = await openPort(to);
  let arrived = 0;
  reader.on("data", (bytes: Buffer) => {
    arrived += bytes.length;
  });
  const block = Buffer.alloc(4096, 0x31);
  let isOver = false;
  const more = () => {
    if (!isOver) writer.write(block, () => setImmediate(more));
  };
  more();
  const begun = performance.now();
  await pause(RUN_MS, NEVER_ABORTED);
  const seconds = (performance.now() - begun) / 1000;
  isOver = true;
  await new Promise<void>((resolve) => reader.close(() => resolve()));
  await new Promise<void>((resolve) => writer.close(() => resolve()));
  return arrived / seconds;
}
