import { EXPIRY, QOS2, V5 } from "../features.js";
import { DUP, QOS_2, QOS_MASK } from "../wire/packet-type.js";
import { ACKNOWLEDGED, IN_DOUBT } from "./event.js";
import { finish, nextRecord, unusedPacketId } from "./outbox.js";
import {
  EXPIRES,
  NOTED,
  PACKET_ID,
  QUEUED,
  RECORD,
  RELEASED,
  SENT,
  STATE,
  STATE_MASK,
} from "./record.js";
import type { Session } from "./session.js";

/**
 * Settles what was sent to a session that the broker has lost, or may have. What PUBREC had come for
 * counts as acknowledged; a QoS 2 publish without one is in doubt, and goes out again only where the
 * application wants that. In 3.1.1 the rest is sent again as it is; in MQTT 5, where a session that is
 * gone ends the delivery, it is published anew.
 *
 * @param isPresent whether the broker says that it has a session, so that a PUBREL may be awaited
 */
export function settleLost(session: Session, isPresent: boolean): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  let record = outbox.head;
  while (record < outbox.tail) {
    const stage = arena[record + STATE] & STATE_MASK;
    const isDoubtful = QOS2 && stage === SENT && (arena[record + RECORD] & QOS_MASK) === QOS_2;
    let outcome = 0;
    if (QOS2 && stage === RELEASED && !isPresent) outcome = ACKNOWLEDGED;
    else if (isDoubtful && !session.settings.resendsDoubtful) outcome = IN_DOUBT;
    if (outcome !== 0) {
      finish(session, record, outcome, 0);
      record = outbox.head; // the application may have moved everything
      continue;
    }
    if (V5 && session.version5 && !isPresent && stage === SENT) renew(session, record);
    record = nextRecord(arena, record);
  }
}

/** Makes a publish that was sent one that was not, with another identifier. */
function renew(session: Session, record: number): void {
  "cold";
  const outbox = session.outbox;
  const arena = outbox.arena;
  const state = arena[record + STATE];
  const packetId = unusedPacketId(outbox);
  let at = record + RECORD;
  arena[at] &= ~DUP;
  do at++;
  while (arena[at] > 127);
  at += 3 + (arena[at + 1] << 8) + arena[at + 2];
  arena[at] = arena[record + PACKET_ID] = packetId >> 8;
  arena[at + 1] = arena[record + PACKET_ID + 1] = packetId;
  arena[record + STATE] = (state & ~(STATE_MASK | NOTED)) | QUEUED;
  if (EXPIRY && state & EXPIRES) {
    session.expiring++;
    session.expiresAt = session.now; // which is the first is found out then
  }
}
