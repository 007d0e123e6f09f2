import { EXPIRY, STREAMS } from "../features.js";
import { NEVER, TIMED_OUT } from "../status.js";
import { connect, fail, handleWritable, stop } from "./connection.js";
import { expire } from "./expiry.js";
import { pump } from "./outbound.js";
import { BUSY } from "./parts.js";
import {
  CONNECTED,
  CONNECTING,
  LEAVING,
  OPENING,
  type Session,
  STOPPED,
  WAITING,
} from "./session.js";

/** Does what time asks for. Spurious calls do nothing. */
export function handleTimeout(session: Session, now: number): void {
  "cold";
  session.now = now;
  if (session.phase === STOPPED) return;
  if (session.fault < 0) {
    fail(session, session.fault);
    return;
  }
  if (session.isClosing) {
    handleWritable(session, now);
    if (session.phase === STOPPED) return;
    if (isDue(session.closeAt, now)) {
      if (session.phase === CONNECTED) session.phase = LEAVING;
      pump(session);
      stop(session);
      return;
    }
  }
  if (EXPIRY && session.expiring > 0 && isDue(session.expiresAt, now)) expire(session);
  if (session.phase === CONNECTED) keepAlive(session);
  else if (!isDue(session.dueAt, now)) return;
  else if (session.phase === WAITING) connect(session);
  else if (isBounded(session)) fail(session, TIMED_OUT);
}

/** Milliseconds until `handleTimeout` is due, NEVER when nothing is. May change after every other call. */
export function untilTimeout(session: Session, now: number): number {
  "cold";
  if (session.phase === STOPPED) return NEVER;
  if (session.fault < 0) return 0;
  let nearest = NEVER;
  if (session.isClosing) {
    if (session.phase === CONNECTED && session.outbox.count === 0) return 0;
    nearest = sooner(session.closeAt, now, nearest);
  }
  if (EXPIRY && session.expiring > 0) nearest = sooner(session.expiresAt, now, nearest);
  if (session.phase === CONNECTED) {
    if (session.outbound.ping > 0) return sooner(session.dueAt, now, nearest);
    const pingMs = pingInterval(session);
    return pingMs === 0 ? nearest : sooner(quietSince(session) + pingMs, now, nearest);
  }
  return isBounded(session) ? sooner(session.dueAt, now, nearest) : nearest;
}

/** A phase that `dueAt` ends. */
function isBounded(session: Session): boolean {
  "cold";
  const phase = session.phase;
  if (phase === OPENING) return session.settings.openMs > 0;
  return phase === WAITING || phase === CONNECTING || phase === LEAVING;
}

function keepAlive(session: Session): void {
  "cold";
  const outbound = session.outbound;
  if (outbound.ping > 0) {
    if (!isDue(session.dueAt, session.now)) return;
    if (!STREAMS || !session.inbound.isPaused) {
      fail(session, TIMED_OUT);
      return;
    }
    // An application that takes nothing does not see the answer: only the broker can find out.
  } else {
    const pingMs = pingInterval(session);
    if (pingMs === 0 || !isDue(quietSince(session) + pingMs, session.now)) return;
  }
  outbound.ping = 1;
  session.outbox.idle = BUSY;
  session.dueAt = (session.now + session.settings.answerMs) | 0;
  handleWritable(session, session.now);
}

/** Before the keep-alive is over, so that the broker's clock may be a little fast. 0: never. */
function pingInterval(session: Session): number {
  "cold";
  return session.keepAliveMs * 0.75;
}

/**
 * The older direction counts: a broker needs our bytes [MQTT-3.1.2-23], we need a sign of it. A board that
 * only publishes QoS 0 finds a half-open connection so.
 */
function quietSince(session: Session): number {
  "cold";
  const isSentOlder = ((session.lastSent - session.lastReceived) | 0) < 0;
  return isSentOlder ? session.lastSent : session.lastReceived;
}

function isDue(time: number, now: number): boolean {
  "cold";
  return ((now - time) | 0) >= 0;
}

function sooner(time: number, now: number, nearest: number): number {
  "cold";
  const left = (time - now) | 0;
  if (left >= nearest) return nearest;
  return left > 0 ? left : 0;
}
