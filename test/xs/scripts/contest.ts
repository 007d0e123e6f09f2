import host from "host";
import Timer from "timer";
import type { Contestant } from "./contestant.js";
import { Meter } from "./meter.js";

// Publishes and receives at QoS 0 and 1 over the host's TCP, and says what each message cost; or, for 0
// messages, what a connected client keeps. Arguments: port, messages.

/** Publishes in one turn of the loop. */
const BURST = 50;

export const messages = Number(host.argument(1));

/** One measurement: begun, then asked in each turn whether it is done. */
interface Phase {
  readonly name: string;
  begin(): void;
  turn(): boolean;
}

class Publishing implements Phase {
  readonly name: string;
  private readonly contestant: Contestant;
  private readonly qos: number;
  private count = 0;

  constructor(contestant: Contestant, qos: number) {
    this.name = `publish.qos${qos}`;
    this.contestant = contestant;
    this.qos = qos;
  }

  begin(): void {
    return;
  }

  turn(): boolean {
    this.contestant.beginTurn();
    for (let i = 0; i < BURST && this.count < messages; i++) {
      if (!this.contestant.publish(this.qos)) break;
      this.count++;
    }
    if (this.count < messages) return false;
    return this.qos === 0 || this.contestant.acknowledged >= messages;
  }
}

class Receiving implements Phase {
  readonly name: string;
  private readonly contestant: Contestant;
  private readonly qos: number;
  private end = 0;

  constructor(contestant: Contestant, qos: number) {
    this.name = `receive.qos${qos}`;
    this.contestant = contestant;
    this.qos = qos;
  }

  /** The broker of this measurement answers such a subscription with that many messages. */
  begin(): void {
    this.end = this.contestant.received + messages;
    this.contestant.subscribe(`flood/${this.qos}/${messages}`, this.qos);
  }

  turn(): boolean {
    return this.contestant.received >= this.end;
  }
}

/** What a connected client keeps, its buffers included. Exact where a slot has 16 bytes: in 32 bits. */
function reportMemory(slots: number, chunkBytes: number): void {
  host.print(JSON.stringify({ name: "ram.connected", slots, chunkBytes }));
}

function run(contestant: Contestant): void {
  const phases: Phase[] = [];
  for (const qos of [0, 1]) phases.push(new Publishing(contestant, qos));
  for (const qos of [0, 1]) phases.push(new Receiving(contestant, qos));
  let phase = phases.shift() as Phase;
  let meter: Meter | undefined;
  Timer.set(
    () => {
      meter ??= new Meter(phase.name);
      if (!phase.turn()) return;
      meter.report(messages);
      const next = phases.shift();
      if (next === undefined) host.exit(0);
      phase = next;
      phase.begin();
      meter = new Meter(phase.name);
    },
    0,
    1,
  );
}

/** @param connect begins to connect */
export function contest(connect: (address: string, port: number) => Contestant): void {
  const port = Number(host.argument(0));
  host.collect();
  const slots = host.liveSlots();
  const chunkBytes = host.liveChunkBytes();
  const contestant = connect("127.0.0.1", port);
  contestant.onReady = () => {
    if (messages > 0) {
      run(contestant);
      return;
    }
    host.collect();
    reportMemory(host.liveSlots() - slots, host.liveChunkBytes() - chunkBytes);
    host.exit(0);
  };
}
