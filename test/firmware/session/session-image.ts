import type { JournalSource } from "../../../firmware/session/journal.js";
import {
  ANSWERED_ROW,
  COMPLETED,
  CONNECT_SENT,
  ESTABLISHED,
  FINISHED,
  type Journal,
  NEXT_ID,
  PUBLISHED,
  RECEIVED,
  RECORDED,
  SENT_FIRST,
  SESSION,
  WANTED_ROW,
} from "../../../firmware/session/journal.js";

import { keep, mark } from "../../../firmware/session/journal-write.js";

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
    else if (kind === CONNECT_SENT)
      this.connection = this.connection === "never" ? "never" : "asked";
    else if (kind === NEXT_ID) this.lastPacketId = packetId;
    else if (kind === WANTED_ROW) this.filters = [...this.without(body), hex(body)];
    else if (kind === ANSWERED_ROW) this.filters = this.without(body);
    else if (kind === RECEIVED) this.received = [...this.received, packetId];
    else if (kind === COMPLETED) this.received = this.received.filter((id) => id !== packetId);
    else this.applyToPublishes(kind, packetId, detail, body);
  }

  writeState(journal: Journal): number {
    const identity = this.identity;
    const steps = [
      () => mark(journal, SESSION, Math.floor(identity / 65536), identity % 65536),
      () => (this.connection === "never" ? 0 : mark(journal, ESTABLISHED, 0, 0)),
      () => (this.connection === "asked" ? mark(journal, CONNECT_SENT, 0, 0) : 0),
      ...this.filters.map((filter) => () => {
        const bytes = Buffer.from(filter, "hex");
        return keep(journal, WANTED_ROW, 0, bytes, 0, bytes.length);
      }),
      ...this.received.map((packetId) => () => mark(journal, RECEIVED, packetId, 0)),
      ...this.publishes.map((one) => () => writePublish(journal, one)),
      () => mark(journal, NEXT_ID, this.lastPacketId, 0),
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
    } else if (kind === FINISHED) this.publishes = others;
    else if (kind === RECORDED && !known) {
      this.publishes = [...others, { packetId, record: empty, token, state: "released" }];
    } else if (kind === RECORDED || kind === SENT_FIRST) {
      const isSent = kind === SENT_FIRST;
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
  if (state === "released") return mark(journal, RECORDED, packetId, token);
  const status = keep(journal, PUBLISHED, packetId << 16, record, 0, record.length);
  return status < 0 || state === "queued" ? status : mark(journal, SENT_FIRST, packetId, 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
