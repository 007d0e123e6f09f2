import assert from "node:assert/strict";
import {
  ANSWERED_ROW,
  BODY,
  COMPLETED,
  CONNECT_SENT,
  ESTABLISHED,
  FINISHED,
  type Journal,
  newJournal,
  PUBLISHED,
  RECEIVED,
  RECORDED,
  SENT_FIRST,
  SESSION,
  WANTED_ROW,
} from "../../../firmware/session/journal.js";
import { nextEntry, openJournal } from "../../../firmware/session/journal-read.js";
import type { JournalStore } from "../../../firmware/session/journal-store.js";
import { keep, mark } from "../../../firmware/session/journal-write.js";
import { JOURNAL_FULL } from "../../../firmware/status.js";
import type { Random } from "../../sim/random.js";
import { type Change, SessionImage } from "./session-image.js";

export const BUFFER_SIZE = 64;
const LONGEST_BODY = 40;
export const NO_BYTES = new Uint8Array(0);
const KINDS_WITH_BODY = [PUBLISHED, WANTED_ROW, ANSWERED_ROW, RECEIVED];

/** A session's image and the journal that keeps it: what a device has in memory. */
export class JournalRig {
  readonly image = new SessionImage();
  readonly journal: Journal;
  /** The change that is under way, or was last: its image before and after. */
  before = "";
  after = "";

  /** Starts as after a reset: with what the store holds. */
  constructor(store: JournalStore) {
    this.journal = newJournal(store, this.image, new Uint8Array(BUFFER_SIZE), NO_BYTES);
    openJournal(this.journal);
    for (let kind = nextEntry(this.journal); kind !== 0; kind = nextEntry(this.journal)) {
      const { packetId, detail, bytes, length } = this.journal;
      this.image.apply({ kind, packetId, detail, body: bytes.slice(BODY, BODY + length) });
    }
    this.before = this.image.text();
    this.after = this.before;
  }

  /** Does a change as a session does: in memory, then in the journal, and back if that refuses. */
  change(change: Change): number {
    const earlier = this.image.copy();
    this.before = earlier.text();
    this.image.apply(change);
    this.after = this.image.text();
    const status = this.write(change);
    if (status < 0) {
      this.image.become(earlier);
      this.after = this.before;
    }
    return status;
  }

  private write({ kind, packetId, detail, body }: Change): number {
    if (!KINDS_WITH_BODY.includes(kind)) return mark(this.journal, kind, packetId, detail);
    return keep(this.journal, kind, packetId << 16, body, 0, body.length);
  }
}

export function entry(kind: number, packetId: number, detail = 0): Change {
  return { kind, packetId, detail, body: NO_BYTES };
}

export function publish(packetId: number, body: Uint8Array): Change {
  return { kind: PUBLISHED, packetId, detail: 0, body };
}

/** Something that may happen to a session with this image next. */
function anyChange(image: SessionImage, random: Random): Change {
  const one = image.publishes[random.below(Math.max(1, image.publishes.length))];
  const received = image.received[random.below(Math.max(1, image.received.length))];
  const filter = { packetId: 0, detail: 0, body: Uint8Array.of(1, random.below(3)) };
  switch (random.below(16)) {
    case 0:
      if (random.below(8) === 0) return entry(SESSION, 7, random.below(9));
      return entry(random.below(2) === 0 ? CONNECT_SENT : ESTABLISHED, 0);
    case 1:
      return { ...filter, kind: WANTED_ROW };
    case 2:
      return { ...filter, kind: ANSWERED_ROW };
    case 3:
    case 4:
      return image.received.length < 3
        ? entry(RECEIVED, 1 + random.below(9999))
        : entry(COMPLETED, received ?? 0);
    default:
      break;
  }
  if (!one || random.below(3) === 0) {
    const body = random.bytes(random.below(LONGEST_BODY));
    return publish((image.lastPacketId % 65535) + 1, body);
  }
  if (one.state === "queued") return entry(SENT_FIRST, one.packetId);
  return random.below(2) === 0 && one.state === "sent"
    ? entry(RECORDED, one.packetId, 77)
    : entry(FINISHED, one.packetId);
}

/** Lets `count` changes happen; refusals for want of room are part of life. */
export function live(rig: JournalRig, random: Random, count: number): void {
  for (let i = 0; i < count; i++) {
    const status = rig.change(anyChange(rig.image, random));
    assert.ok(status === 0 || status === JOURNAL_FULL, `status ${status}`);
  }
}
