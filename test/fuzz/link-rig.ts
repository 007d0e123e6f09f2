import {
  BOARD,
  DATA,
  DATAGRAM,
  DOWN,
  HOST,
  IMPROV,
  Link,
  NOTHING,
  RESUMED,
  SPEED,
  TEXT,
  UP,
} from "../../firmware/link/link.js";
import { demand } from "./failure.js";

export const EPOCH = 0x5eed;
export const NONCE = 0x1001;
const IDENTITY = Buffer.from("fuzzed");
/** Each with the letter that stands for it in an outcome. */
const EVENTS = new Map([
  [UP, "u"],
  [RESUMED, "r"],
  [DOWN, "d"],
  [DATA, "*"],
  [TEXT, "t"],
  [DATAGRAM, "g"],
  [IMPROV, "i"],
  [SPEED, "s"],
]);
const FASTEST = 921_600;
/** More events than bytes, or more frames than this without time passing, is talking without end. */
const MOST_FRAMES = 300;
const CHANNELS = 8;
/** What one call can bring to light: all that was held, and what lay behind a refused frame. */
const MOST_EVENTS = 100;

/** A link of known epoch and nonces. */
export function makeLink(role: number, maximumPayload: number, window: number): Link {
  let nonce = NONCE;
  return new Link({
    role,
    identity: role === BOARD ? IDENTITY : new Uint8Array(0),
    epoch: EPOCH,
    random: () => nonce++,
    maximumPayload,
    window,
    speedLimit: FASTEST,
    buffer: 256,
  });
}

/** Everything that the link says now. */
export function drain(link: Link, now: number): Uint8Array {
  const sent: number[] = [];
  for (let frames = 0; ; frames++) {
    demand(frames < MOST_FRAMES, "it sends without end");
    const length = link.pollTransmit(now);
    const room = link.out.length - link.outOffset;
    demand(Number.isInteger(length) && length >= 0 && length <= room, `pollTransmit: ${length}`);
    if (length === 0) return Uint8Array.from(sent);
    for (let i = 0; i < length; i++) sent.push(link.out[link.outOffset + i]!);
    link.transmitted(length, now);
  }
}

/** Feeds bytes until all are taken, and looks at every event. @returns the events, one character each */
export function feed(link: Link, bytes: Uint8Array, now: number, maximumPayload: number): string {
  let events = pollEvents(link, maximumPayload);
  for (let at = 0; at < bytes.length; ) {
    const taken = link.handleBytes(bytes, at, bytes.length - at, now);
    demand(Number.isInteger(taken) && taken >= 0 && taken <= bytes.length - at, `took ${taken}`);
    const told = pollEvents(link, maximumPayload);
    demand(taken > 0 || told !== "", "took nothing and told nothing");
    events += told;
    at += taken;
  }
  return events;
}

/** Takes all events, and demands that what they show is what there may be. */
export function pollEvents(link: Link, maximumPayload: number): string {
  let events = "";
  for (let event = link.pollEvent(); event !== NOTHING; event = link.pollEvent()) {
    const letter = EVENTS.get(event);
    demand(letter !== undefined, `event ${event}`);
    demand(events.length < MOST_EVENTS, "it tells without end");
    events += letter;
    if (event === SPEED) demand(link.speed >= 0 && link.speed <= FASTEST, `speed ${link.speed}`);
    if (event <= DOWN || event === SPEED) continue;
    const { offset, length, channel } = link;
    const isInside = offset >= 0 && length >= 0 && offset + length <= link.bytes.length;
    demand(isInside, "event out of bounds");
    if (event === TEXT || event === IMPROV) continue;
    demand(length <= maximumPayload, `a payload of ${length}`);
    demand(channel >= 0 && channel < CHANNELS, `channel ${channel}`);
  }
  return events;
}

/**
 * Joins the link with a sound peer and lets virtual time pass until both are up and a byte has gone through.
 *
 * @throws Failure when that does not happen within a minute
 */
export function recover(link: Link, role: number, now: number, maximumPayload: number): void {
  const peer = makeLink(role === BOARD ? HOST : BOARD, 240, 8);
  const stepMs = 50;
  for (let passed = 0; passed <= 60_000; passed += stepMs) {
    const time = (now + passed) | 0;
    link.handleTimeout(time);
    peer.handleTimeout(time);
    pollEvents(link, maximumPayload);
    feed(peer, drain(link, time), time, 240);
    const told = feed(link, drain(peer, time), time, maximumPayload);
    if (link.isUp && peer.isUp) peer.send(2, IDENTITY, 0, 1, true, true);
    if (told.includes("*")) return;
  }
  demand(false, "it does not come back");
}
