import { Random } from "../sim/random.js";
import { readVectors, type Version } from "../vectors/page.js";
import { ClientRig, type RigOptions } from "./client-rig.js";
import { demand } from "./failure.js";
import { HEAD, mutatePackets } from "./mqtt-mutate.js";
import { LONGEST_INPUT } from "./mutate.js";
import type { Target } from "./target.js";
import { weightOf } from "./weight.js";

// The first byte of an input is the set-up.
const PHASES = 8;
const IS_SMALL = 0x08;
const IS_CLEAN = 0x10;
const IS_SLOW = 0x20;
const IN_PIECES = 0x40;
/** MQTT 5: with aliases and a method of authentication. */
const IS_RICH = 0x80;
/** In the second byte, beside the seed of the cut. */
const KEEPS = 0x80;
const LONGEST_PIECE = 24;
const MARGIN = 4;
const RECOVERY_TURNS = 40;
/** To weigh costs more than to run. */
const WEIGHED_SHARE = 4;
/** Ends that come a little later when more bytes are at hand: TABLE_FULL, QUOTA_EXCEEDED. */
const LATE_END = /x32|x25/;

/** What reads the bytes that come. */
const INBOUND = /\/session\/(handshake|inbound|incoming|lost-session|messages|receive)\.js$/;
const INBOUND_5 =
  /\/(session\/(authentication|connack5|inbound5|lost-session|receive)|wire\/property-reader)\.js$/;

const PAYLOAD = Buffer.from("payload");
const CONNACK = { "3.1.1": Buffer.from("20020000", "hex"), "5": Buffer.from("2003000000", "hex") };
const RICH_CONNACK = Buffer.from("200a000007 1500016d220002".replace(" ", ""), "hex");
const MESSAGE_2 = {
  "3.1.1": Buffer.from("3406000161000578", "hex"),
  "5": Buffer.from("340700016100050078", "hex"),
};
const PUBREC_2 = Buffer.from("50020002", "hex");

/** A stream of bytes into a client, in each phase of its life. */
function mqttTarget(version: Version): Target {
  return {
    name: `mqtt-${version}`,
    files: version === "5" ? INBOUND_5 : INBOUND,
    run(input) {
      const setUp = input[0] ?? 0;
      const stream = input.subarray(HEAD);
      const seed = input[1] ?? 0;
      const keeps = (seed & KEEPS) !== 0;
      const cut = new Play(version, setUp, stream.length, keeps).run(stream, new Random(seed));
      if (!isIndifferent(setUp) || LATE_END.test(cut.outcome)) return cut.outcome;
      const whole = new Play(version, setUp, 1, false).run(stream, undefined);
      const what = `the cut makes a difference: ${whole.outcome} and ${cut.outcome}`;
      demand(whole.toldSum === cut.toldSum, what);
      // What is owed when a connection ends for a fault may stay unsaid.
      demand(cut.outcome.includes("x") || whole.sentSum === cut.sentSum, what);
      return cut.outcome;
    },
    mutate: mutatePackets,
    seeds: () => vectorSeeds(version),
  };
}

/**
 * Tells whether it must not matter how the stream is cut. It may with a slow transport or a small buffer, and
 * where the client has a word to say in between: its last, a filter given up, publishes that it sends again.
 */
function isIndifferent(setUp: number): boolean {
  const speaks = [0, 5, 6, 7].includes(setUp % PHASES);
  return !speaks && (setUp & (IS_SLOW | IS_SMALL | IN_PIECES)) === 0;
}

/** Both versions. */
export const mqttTargets: readonly Target[] = [mqttTarget("3.1.1"), mqttTarget("5")];

/** One client that is brought into its phase and fed. */
class Play {
  private readonly version: Version;
  private readonly setUp: number;
  private readonly rig: ClientRig;
  private readonly isRich: boolean;
  private readonly isWeighed: boolean;

  constructor(version: Version, setUp: number, length: number, keeps: boolean) {
    this.version = version;
    this.setUp = setUp;
    this.isRich = version === "5" && (setUp & IS_RICH) !== 0;
    this.isWeighed = length % WEIGHED_SHARE === 0;
    this.rig = new ClientRig(optionsOf(version, setUp, keeps));
    this.advance(setUp % PHASES);
    if (setUp & IS_SLOW) this.rig.budget = length % 40;
  }

  /** Feeds the stream, in pieces of chance or whole, and demands that the client lives. */
  run(stream: Uint8Array, random: Random | undefined): ClientRig {
    const { rig } = this;
    const { client } = rig;
    const piece = new Uint8Array(stream.length + 2 * MARGIN);
    const others = new Set<object>([rig, rig.storage.buffer, piece.buffer]);
    const before = this.isWeighed ? weightOf(client, others) : 0;
    rig.told.clear();
    rig.told.add(`${this.setUp % PHASES}`);
    for (let at = 0; at < stream.length; ) {
      const length = random ? 1 + random.below(LONGEST_PIECE) : stream.length;
      const end = Math.min(stream.length, at + length);
      piece.fill(random ? 0xff : 0x00);
      piece.set(stream.subarray(at, end), MARGIN);
      rig.feed(piece.subarray(MARGIN, MARGIN + end - at));
      at = end;
    }
    rig.budget = Number.POSITIVE_INFINITY;
    client.handleWritable(rig.now);
    if (this.isWeighed) demand(weightOf(client, others) <= before + this.allowance(), "it grew");
    for (const count of Object.values(client.statistics)) demand(count >= 0, `counted ${count}`);
    this.recover();
    return rig;
  }

  /** A broker may assign an identifier, which is then part of the CONNECT. */
  private allowance(): number {
    return this.version === "5" ? LONGEST_INPUT : 0;
  }

  /** 0, 1: before a CONNACK; 2: connected; from 3 on with more and more under way; 6: closing; 7: come back. */
  private advance(phase: number): void {
    const { rig } = this;
    const { client } = rig;
    client.start(rig.now);
    rig.opened();
    if (phase === 0) return;
    if (this.version === "3.1.1" && !(this.setUp & IS_CLEAN)) {
      this.accept();
      rig.wait(0);
      rig.opened();
    }
    if (phase === 1) return;
    this.accept();
    if (phase === 2) return;
    rig.publish(1, PAYLOAD);
    rig.publish(2, PAYLOAD);
    client.subscribe("a/#", 1, rig.now);
    if (phase === 3) return;
    rig.feed(PUBREC_2);
    rig.feed(MESSAGE_2[this.version]);
    if (phase === 4) return;
    rig.publish(2, PAYLOAD);
    rig.publish(0, PAYLOAD);
    client.unsubscribe("a/#", rig.now);
    if (phase === 5) return;
    if (phase === 6) {
      client.close(60_000, rig.now);
      return;
    }
    client.handleClose(rig.now);
    rig.wait(10_000);
    rig.opened();
  }

  private accept(): void {
    this.rig.feed(this.isRich ? RICH_CONNACK : CONNACK[this.version]);
  }

  /** Whatever came, the client connects again within a while, and publishes. */
  private recover(): void {
    const { rig } = this;
    const { client } = rig;
    rig.wait(1_000);
    client.handleClose(rig.now);
    client.start(rig.now);
    for (let turns = 0; turns < RECOVERY_TURNS && !client.isConnected; turns++) {
      if (rig.isOpening) {
        rig.opened();
        // The first of two answers ends an earlier life, where that is still to be done.
        this.accept();
      } else rig.wait(1_000);
    }
    demand(client.isConnected, "it does not connect again");
    const { writes } = rig;
    rig.publish(0, new Uint8Array(0));
    demand(rig.writes > writes || client.pending > 0, "it does not write any more");
  }
}

function optionsOf(version: Version, setUp: number, keeps: boolean): RigOptions {
  const isSmall = (setUp & IS_SMALL) !== 0;
  const isRich = version === "5" && (setUp & IS_RICH) !== 0;
  return {
    protocolVersion: version === "5" ? 5 : 4,
    receive: isSmall ? 16 : 192,
    arena: isSmall ? 64 : 256,
    inbox: isSmall ? 1 : 4,
    cleanSession: (setUp & IS_CLEAN) !== 0,
    receivesPieces: (setUp & IN_PIECES) !== 0,
    aliases: isRich ? 2 : 0,
    method: isRich ? "m" : undefined,
    keeps,
  };
}

/** What the broker says in each vector of the pages. */
function vectorSeeds(version: Version): Uint8Array[] {
  return readVectors()
    .filter((vector) => vector.version === version)
    .map(({ phase, steps, options }) => {
      const bytes = steps.flatMap((step) => (step.verb === "rx" ? [...step.bytes] : []));
      const isRich = options.has("aliases") || options.has("authenticationMethod");
      const setUp = (phase === "connected" ? 3 : 1) | (isRich ? IS_RICH : 0);
      return Uint8Array.of(setUp, bytes.length & 255, ...bytes.slice(0, LONGEST_INPUT));
    })
    .filter((seed) => seed.length > HEAD);
}
