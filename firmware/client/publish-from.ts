import { JOURNAL } from "../features.js";
import { pump } from "../session/outbound.js";
import { makeRoom, refuse } from "../session/policy.js";
import { commit, encodeHead } from "../session/publish.js";
import { STREAMED } from "../session/record.js";
import type { Session } from "../session/session.js";
import type { PayloadSource } from "../session/streams.js";
import type { Topic } from "../session/topic.js";
import { BAD_ARGUMENT, TABLE_FULL } from "../status.js";

/** The largest Remaining Length, less than what a head can take. */
const LONGEST_PAYLOAD = 268_000_000;

/**
 * Publishes a payload that comes from a source while it is sent, and comes from it again when it has to be
 * sent again. The outbox holds its head alone.
 *
 * @param length bytes of the whole payload
 * @returns a token, 0 to 65535, or CLOSING, OUTBOX_FULL, TOO_LARGE, UNSUPPORTED, TABLE_FULL (four sources at
 *   one time), BAD_ARGUMENT (no `streamBuffer`, or a length that no packet can have)
 */
export function publishFrom(
  session: Session,
  topic: Topic,
  source: PayloadSource,
  length: number,
  now: number,
): number {
  const streams = session.streams;
  session.now = now;
  if (!streams || length >>> 0 !== length || length > LONGEST_PAYLOAD) {
    return refuse(session, BAD_ARGUMENT);
  }
  if (streams.isFull()) return refuse(session, TABLE_FULL);
  const status = makeRoom(session, topic, topic.overhead);
  if (status < 0) return status;
  // What was told of a drop may have made the application stream something else.
  if (streams.isFull()) return refuse(session, TABLE_FULL);
  const end = encodeHead(session, topic, length);
  if (end < 0) return refuse(session, end);
  const token = commit(session, topic, end, STREAMED);
  if (JOURNAL && token < 0) return refuse(session, token);
  streams.add(token, source, length);
  pump(session);
  return token;
}
