import { nextRecord } from "./outbox.js";
import { reverse } from "./policy.js";
import { RELEASED, STATE, STATE_MASK } from "./record.js";
import type { Session } from "./session.js";

/**
 * Brings the records of which a PUBREL is left before those that were not released, each kind in its
 * order. A broker that takes fewer messages at a time than before must get the PUBRELs all the same
 * [MQTT-3.3.4-8]. Nothing may be half written.
 */
export function bringReleasedForward(session: Session): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let place = outbox.head;
  for (let record = place; record < outbox.tail; ) {
    const next = nextRecord(arena, record);
    if ((arena[record + STATE] & STATE_MASK) === RELEASED) {
      const length = next - record;
      reverse(arena, place, record);
      reverse(arena, record, next);
      reverse(arena, place, next);
      place += length;
    }
    record = next;
  }
}
