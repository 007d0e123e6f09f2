import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import {
  BOARD,
  DATA,
  DATAGRAM,
  DOWN,
  HOST,
  IMPROV,
  Link,
  NOTHING,
  RESUMED,
  TEXT,
  UP,
} from "../../firmware/link/link.js";
import type { LinkStatistics } from "../../firmware/link/statistics.js";

/** One fenced block `link` of a Markdown page, under its heading. */
export interface Vector {
  name: string;
  lines: string[];
}

const ROOT = new URL("../../../", import.meta.url);

/** Reads every vector of test/vectors/link and of the specification itself; a page without one fails. */
export function readVectors(): Vector[] {
  const folder = new URL("test/vectors/link/", ROOT);
  const pages = readdirSync(folder).map((name) => new URL(name, folder));
  pages.push(new URL("firmware/link/link.md", ROOT));
  return pages.flatMap((page) => {
    const vectors = parse(readFileSync(page, "utf8"));
    assert.ok(vectors.length > 0, `no vector in ${page.pathname}`);
    return vectors;
  });
}

function parse(page: string): Vector[] {
  const vectors: Vector[] = [];
  let name = "";
  for (const part of page.split(/^(?=#+ |```)/m)) {
    const heading = /^#+ (.*)/.exec(part);
    if (heading) name = heading[1]!;
    const block = /^```link\n([\s\S]*)/.exec(part);
    if (!block) continue;
    const lines = block[1]!
      .split("\n")
      .map((line) => line.replace(/;.*/, "").trim())
      .filter((line) => line !== "");
    vectors.push({ name, lines });
  }
  return vectors;
}

export function fromHex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, "");
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Cuts the input of one `rx` line into the pieces to feed. */
export type Cut = (bytes: Uint8Array) => Uint8Array[];

/** Plays the lines of a vector against a link; `log` collects what it reports. */
export class Player {
  readonly log: string[] = [];
  readonly link: Link;
  private now = 0;
  private readonly cut: Cut;

  constructor(setup: string, cut: Cut) {
    this.cut = cut;
    const [role, name, number, payload, window] = setup.split(" ");
    const isBoard = role === "board";
    const value = Number.parseInt((isBoard ? number : name)!, 16);
    this.link = new Link({
      role: isBoard ? BOARD : HOST,
      identity: new TextEncoder().encode(isBoard ? name : ""),
      epoch: value,
      random: () => value,
      maximumPayload: Number(isBoard ? payload : number),
      window: Number(isBoard ? window : payload),
    });
  }

  receive(bytes: Uint8Array): void {
    for (const piece of this.cut(bytes)) {
      let at = 0;
      do {
        at += this.link.handleBytes(piece, at, piece.length - at, this.now);
        this.poll();
      } while (at < piece.length);
    }
  }

  wait(ms: number): void {
    this.now += ms;
    this.link.handleTimeout(this.now);
    this.poll();
  }

  send(channel: number, flags: string, bytes: Uint8Array): void {
    const first = flags.includes("F");
    this.link.send(channel, bytes, 0, bytes.length, first, flags.includes("L"));
  }

  sendDatagram(channel: number, bytes: Uint8Array): void {
    this.link.sendDatagram(channel, bytes, 0, bytes.length);
  }

  /** Everything the link wants to send now. */
  transmit(): Uint8Array {
    const sent: number[] = [];
    for (;;) {
      const length = this.link.pollTransmit(this.now);
      if (length === 0) return Uint8Array.from(sent);
      const { out, outOffset } = this.link;
      sent.push(...out.subarray(outOffset, outOffset + length));
      this.link.transmitted(length, this.now);
    }
  }

  private poll(): void {
    for (;;) {
      const event = this.link.pollEvent();
      if (event === NOTHING) return;
      this.log.push(this.describe(event));
    }
  }

  private describe(event: number): string {
    const { link } = this;
    const bytes = link.bytes.subarray(link.offset, link.offset + link.length);
    if (event === DATA) {
      const flags = `${link.first ? "F" : ""}${link.last ? "L" : ""}` || "-";
      return `DATA ${link.channel} ${flags} ${toHex(bytes)}`.trim();
    }
    if (event === DATAGRAM) return `DATAGRAM ${link.channel} ${toHex(bytes)}`.trim();
    if (event === IMPROV) return `IMPROV ${toHex(bytes)}`;
    if (event === TEXT) return `TEXT ${JSON.stringify(new TextDecoder().decode(bytes))}`;
    if (event === UP) return "UP";
    return event === RESUMED ? "RESUMED" : event === DOWN ? "DOWN" : `event ${event}`;
  }
}

/** Does one step. @returns what was got, when it is not what the step says */
function playStep(player: Player, step: string): string | undefined {
  const [verb, ...words] = step.split(" ");
  const rest = words.join(" ");
  switch (verb) {
    case "rx":
      return void player.receive(fromHex(rest));
    case "wait":
      return void player.wait(Number(rest));
    case "send":
      return void player.send(Number(words[0]), words[1]!, fromHex(words.slice(2).join("")));
    case "datagram":
      return void player.sendDatagram(Number(words[0]), fromHex(words.slice(1).join("")));
    case "tx": {
      const sent = toHex(player.transmit());
      return sent === toHex(fromHex(rest)) ? undefined : sent;
    }
    case "count": {
      const value = player.link.statistics[words[0] as keyof LinkStatistics];
      return value === Number(words[1]) ? undefined : String(value);
    }
    default: {
      const entry = player.log.shift() ?? "nothing";
      return entry === step ? undefined : entry;
    }
  }
}

/** Plays a whole vector and throws at the first difference. */
export function play(vector: Vector, cut: Cut): void {
  const player = new Player(vector.lines[0]!, cut);
  for (const step of vector.lines.slice(1)) {
    const got = playStep(player, step);
    if (got !== undefined) throw new Error(`${vector.name}\n  wanted: ${step}\n  got:    ${got}`);
  }
  if (player.log.length > 0) throw new Error(`${vector.name}: also ${player.log.join("; ")}`);
}
