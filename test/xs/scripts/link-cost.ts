import host from "host";
import { BOARD, DATA, HOST, Link, MQTT, NOTHING } from "../../../firmware/link/link.js";

// What frames of 240 bytes cost each end in XS, acknowledgements included. Argument 0: how many rounds of fourteen.

const ROUNDS = Number(host.argument(0));
const PAYLOAD_BYTES = 240;
const FRAMES = 14;
/** What a port hands over at once. */
const PIECE_BYTES = 120;
/** Where a packet, what was sent and what comes in lie in an end's memory, before the link's own part. */
const PACKET = 0;
const SENT = 256;
const INPUT = 4096;
const LINK_BYTES = 10_240;
const ROUND_MS = 2;

class End {
  readonly memory = new Uint8Array(INPUT + 4096 + LINK_BYTES);
  readonly link: Link;
  microseconds = 0;
  heard = 0;
  sent = 0;

  constructor(role: number) {
    this.link = new Link({
      role,
      identity: role === BOARD ? new Uint8Array([0x62]) : new Uint8Array(0),
      epoch: 5,
      random: () => 9,
      maximumPayload: PAYLOAD_BYTES,
      window: FRAMES + 2,
      memory: this.memory,
    });
    for (let i = 0; i < PAYLOAD_BYTES; i++) this.memory[PACKET + i] = i;
  }

  /** Sends so many packets and says whatever else is due. */
  say(packets: number, now: number): void {
    const { link, memory } = this;
    let sent = 0;
    const begun = host.cpuMicroseconds();
    link.handleTimeout(now);
    for (;;) {
      if (packets > 0) {
        packets--;
        link.send(MQTT, memory, PACKET, PAYLOAD_BYTES, true, true);
      }
      const length = link.pollTransmit(now);
      if (length === 0) break;
      const offset = link.outOffset;
      memory.copyWithin(SENT + sent, offset, offset + length);
      sent += length;
      link.transmitted(length, now);
      link.pollTimeout(now);
    }
    this.microseconds += host.cpuMicroseconds() - begun;
    this.sent = sent;
  }

  /** Reads what the other end sent as a port would hand it over, and keeps its answers. */
  hear(other: End, now: number): void {
    const { link, memory } = this;
    const length = other.sent;
    for (let i = 0; i < length; i++) memory[INPUT + i] = other.memory[SENT + i] as number;
    let sent = 0;
    const begun = host.cpuMicroseconds();
    let at = 0;
    while (at < length) {
      const left = length - at;
      at += link.handleBytes(memory, INPUT + at, left < PIECE_BYTES ? left : PIECE_BYTES, now);
      for (;;) {
        const event = link.pollEvent();
        if (event === NOTHING) break;
        if (event === DATA) this.heard++;
      }
      const answer = link.pollTransmit(now);
      if (answer === 0) continue;
      const offset = link.outOffset;
      memory.copyWithin(SENT + sent, offset, offset + answer);
      sent += answer;
      link.transmitted(answer, now);
    }
    this.microseconds += host.cpuMicroseconds() - begun;
    this.sent = sent;
  }
}

const board = new End(BOARD);
const gateway = new End(HOST);
let now = 0;

function round(packets: number): void {
  now = (now + ROUND_MS) | 0;
  board.say(packets, now);
  gateway.hear(board, now);
  board.hear(gateway, now);
  gateway.say(0, now);
  board.hear(gateway, now);
}

for (let i = 0; i < 300; i++) round(0);
if (!board.link.isUp || !gateway.link.isUp) throw new Error("no session");
for (let i = 0; i < 20; i++) round(FRAMES);
board.microseconds = 0;
gateway.microseconds = 0;
gateway.heard = 0;
for (let i = 0; i < ROUNDS; i++) round(FRAMES);
if (gateway.heard !== ROUNDS * FRAMES) throw new Error(`${gateway.heard} frames were heard`);
const bytes = ROUNDS * FRAMES * PAYLOAD_BYTES;
host.print(
  JSON.stringify({
    send: (board.microseconds * 1000) / bytes,
    receive: (gateway.microseconds * 1000) / bytes,
  }),
);
