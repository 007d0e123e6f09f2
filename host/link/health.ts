import type { LinkStatistics } from "../../firmware/link/link.js";

/** What a link was like in one stretch of time, by its counters at both ends of it. */
export type LinkCounters = Pick<
  LinkStatistics,
  | "framesReceived"
  | "damagedFrames"
  | "framesSent"
  | "resends"
  | "timeouts"
  | "overruns"
  | "garbageBytes"
  | "sessions"
  | "resumes"
  | "roundTripMs"
  | "payloadLimit"
>;

/** Fewer frames tell nothing. */
const ENOUGH_FRAMES = 50;
const DAMAGE_WORTH_TELLING = 0.005;
const RESENDS_WORTH_TELLING = 0.02;
const SLOW_ROUND_TRIP_MS = 400;
const SESSIONS_WORTH_TELLING = 3;

/** Copies what is compared later. */
export function countersOf(statistics: Readonly<LinkCounters>): LinkCounters {
  return { ...statistics };
}

function percent(share: number): string {
  return share < 0.1 ? `${(share * 100).toFixed(1)} %` : `${Math.round(share * 100)} %`;
}

/**
 * Says in plain words what is wrong with a link and where to look; null when it is well.
 *
 * What the gateway hears damaged points at the way from the board. What it must send again although it hears the board
 * well points at the way to the board: there a full receive buffer is likelier than a bad wire.
 */
export function likelyCause(before: LinkCounters, now: LinkCounters): string | null {
  const heard = now.framesReceived - before.framesReceived;
  const damaged = now.damagedFrames - before.damagedFrames;
  const sent = now.framesSent - before.framesSent;
  const resent = now.resends - before.resends;
  const damage = damaged / Math.max(1, heard + damaged);
  if (now.sessions - before.sessions >= SESSIONS_WORTH_TELLING) {
    const count = now.sessions - before.sessions;
    return `the board started ${count} times: its power, its watchdog, or a port that resets it`;
  }
  if (heard === 0 && now.garbageBytes - before.garbageBytes > ENOUGH_FRAMES) {
    return "nothing but noise is heard: the baud rate, a crossed or missing ground wire, or another device";
  }
  if (heard + damaged >= ENOUGH_FRAMES && damage >= DAMAGE_WORTH_TELLING) {
    return `${percent(damage)} of frames from the board are damaged: cable, ground or baud rate`;
  }
  if (sent >= ENOUGH_FRAMES && resent / sent >= RESENDS_WORTH_TELLING) {
    return `${percent(resent / sent)} of frames to the board are lost: its receive buffer is too small or read too seldom, or its wire is bad`;
  }
  if (now.roundTripMs > SLOW_ROUND_TRIP_MS) {
    return `the board answers after ${Math.round(now.roundTripMs)} ms: it is busy, or the port's latency timer is long`;
  }
  return null;
}
