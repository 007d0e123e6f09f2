import { encodeUint32 } from "../wire/field.js";
import { MESSAGE_EXPIRY_INTERVAL } from "../wire/property-id.js";
import { EXPIRED } from "./event.js";
import { finish, nextRecord } from "./outbox.js";
import { MESSAGE } from "./parts.js";
import { EXPIRES, EXPIRES_AT, PACKET_ID, QUEUED, RECORD, STATE, STATE_MASK } from "./record.js";
import type { Session } from "./session.js";

/** How soon to look again after a publish that expired while it is being written. */
const LOOK_AGAIN_MS = 1_000;

/** Notes when the publish in a new record expires. */
export function setExpiry(session: Session, record: number, seconds: number): void {
  "cold";
  const arena = session.outbox.arena;
  const time = (session.now + seconds * 1000) | 0;
  encodeUint32(time, arena, record + EXPIRES_AT);
  arena[record + STATE] |= EXPIRES;
  if (session.expiring === 0 || ((session.expiresAt - time) | 0) > 0) session.expiresAt = time;
  session.expiring++;
}

/** Milliseconds until a record expires; 0 or less when it has. */
function timeLeft(session: Session, record: number): number {
  "cold";
  const arena = session.outbox.arena;
  const at = record + EXPIRES_AT;
  const time = (arena[at] << 24) | (arena[at + 1] << 16) | (arena[at + 2] << 8) | arena[at + 3];
  return (time - session.now) | 0;
}

export function isExpired(session: Session, record: number): boolean {
  "cold";
  return timeLeft(session, record) <= 0;
}

/** Ends what has expired unsent, and finds out when the next will. */
export function expire(session: Session): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let nearest = 0x7fffffff;
  let record = outbox.head;
  while (record < outbox.tail) {
    const state = arena[record + STATE];
    if ((state & EXPIRES) !== 0 && (state & STATE_MASK) === QUEUED) {
      const isBeingWritten = record === outbox.cursor && session.outbound.source >= MESSAGE;
      let left = timeLeft(session, record);
      // Its connection may be lost before it is written whole.
      if (isBeingWritten && left <= 0) left = LOOK_AGAIN_MS;
      if (left <= 0) {
        finish(session, record, EXPIRED, 0);
        record = outbox.head; // the application may have moved everything
        nearest = 0x7fffffff;
        continue;
      }
      if (left < nearest) nearest = left;
    }
    record = nextRecord(arena, record);
  }
  session.expiresAt = (session.now + nearest) | 0;
}

/** MQTT 5: tells the broker what is left, in the properties' first place. It rounds up, so 0 is never said. */
export function writeExpiry(session: Session, record: number): void {
  "cold";
  const arena = session.outbox.arena;
  let at = record + RECORD + 1;
  while (arena[at] > 127) at++;
  at += 3 + (arena[at + 1] << 8) + arena[at + 2];
  if ((arena[record + PACKET_ID] | arena[record + PACKET_ID + 1]) !== 0) at += 2;
  while (arena[at] > 127) at++;
  if (arena[at + 1] !== MESSAGE_EXPIRY_INTERVAL) return;
  const left = timeLeft(session, record);
  encodeUint32(left > 0 ? ((left + 999) / 1000) | 0 : 0, arena, at + 2);
}
