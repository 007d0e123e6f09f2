import type { JournalSource } from "../../../firmware/session/journal.js";
import {
  ASKED,
  COMPLETED,
  DONE,
  ESTABLISHED,
  type Journal,
  NEXT_ID,
  PUBLISHED,
  RECEIVED,
  RELEASED,
  SENT,
  SESSION,
  SUBSCRIBED,
  UNSUBSCRIBED,
} from "../../../firmware/session/journal.js";

/** One thing that happens to a session, as a journal tells it. */
export interface Change {
  readonly kind: number;
  readonly packetId: number;
  readonly detail: number;
  readonly body: Uint8Array;
}

interface Publish {
  readonly packetId: number;
  readonly record: Uint8Array;
  readonly token: number;
  readonly state: "queued" | "sent" | "released";
}

/** What a journal keeps of a session, held as plainly as can be, to compare. */
export class SessionImage implements JournalSource {
  identity = 0;
  connection: "never" | "asked" | "established" = "never";
  lastPacketId = 0;
  publishes: readonly Publish[] = [];
  received: readonly number[] = [];
  filters: readonly string[] = [];

  copy(): SessionImage {
    return Object.assign(new SessionImage(), this);
  }

  /** Takes over the state of another. */
  become(other: SessionImage): void {
    Object.assign(this, other);
  }

  /** All of it as text: two images are equal when their texts are. */
  text(): string {
    const publishes = this.publishes.map((one) => ({ ...one, record: hex(one.record) }));
    return JSON.stringify({ ...this, publishes });
  }

  apply({ kind, packetId, detail, body }: Change): void {
    if (kind === SESSION) {
      this.become(new SessionImage());
      this.identity = packetId * 65536 + detail;
    } else if (kind === ESTABLISHED) this.connection = "established";
    else if (kind === ASKED) this.connection = this.connection === "never" ? "never" : "asked";
    else if (kind === NEXT_ID) this.lastPacketId = packetId;
    else if (kind === SUBSCRIBED) this.filters = [...this.without(body), hex(body)];
    else if (kind === UNSUBSCRIBED) this.filters = this.without(body);
    else if (kind === RECEIVED) this.received = [...this.received, packetId];
    else if (kind === COMPLETED) this.received = this.received.filter((id) => id !== packetId);
    else this.applyToPublishes(kind, packetId, detail, body);
  }

  writeState(journal: Journal): number {
    const identity = this.identity;
    const steps = [
      () => journal.mark(SESSION, Math.floor(identity / 65536), identity % 65536),
      () => (this.connection === "never" ? 0 : journal.mark(ESTABLISHED, 0, 0)),
      () => (this.connection === "asked" ? journal.mark(ASKED, 0, 0) : 0),
      ...this.filters.map((filter) => () => {
        const bytes = Buffer.from(filter, "hex");
        return journal.keep(SUBSCRIBED, 0, bytes, 0, bytes.length);
      }),
      ...this.received.map((packetId) => () => journal.mark(RECEIVED, packetId, 0)),
      ...this.publishes.map((one) => () => writePublish(journal, one)),
      () => journal.mark(NEXT_ID, this.lastPacketId, 0),
    ];
    for (const step of steps) {
      const status = step();
      if (status < 0) return status;
    }
    return 0;
  }

  private applyToPublishes(
    kind: number,
    packetId: number,
    token: number,
    record: Uint8Array,
  ): void {
    const others = this.publishes.filter((one) => one.packetId !== packetId);
    const known = this.publishes.find((one) => one.packetId === packetId);
    const empty = new Uint8Array(0);
    if (kind === PUBLISHED) {
      this.publishes = [...others, { packetId, record, token: 0, state: "queued" }];
      this.lastPacketId = packetId;
    } else if (kind === DONE) this.publishes = others;
    else if (kind === RELEASED && !known) {
      this.publishes = [...others, { packetId, record: empty, token, state: "released" }];
    } else if (kind === RELEASED || kind === SENT) {
      const isSent = kind === SENT;
      this.publishes = this.publishes.map((one) => {
        if (one !== known) return one;
        return isSent
          ? { ...one, state: "sent" }
          : { ...one, record: empty, token, state: "released" };
      });
    } else throw new Error(`no entry is of kind ${kind}`);
  }

  private without(filter: Uint8Array): string[] {
    return this.filters.filter((one) => one !== hex(filter));
  }
}

function writePublish(journal: Journal, { packetId, record, token, state }: Publish): number {
  if (state === "released") return journal.mark(RELEASED, packetId, token);
  const status = journal.keep(PUBLISHED, packetId, record, 0, record.length);
  return status < 0 || state === "queued" ? status : journal.mark(SENT, packetId, 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
