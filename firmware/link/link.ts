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
import { DATA, DOWN, NOTHING, RESUMED, TEXT, UP } from "./event.js";
import {
  DATA_FRAME,
  decodeFrame,
  FIRST_FLAG,
  FRAME_CONTENT,
  Frame,
  LAST_FLAG,
  PAYLOAD,
  PING_FRAME,
  REJECT_FRAME,
} from "./frame.js";
import { FRAME_RUN, FrameDecoder, HANDSHAKE_RUN, NO_RUN, TEXT_RUN } from "./frame-decoder.js";
import { Heartbeat } from "./heartbeat.js";
import { decodeGreeting, MAXIMUM_HELLO, MAXIMUM_WELCOME } from "./hello.js";
import { BOARD, HOST, type LinkOptions, optionsFault } from "./options.js";
import { ACKNOWLEDGE_NOW, DELIVER, REJECT_NOW, ReceiveWindow } from "./receive-window.js";
import { SendWindow } from "./send-window.js";
import { CLOSED, LinkSession, OPEN, SUSPENDED } from "./session.js";
import { LinkStatistics } from "./statistics.js";
import {
  ACKNOWLEDGE_DUTY,
  GREETING_DUTY,
  PING_DUTY,
  REJECT_DUTY,
  Transmitter,
} from "./transmitter.js";

export { CONSOLE, CONTROL, FILES, MQTT, URGENT } from "./channel.js";
export { DATA, DOWN, NOTHING, RESUMED, TEXT, UP } from "./event.js";
export type { LinkOptions } from "./options.js";
export { BOARD, HOST } from "./options.js";
export { LinkStatistics } from "./statistics.js";

const ACKNOWLEDGE_DELAY_MS = 5;
/** A run that looks like text is shown after this pause. */
const TEXT_PAUSE_MS = 100;
/** A run that looks like a frame is given up after this pause. */
const FRAME_PAUSE_MS = 1000;

/**
 * One end of a serial line that loses, doubles, reorders and alters nothing while its session lives.
 *
 * It has no port, clock or source of chance: those are arguments. `now` is a 32-bit millisecond counter that may wrap.
 * Nothing is allocated after construction, and each call does bounded work.
 * @see link.md
 */
export class Link {
  readonly statistics = new LinkStatistics();
  /** Of the DATA event. */
  channel = 0;
  /** The DATA event begins a packet. */
  first = false;
  /** The DATA event ends a packet. */
  last = false;
  /** Own; holds the bytes of a DATA or TEXT event until the next `handleBytes`. */
  readonly bytes: Uint8Array;
  offset = 0;
  length = 0;
  /** Own; holds what `pollTransmit` told until it is taken. */
  readonly out: Uint8Array;
  /** The board's name: `identityLength` bytes. On the host, of the last HELLO. */
  readonly identity: Uint8Array;

  private readonly role: number;
  private readonly maximumPayload: number;
  private readonly deadlines = new Deadlines(DEADLINE_KINDS);
  private readonly session: LinkSession;
  private readonly decoder: FrameDecoder;
  private readonly sending: SendWindow;
  private readonly receiving: ReceiveWindow;
  private readonly transmitter: Transmitter;
  private readonly heartbeat: Heartbeat;
  private readonly frame = new Frame();
  /** DATA or TEXT that waits for pollEvent, else NOTHING. */
  private content = NOTHING;
  private toldUp = false;

  /** @throws RangeError when an option is out of its range */
  constructor(options: LinkOptions) {
    const fault = optionsFault(options);
    if (fault !== "") throw new RangeError(`link: ${fault}`);
    const role = options.role;
    const maximumPayload = options.maximumPayload;
    const window = options.window;
    this.role = role;
    this.maximumPayload = maximumPayload;
    const statistics = this.statistics;
    const handshake = role === BOARD ? MAXIMUM_WELCOME : MAXIMUM_HELLO;
    const frame = FRAME_CONTENT + maximumPayload;
    this.decoder = new FrameDecoder(Math.max(frame, handshake), statistics);
    this.bytes = this.decoder.bytes;
    this.session = new LinkSession(options, statistics);
    this.identity = (role === BOARD ? this.session.own : this.session.peer).identity;
    this.sending = new SendWindow(window, maximumPayload, statistics);
    this.receiving = new ReceiveWindow(window, statistics);
    this.heartbeat = new Heartbeat(role, this.session, this.sending, this.deadlines);
    this.transmitter = new Transmitter(
      this.session,
      this.sending,
      this.receiving,
      this.deadlines,
      statistics,
    );
    this.out = this.transmitter.out;
    if (role === BOARD) this.transmitter.owe(GREETING_DUTY);
  }

  get isUp(): boolean {
    return this.session.state === OPEN;
  }

  get identityLength(): number {
    return (this.role === BOARD ? this.session.own : this.session.peer).identityLength;
  }

  /** Where in `out` the bytes of `pollTransmit` begin. */
  get outOffset(): number {
    return this.transmitter.outOffset;
  }

  /**
   * Takes bytes from the port.
   *
   * @returns how many; fewer than `length` when an event waits: poll the events, then come again with the rest
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number {
    let consumed = 0;
    while (consumed < length && !this.hasEvent) {
      consumed += this.decoder.feed(bytes, offset + consumed, length - consumed);
      if (this.decoder.found !== NO_RUN) this.handleRun(now);
    }
    if (consumed === 0) return 0;
    if (!this.decoder.isPartial) this.deadlines.clear(RUN_DEADLINE);
    else {
      const pause = this.decoder.isFrameLike ? FRAME_PAUSE_MS : TEXT_PAUSE_MS;
      this.deadlines.set(RUN_DEADLINE, now + pause);
    }
    return consumed;
  }

  /** Does what has become due. Calls before the time of `pollTimeout` do nothing. */
  handleTimeout(now: number): void {
    const deadlines = this.deadlines;
    const transmitter = this.transmitter;
    if (deadlines.take(SILENCE_DEADLINE, now)) this.disconnect(now);
    if (deadlines.take(ACKNOWLEDGE_DEADLINE, now)) transmitter.owe(ACKNOWLEDGE_DUTY);
    if (deadlines.take(HELLO_DEADLINE, now)) transmitter.owe(GREETING_DUTY);
    if (deadlines.take(RESEND_DEADLINE, now)) transmitter.handleOverdue(now);
    if (deadlines.take(PING_DEADLINE, now)) {
      transmitter.owe(PING_DUTY);
      this.heartbeat.schedule(now);
    }
    // While an event waits, its bytes are still borrowed.
    if (this.content === NOTHING && deadlines.take(RUN_DEADLINE, now)) {
      this.decoder.flush();
      if (this.decoder.found !== NO_RUN) this.handleRun(now);
    }
  }

  /**
   * Writes the next frame when there is one. Its result may change after any other call but `pollEvent`.
   *
   * @returns how many bytes wait at `out[outOffset]`
   */
  pollTransmit(now: number): number {
    return this.transmitter.poll(now);
  }

  /** The port has taken `length` bytes of those that `pollTransmit` told; no other call may come in between. */
  transmitted(length: number, now: number): void {
    this.transmitter.handleTaken(length, now);
  }

  /** @returns milliseconds until `handleTimeout` is due; NEVER when nothing is. May change after any other call. */
  pollTimeout(now: number): number {
    return this.deadlines.untilNext(now);
  }

  /** Tells what happened, in order. Call it until NOTHING: until then `handleBytes` takes no more. */
  pollEvent(): number {
    const session = this.session;
    if (this.toldUp && (!this.isUp || session.isNew)) {
      this.toldUp = false;
      return DOWN;
    }
    if (this.isUp && !this.toldUp) {
      this.toldUp = true;
      if (!session.isNew) return RESUMED;
      session.isNew = false;
      return UP;
    }
    const content = this.content;
    this.content = NOTHING;
    return content;
  }

  /** Tells whether `send` takes something. May become true after `handleBytes`. */
  canSend(): boolean {
    return this.isUp && this.sending.hasRoom;
  }

  /**
   * Takes bytes of a packet, as many as fit in one frame; they are delivered in order, once, while the session lives.
   *
   * @param first the bytes begin a packet
   * @param last  the bytes end a packet; not passed on when not all of them are taken
   * @returns how many were taken; 0 without a session, window or credit
   */
  send(
    channel: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
    first: boolean,
    last: boolean,
  ): number {
    if (length <= 0 || !this.isUp) return 0;
    const type = DATA_FRAME | ((channel & 7) << 2) | (first ? FIRST_FLAG : 0);
    return this.sending.put(type, last ? LAST_FLAG : 0, bytes, offset, length);
  }

  /** While false the peer gets no more credit: it stops at the end of its window. */
  setAccepting(accepting: boolean, now: number): void {
    const changed = this.receiving.setAccepting(accepting);
    if (changed && accepting && this.isUp) {
      this.deadlines.set(ACKNOWLEDGE_DEADLINE, now + ACKNOWLEDGE_DELAY_MS);
    }
  }

  /** The port is gone, or the peer is silent: half frames are dropped, the session waits for its peer. */
  disconnect(now: number): void {
    this.session.suspend();
    this.decoder.reset();
    this.deadlines.clearAll();
    this.transmitter.reset();
    if (this.role === BOARD) this.deadlines.set(HELLO_DEADLINE, now);
  }

  /** An event waits for `pollEvent`. */
  private get hasEvent(): boolean {
    if (this.content !== NOTHING || this.toldUp !== this.isUp) return true;
    return this.isUp && this.session.isNew;
  }

  private handleRun(now: number): void {
    const found = this.decoder.found;
    if (found === FRAME_RUN && this.session.state !== CLOSED) this.handleFrame(now);
    else if (found === FRAME_RUN) this.statistics.garbageBytes += this.decoder.length;
    else if (found === HANDSHAKE_RUN) this.handleGreeting(now);
    if (this.decoder.found !== TEXT_RUN) return;
    this.content = TEXT;
    this.offset = 0;
    this.length = this.decoder.length;
  }

  private handleFrame(now: number): void {
    const frame = this.frame;
    const sending = this.sending;
    const length = this.decoder.length;
    const oldest = sending.unacknowledged;
    frame.sequence = this.receiving.expected;
    frame.acknowledgement = oldest;
    const payloadLength = decodeFrame(this.bytes, length, this.session.receiveKey, frame);
    if (payloadLength < 0 || payloadLength > this.maximumPayload) {
      this.decoder.refuse();
      if (
        this.decoder.found !== TEXT_RUN &&
        this.isUp &&
        this.receiving.handleDamage() === REJECT_NOW
      ) {
        this.transmitter.owe(REJECT_DUTY);
      }
      return;
    }
    if (!sending.acknowledge(frame.acknowledgement, frame.limit, now)) {
      this.statistics.staleFrames++;
      return;
    }
    this.statistics.framesReceived++;
    this.session.isConfirmed = true;
    if (!this.isUp) this.open();
    this.heartbeat.handleSign(now);
    if (sending.unacknowledged !== oldest) this.transmitter.awaitAcknowledgement(now);
    if (frame.type >= DATA_FRAME) this.handleData(payloadLength, now);
    else this.handleControl(now);
  }

  private handleData(length: number, now: number): void {
    const frame = this.frame;
    const receiving = this.receiving;
    const transmitter = this.transmitter;
    const due = receiving.handleData(frame.sequence);
    if (due === REJECT_NOW) transmitter.owe(REJECT_DUTY);
    if (due === ACKNOWLEDGE_NOW || receiving.isDue) transmitter.owe(ACKNOWLEDGE_DUTY);
    if (due !== DELIVER) return;
    transmitter.cancel(REJECT_DUTY); // what was missing has come
    if (!this.deadlines.isSet(ACKNOWLEDGE_DEADLINE)) {
      this.deadlines.set(ACKNOWLEDGE_DEADLINE, now + ACKNOWLEDGE_DELAY_MS);
    }
    this.content = DATA;
    this.channel = (frame.type >> 2) & 7;
    this.first = (frame.type & FIRST_FLAG) !== 0;
    this.last = (frame.type & LAST_FLAG) !== 0;
    this.offset = PAYLOAD;
    this.length = length;
  }

  private handleControl(now: number): void {
    const frame = this.frame;
    const transmitter = this.transmitter;
    if (this.receiving.handleNumber(frame.sequence) === REJECT_NOW) transmitter.owe(REJECT_DUTY);
    if (frame.type === PING_FRAME) transmitter.owe(ACKNOWLEDGE_DUTY);
    if (frame.type === REJECT_FRAME) {
      this.statistics.rejectsReceived++;
      if (this.sending.handleReject(now)) this.deadlines.clear(RESEND_DEADLINE);
    }
  }

  private handleGreeting(now: number): void {
    const decoder = this.decoder;
    const session = this.session;
    // An end may hear its own greeting from a port that echoes.
    if (decoder.bytes[1] === session.own.kind) return;
    const result = decodeGreeting(decoder.bytes, decoder.length, session.peer);
    if (result === MALFORMED) decoder.refuse();
    else if (result !== 0) this.statistics.hellosRefused++;
    else if (this.role === HOST) {
      if (session.offer()) this.restart();
      this.transmitter.owe(GREETING_DUTY);
    } else if (session.isWelcome) {
      if (session.accept()) this.restart();
      this.open();
      this.transmitter.owe(PING_DUTY);
      this.heartbeat.handleSign(now);
    }
  }

  /** A new session replaces what there was. */
  private restart(): void {
    const peer = this.session.peer;
    this.deadlines.clearAll();
    this.transmitter.reset();
    this.sending.restart(peer.maximumPayload, peer.window);
    this.receiving.restart();
  }

  private open(): void {
    if (this.session.state === SUSPENDED) this.statistics.resumes++;
    this.session.state = OPEN;
    this.sending.goBack();
    this.transmitter.cancel(GREETING_DUTY);
    this.deadlines.clear(HELLO_DEADLINE);
  }
}
