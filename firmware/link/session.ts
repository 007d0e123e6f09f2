import { copyBytes } from "../bytes.js";
import { crc32 } from "./crc.js";
import { writeUint32 } from "./frame.js";
import { Greeting, HELLO, isIdentity, WELCOME } from "./hello.js";
import type { LinkStatistics } from "./statistics.js";

/** The end that greets: a microcontroller. */
export const BOARD = 0;
/** The end that answers: a gateway. It never speaks first. */
export const HOST = 1;

/** There is no session. */
export const CLOSED = 0;
/** The host offered a session and has not heard the board use it. */
export const OFFERED = 1;
/** Frames flow. */
export const OPEN = 2;
/** There is a session, but the peer is silent or the port is gone. */
export const SUSPENDED = 3;

/** What a greeting has brought about. */
export const IGNORED = 0;
/** The session that both ends hold goes on. */
export const CONTINUED = 1;
/** Another session: everything of the old one is void. */
export const RENEWED = 2;

const QUICK_HELLOS = 8;
const QUICK_HELLO_MS = 250;
const SLOW_HELLO_MS = 1000;

/** Which session is in use, how it began, and who the peer is. */
export class Session {
  state = CLOSED;
  /** What frames of this end mix into their check; never sent. */
  sendKey = 0;
  /** The same of the peer's frames. It differs, so that an end does not take its own echo for the peer. */
  receiveKey = 0;
  /** A valid frame was heard in this session. */
  isConfirmed = false;
  /** What this end says of itself. */
  readonly own = new Greeting();
  /** What the peer said last; on the host the identity is in it. */
  readonly peer = new Greeting();

  private readonly role: number;
  private readonly random: () => number;
  private readonly statistics: LinkStatistics;
  /** HELLOs since the peer was last heard. */
  private hellos = 0;
  private readonly scratch = new Uint8Array(8);

  /** Throws when a board's identity is not 1 to 64 printable characters without space. */
  constructor(
    role: number,
    identity: Uint8Array,
    random: () => number,
    statistics: LinkStatistics,
  ) {
    if (role === BOARD && !isIdentity(identity, 0, identity.length)) {
      throw new Error("identity: 1 to 64 printable ASCII characters without space");
    }
    this.role = role;
    this.random = random;
    this.statistics = statistics;
    this.own.kind = role === BOARD ? HELLO : WELCOME;
    if (role !== BOARD) return;
    copyBytes(identity, 0, identity.length, this.own.identity, 0);
    this.own.identityLength = identity.length;
  }

  /** Counts a HELLO that goes out. @returns how long to wait for its WELCOME, in milliseconds */
  greet(): number {
    this.own.attempt = (this.own.attempt + 1) & 0xff;
    this.hellos++;
    return this.hellos < QUICK_HELLOS ? QUICK_HELLO_MS : SLOW_HELLO_MS;
  }

  /** Takes the greeting in `peer`. @returns IGNORED, CONTINUED or RENEWED */
  handleGreeting(): number {
    if (this.peer.kind === this.own.kind) return IGNORED; // an echo of our own
    return this.role === BOARD ? this.handleWelcome() : this.handleHello();
  }

  private handleWelcome(): number {
    const own = this.own;
    const peer = this.peer;
    const isOurs = peer.epoch === own.epoch && peer.attempt === own.attempt && peer.nonce !== 0;
    if (!isOurs || this.state === OPEN) return IGNORED;
    this.hellos = 0;
    const isContinued = peer.nonce === own.nonce;
    this.state = OPEN;
    if (isContinued) return CONTINUED;
    own.nonce = peer.nonce;
    this.renew(own.epoch, own.nonce);
    return RENEWED;
  }

  private handleHello(): number {
    const own = this.own;
    const peer = this.peer;
    own.attempt = peer.attempt;
    const isHeld = own.nonce !== 0 && own.epoch === peer.epoch && own.nonce === peer.nonce;
    if (isHeld && this.state !== OFFERED) {
      this.state = OPEN;
      return CONTINUED;
    }
    own.epoch = peer.epoch;
    own.nonce = this.drawNonce(own.nonce);
    this.renew(own.epoch, own.nonce);
    this.state = OFFERED;
    return RENEWED;
  }

  /** A nonce that is neither 0, which means none, nor the one before. */
  private drawNonce(previous: number): number {
    const nonce = this.random() | 0;
    return nonce === 0 || nonce === previous ? (previous ^ 0x5bd1e995) | 1 : nonce;
  }

  private renew(epoch: number, nonce: number): void {
    writeUint32(this.scratch, 0, epoch);
    writeUint32(this.scratch, 4, nonce);
    const key = crc32(this.scratch, 0, 8);
    this.sendKey = this.role === BOARD ? key : ~key;
    this.receiveKey = ~this.sendKey;
    this.isConfirmed = false;
    this.statistics.sessions++;
  }
}
