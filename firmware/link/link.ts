import { Deadlines } from "../deadlines.js";
import { MALFORMED } from "../status.js";
import {
  ACKNOWLEDGE_DEADLINE,
  DEADLINE_KINDS,
  HELLO_DEADLINE,
  PING_DEADLINE,
  RESEND_DEADLINE,
  RUN_DEADLINE,
  SILENCE_DEADLINE,
} from "./deadlines.js";
import {
  ACKNOWLEDGE_FRAME,
  CHECK_LENGTH,
  DATA_FRAME,
  decodeFrame,
  encodeFrame,
  FIRST_FLAG,
  Frame,
  LAST_FLAG,
  MAXIMUM_PAYLOAD,
  MAXIMUM_WINDOW,
  PAYLOAD,
  PING_FRAME,
  REJECT_FRAME,
} from "./frame.js";
import { FRAME_RUN, FrameDecoder, HANDSHAKE_RUN, NO_RUN, TEXT_RUN } from "./frame-decoder.js";
import { DELIMITER } from "./framing.js";
import { decodeGreeting, encodeGreeting, MAXIMUM_HELLO, MAXIMUM_WELCOME } from "./hello.js";
import { ACKNOWLEDGE_NOW, DELIVER, REJECT_NOW, ReceiveWindow } from "./receive-window.js";
import { SendWindow } from "./send-window.js";
import {
  BOARD,
  CLOSED,
  CONTINUED,
  HOST,
  IGNORED,
  OFFERED,
  OPEN,
  RENEWED,
  Session,
  SUSPENDED,
} from "./session.js";
import { LinkStatistics } from "./statistics.js";

export { BOARD, HOST, LinkStatistics };

// Channels, 0 to 7.
/** Messages between the two links' owners: see control.ts. */
export const CONTROL = 0;
/** Text for people. */
export const CONSOLE = 1;
/** The bytes of one MQTT stream. */
export const MQTT = 2;

// What `pollEvent` tells.
export const NOTHING = 0;
/** A new session: both ends start at zero, everything of an old one is void. */
export const UP = 1;
/** The same session goes on after silence; nothing was lost. */
export const RESUMED = 2;
/** Nothing valid was heard for too long, or the port went away. The session may be resumed. */
export const DOWN = 3;
/** In-order data: `channel`, `first`, `last`, and `length` bytes at `bytes[offset]`. */
export const DATA = 4;
/** Text outside of frames, at the same fields. */
export const TEXT = 5;

/** A frame or a sign of life that waits to be written. */
const ACKNOWLEDGE_DUE = 1;
const REJECT_DUE = 2;
const PING_DUE = 4;
const GREETING_DUE = 8;

const ACKNOWLEDGE_MS = 5;
const PING_MS = 2000;
/** Until the board has heard the host in a new session, and while a sender waits for credit. */
const URGENT_PING_MS = 200;
const BOARD_SILENCE_MS = 6000;
const HOST_SILENCE_MS = 7000;
/** A pause this long ends a run of text; three times as long ends a frame. */
const RUN_MS = 100;
/** After such a pause the first frame has a delimiter before it too: noise may have come in between. */
const IDLE_MS = 50;

export interface LinkOptions {
  /** BOARD or HOST. */
  readonly role: number;
  /** A board's name: 1 to 64 printable ASCII characters without space. A host's is empty. */
  readonly identity: Uint8Array;
  /** 32 bits that a board draws at boot. A host's is not used. */
  readonly epoch: number;
  /** 32-bit unsigned numbers. Only a host draws. */
  readonly random: () => number;
  /** Bytes of payload that this end takes per frame, 1 to MAXIMUM_PAYLOAD. */
  readonly maximumPayload: number;
  /** Frames that this end takes ahead, and keeps unacknowledged: 1 to MAXIMUM_WINDOW. */
  readonly window: number;
}

/**
 * One end of a serial line that loses nothing: see link.md.
 *
 * It has no clock and no port. Whoever owns it gives it bytes and the time, takes what `pollTransmit` offers,
 * and drains `pollEvent` after each call. `now` is a 32-bit millisecond counter that may wrap.
 */
export class Link {
  /** What `pollTransmit` offers, from `outOffset` on. */
  readonly out: Uint8Array;
  outOffset = 0;
  /** Of the event DATA. */
  channel = 0;
  /** Of the event DATA: the payload begins, or ends, a packet. */
  first = false;
  last = false;
  /** Of DATA and TEXT; borrowed until the next `handleBytes`. */
  readonly bytes: Uint8Array;
  offset = 0;
  length = 0;
  readonly statistics = new LinkStatistics();

  private readonly role: number;
  private readonly session: Session;
  private readonly decoder: FrameDecoder;
  private readonly sending: SendWindow;
  private readonly receiving: ReceiveWindow;
  private readonly deadlines = new Deadlines(DEADLINE_KINDS);
  private readonly frame = new Frame();
  private outEnd = 0;
  private isDataOut = false;
  private due = 0;
  private lastSent = 0;
  /** UP, RESUMED or DOWN that was not polled yet. */
  private change = NOTHING;
  /** DATA or TEXT that was not polled yet. */
  private content = NOTHING;

  /** Throws when an option is out of its range. */
  constructor(options: LinkOptions) {
    if (!(options.maximumPayload >= 1 && options.maximumPayload <= MAXIMUM_PAYLOAD)) {
      throw new Error(`maximumPayload: 1 to ${MAXIMUM_PAYLOAD}`);
    }
    if (!(options.window >= 1 && options.window <= MAXIMUM_WINDOW)) {
      throw new Error(`window: 1 to ${MAXIMUM_WINDOW}`);
    }
    const isBoard = options.role === BOARD;
    this.role = options.role;
    this.session = new Session(options.role, options.identity, options.random, this.statistics);
    const own = this.session.own;
    own.epoch = isBoard ? options.epoch | 0 : 0;
    own.maximumPayload = options.maximumPayload;
    own.window = options.window;
    const handshake = isBoard ? MAXIMUM_WELCOME : MAXIMUM_HELLO;
    const frame = PAYLOAD + options.maximumPayload + CHECK_LENGTH;
    this.decoder = new FrameDecoder(frame > handshake ? frame : handshake, this.statistics);
    this.bytes = this.decoder.bytes;
    this.sending = new SendWindow(options.window, options.maximumPayload, this.statistics);
    this.receiving = new ReceiveWindow(options.window, this.statistics);
    const greeting = (isBoard ? MAXIMUM_HELLO : MAXIMUM_WELCOME) + 2;
    const whole = frame + 2; // a delimiter on either side
    this.out = new Uint8Array(whole > greeting ? whole : greeting);
    if (isBoard) this.due = GREETING_DUE;
  }

  get isUp(): boolean {
    return this.session.state === OPEN;
  }

  /** The board's name, on the host, since UP. It allocates. */
  get identity(): Uint8Array {
    return this.session.peer.identity.slice(0, this.session.peer.identityLength);
  }

  /**
   * Takes bytes from the port, up to the next DATA or TEXT.
   *
   * @returns bytes taken; fewer than `length` only when an event waits
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    let taken = 0;
    while (taken < length && this.content === NOTHING) {
      taken += this.decoder.feed(bytes, offset + taken, length - taken);
      if (this.decoder.found !== NO_RUN) this.handleRun(now);
    }
    if (!this.decoder.isPartial) this.deadlines.clear(RUN_DEADLINE);
    else {
      const pause = this.decoder.mayBeFrame ? 3 * RUN_MS : RUN_MS;
      this.deadlines.set(RUN_DEADLINE, (now + pause) | 0);
    }
    return taken;
  }

  /** What happened, one at a time, until NOTHING. Changes of the session come before data. */
  pollEvent(): number {
    if (this.change !== NOTHING) {
      const change = this.change;
      this.change = NOTHING;
      return change;
    }
    const content = this.content;
    this.content = NOTHING;
    return content;
  }

  /** Does what time asks for. Spurious calls do nothing. */
  handleTimeout(now: number): void {
    const deadlines = this.deadlines;
    if (deadlines.take(SILENCE_DEADLINE, now)) this.suspend();
    if (deadlines.take(HELLO_DEADLINE, now)) this.due |= GREETING_DUE;
    if (deadlines.take(ACKNOWLEDGE_DEADLINE, now)) this.due |= ACKNOWLEDGE_DUE;
    if (deadlines.take(PING_DEADLINE, now)) {
      this.due |= PING_DUE;
      this.schedulePing(now);
    }
    if (deadlines.take(RESEND_DEADLINE, now) && this.sending.isWaiting) {
      this.statistics.timeouts++;
      this.sending.probe();
      this.scheduleResend(now);
    }
    if (this.content !== NOTHING || !deadlines.take(RUN_DEADLINE, now)) return;
    this.decoder.flush();
    if (this.decoder.found === TEXT_RUN) this.showText();
  }

  /** Milliseconds until `handleTimeout` is due. May change after every other call. */
  pollTimeout(now: number): number {
    return this.deadlines.untilNext(now);
  }

  /**
   * What is to be written next, at `out[outOffset]`. A frame is made when its first byte is asked for, so its
   * acknowledgement, credit and check are of that moment, at a resend too.
   *
   * @returns bytes that wait, 0 for none. May change after every other call.
   */
  pollTransmit(now: number): number {
    if (this.outOffset === this.outEnd) this.compose(now);
    return this.outEnd - this.outOffset;
  }

  /** The port took `length` of the bytes that `pollTransmit` offered. */
  transmitted(length: number, now: number): void {
    this.outOffset += length;
    this.lastSent = now;
    if (this.outOffset < this.outEnd || !this.isDataOut) return;
    this.isDataOut = false;
    this.sending.handleTaken(now);
    if (!this.deadlines.isSet(RESEND_DEADLINE)) this.scheduleResend(now);
  }

  /**
   * Takes the payload of one frame.
   *
   * @param first the payload begins a packet
   * @param last  the payload, if all of it is taken, ends a packet
   * @returns bytes taken, up to what the peer takes in one frame; 0: no session, no room or no credit
   */
  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
    now: number,
  ): number {
    if (length === 0 || this.session.state !== OPEN) return 0;
    const type = DATA_FRAME | (channel << 2) | (first ? FIRST_FLAG : 0);
    const taken = this.sending.put(type, last ? LAST_FLAG : 0, bytes, offset, length);
    if (taken === 0 && this.sending.needsCredit) this.hurryPing(now);
    return taken;
  }

  /** Tells whether `send` would take something. */
  canSend(): boolean {
    return this.session.state === OPEN && this.sending.hasRoom;
  }

  /** False withholds credit: the peer stops at the end of its window. */
  setAccepting(accepting: boolean, _now: number): void {
    if (this.receiving.setAccepting(accepting) && accepting) this.due |= ACKNOWLEDGE_DUE;
  }

  /** The port is gone: a half frame is forgotten, the session is kept for when the peer is heard again. */
  disconnect(_now: number): void {
    this.decoder.reset();
    this.content = NOTHING;
    this.outOffset = this.outEnd;
    this.deadlines.clear(RUN_DEADLINE);
    this.due = 0;
    if (this.session.state === OFFERED) this.session.state = CLOSED;
    this.suspend();
  }

  private handleRun(now: number): void {
    const decoder = this.decoder;
    if (decoder.found === FRAME_RUN) this.handleFrame(now);
    else if (decoder.found === HANDSHAKE_RUN) this.handleHandshake(now);
    if (decoder.found === TEXT_RUN) this.showText();
  }

  private showText(): void {
    this.offset = 0;
    this.length = this.decoder.length;
    this.content = TEXT;
  }

  private handleHandshake(now: number): void {
    const session = this.session;
    const status = decodeGreeting(this.decoder.bytes, this.decoder.length, session.peer);
    if (status === MALFORMED) {
      this.decoder.refuse();
      return;
    }
    const before = session.state;
    const outcome = status === 0 ? session.handleGreeting() : IGNORED;
    if (status !== 0) this.statistics.hellosRefused++;
    if (outcome === RENEWED) {
      this.sending.restart(session.peer.maximumPayload, session.peer.window);
      this.receiving.restart();
      this.deadlines.clear(RESEND_DEADLINE);
      this.deadlines.clear(ACKNOWLEDGE_DEADLINE);
    }
    if (outcome !== IGNORED) this.handleAgreement(outcome === CONTINUED, before, now);
  }

  /** Both ends know the session: the board uses it at once, the host waits to hear it used. */
  private handleAgreement(isContinued: boolean, before: number, now: number): void {
    this.deadlines.clear(HELLO_DEADLINE);
    this.due = this.role === BOARD ? PING_DUE : GREETING_DUE;
    if (isContinued) {
      this.sending.goBack();
      if (before !== OPEN) this.resume();
    } else if (this.role === BOARD) this.change = UP;
    if (this.session.state === OPEN) this.hear(now);
  }

  private resume(): void {
    this.statistics.resumes++;
    this.change = this.change === DOWN ? NOTHING : RESUMED;
  }

  private handleFrame(now: number): void {
    const session = this.session;
    const frame = this.frame;
    frame.sequence = this.receiving.expected;
    frame.acknowledgement = this.sending.unacknowledged;
    const length =
      session.state === CLOSED
        ? -1
        : decodeFrame(this.decoder.bytes, this.decoder.length, session.receiveKey, frame);
    if (length < 0) {
      this.decoder.refuse();
      return;
    }
    this.statistics.framesReceived++;
    if (session.state !== OPEN) this.confirm();
    session.isConfirmed = true;
    this.hear(now);
    const before = this.sending.unacknowledged;
    if (!this.sending.acknowledge(frame.acknowledgement, frame.limit, now)) {
      this.statistics.staleFrames++;
      return;
    }
    if (this.sending.unacknowledged !== before) this.scheduleResend(now);
    this.handleType(length, now);
  }

  private handleType(length: number, now: number): void {
    const frame = this.frame;
    const isData = frame.type >= DATA_FRAME;
    if (frame.type === PING_FRAME) this.due |= ACKNOWLEDGE_DUE;
    else if (frame.type === REJECT_FRAME) {
      this.statistics.rejectsReceived++;
      this.sending.goBack();
    }
    const verdict = isData
      ? this.receiving.handleData(frame.sequence)
      : this.receiving.handleNumber(frame.sequence);
    if (verdict === ACKNOWLEDGE_NOW) this.due |= ACKNOWLEDGE_DUE;
    else if (verdict === REJECT_NOW) this.due |= REJECT_DUE;
    else if (verdict === DELIVER) this.deliver(length, now);
  }

  private deliver(length: number, now: number): void {
    const type = this.frame.type;
    this.channel = (type >> 2) & 7;
    this.first = (type & FIRST_FLAG) !== 0;
    this.last = (type & LAST_FLAG) !== 0;
    this.offset = PAYLOAD;
    this.length = length;
    this.content = DATA;
    if (this.receiving.isDue) this.due |= ACKNOWLEDGE_DUE;
    else if (!this.deadlines.isSet(ACKNOWLEDGE_DEADLINE)) {
      this.deadlines.set(ACKNOWLEDGE_DEADLINE, (now + ACKNOWLEDGE_MS) | 0);
    }
  }

  /** A valid frame in a session that was not in use: it is now. */
  private confirm(): void {
    if (this.session.state === OFFERED) this.change = UP;
    else {
      this.sending.goBack();
      this.resume();
    }
    this.session.state = OPEN;
    this.deadlines.clear(HELLO_DEADLINE);
    this.due &= ~GREETING_DUE;
  }

  /** The peer is there: silence and the need to ask for it begin anew. */
  private hear(now: number): void {
    const silence = this.role === BOARD ? BOARD_SILENCE_MS : HOST_SILENCE_MS;
    this.deadlines.set(SILENCE_DEADLINE, (now + silence) | 0);
    if (this.role === BOARD) this.schedulePing(now);
  }

  private suspend(): void {
    const session = this.session;
    this.deadlines.clear(SILENCE_DEADLINE);
    this.deadlines.clear(PING_DEADLINE);
    this.deadlines.clear(RESEND_DEADLINE);
    if (session.state === OPEN) {
      session.state = SUSPENDED;
      if (this.change !== UP) this.change = this.change === RESUMED ? NOTHING : DOWN;
    }
    this.due = this.role === BOARD ? GREETING_DUE : 0;
  }

  private schedulePing(now: number): void {
    const isUrgent = !this.session.isConfirmed || this.sending.needsCredit;
    if (this.role === HOST && !isUrgent) return;
    this.deadlines.set(PING_DEADLINE, (now + (isUrgent ? URGENT_PING_MS : PING_MS)) | 0);
  }

  /** A sender without credit asks for it: the frame that gave it may have been lost. */
  private hurryPing(now: number): void {
    const isSoon = this.deadlines.isSet(PING_DEADLINE) && this.role === HOST;
    if (!isSoon) this.deadlines.set(PING_DEADLINE, (now + URGENT_PING_MS) | 0);
  }

  private scheduleResend(now: number): void {
    if (!this.sending.isWaiting) this.deadlines.clear(RESEND_DEADLINE);
    else this.deadlines.set(RESEND_DEADLINE, (now + this.sending.roundTrip.timeoutMs) | 0);
  }

  /** Makes what is most urgent, if anything may go out. */
  private compose(now: number): void {
    this.outOffset = 0;
    this.outEnd = 0;
    if ((this.due & GREETING_DUE) !== 0) this.composeGreeting(now);
    else if (this.session.state === OPEN) this.composeFrame(now);
  }

  private composeGreeting(now: number): void {
    this.due &= ~GREETING_DUE;
    if (this.role === BOARD) this.deadlines.set(HELLO_DEADLINE, (now + this.session.greet()) | 0);
    this.outEnd = encodeGreeting(this.session.own, this.out, 0);
  }

  private composeFrame(now: number): void {
    const frame = this.frame;
    const start = ((now - this.lastSent) | 0) >= IDLE_MS ? 1 : 0;
    this.out[0] = DELIMITER;
    let length = 0;
    if ((this.due & REJECT_DUE) === 0 && this.sending.isReady) {
      length = this.sending.take(frame, this.out, start);
      this.isDataOut = true;
    } else if (this.due !== 0) {
      frame.type = this.chooseType();
      frame.sequence = this.sending.current;
    } else return;
    frame.acknowledgement = this.receiving.expected;
    frame.limit = this.receiving.grant();
    this.due &= ~ACKNOWLEDGE_DUE; // every frame acknowledges
    this.deadlines.clear(ACKNOWLEDGE_DEADLINE);
    this.statistics.framesSent++;
    this.outEnd = encodeFrame(frame, this.out, start, length, this.session.sendKey);
  }

  private chooseType(): number {
    if ((this.due & REJECT_DUE) !== 0) {
      this.due &= ~REJECT_DUE;
      this.statistics.rejectsSent++;
      return REJECT_FRAME;
    }
    if ((this.due & PING_DUE) !== 0) {
      this.due &= ~PING_DUE;
      return PING_FRAME;
    }
    return ACKNOWLEDGE_FRAME;
  }
}
