import { copyBytes } from "../bytes.js";
import { crc32 } from "../crc.js";
import { writeUint32 } from "./frame.js";
import { Greeting, HELLO, WELCOME } from "./hello.js";
import { BOARD, type LinkOptions, UNLIMITED_BUFFER } from "./options.js";
import type { LinkStatistics } from "./statistics.js";

/** There is no session. */
export const CLOSED = 0;
/** The host offered a session and has not heard the board use it. */
const OFFERED = 1;
/** Frames flow. */
export const OPEN = 2;
/** There is a session, but the peer is silent or the port is gone. */
export const SUSPENDED = 3;

const QUICK_HELLOS = 8;
const QUICK_HELLO_MS = 250;
const SLOW_HELLO_MS = 1000;

/** Which session is in use, how it began, and who the peer is. */
export class LinkSession {
  state = CLOSED;
  /** Frames of this end carry it in their check; never sent. */
  sendKey = 0;
  receiveKey = 0;
  /** Nobody was told of this session yet. */
  isNew = false;
  /** A valid frame was heard in this session. */
  isConfirmed = false;
  /** What this end says of itself, and on the host the identity that the board gave. */
  readonly own = new Greeting();
  /** What the peer said last. */
  readonly peer = new Greeting();
  private readonly role: number;
  private readonly random: () => number;
  private readonly statistics: LinkStatistics;
  /** HELLOs since the peer was last heard. */
  private hellos = 0;
  private readonly scratch = new Uint8Array(8);

  constructor(options: LinkOptions, statistics: LinkStatistics) {
    const role = options.role;
    const identity = options.identity;
    const own = this.own;
    this.role = role;
    this.random = options.random;
    this.statistics = statistics;
    own.kind = role === BOARD ? HELLO : WELCOME;
    own.epoch = options.epoch | 0;
    own.maximumPayload = options.maximumPayload;
    own.window = options.window;
    own.buffer = options.buffer ?? UNLIMITED_BUFFER;
    own.speedLimit = ((options.speedLimit ?? 0) / 100) | 0;
    if (role === BOARD) {
      own.identityLength = identity.length;
      copyBytes(identity, 0, identity.length, own.identity, 0);
      own.resetCause = options.resetCause ?? 0;
      const firmware = options.firmware;
      own.firmwareLength = firmware?.length ?? 0;
      if (firmware !== undefined) copyBytes(firmware, 0, firmware.length, own.firmware, 0);
    }
  }

  /** Board: prepares the next HELLO. @returns milliseconds after which to greet again */
  greet(): number {
    this.own.attempt = (this.own.attempt + 1) & 255;
    if (this.hellos < QUICK_HELLOS) {
      this.hellos++;
      return QUICK_HELLO_MS;
    }
    return SLOW_HELLO_MS;
  }

  /**
   * Host: prepares the WELCOME to the HELLO in `peer`. Unless the board still holds this session, a new one is
   * offered, with a nonce never used for this board, so that not even a board without entropy can repeat one.
   *
   * @returns true when the session is new
   */
  offer(): boolean {
    const own = this.own;
    const peer = this.peer;
    own.attempt = peer.attempt;
    const isHeld = this.state !== CLOSED && own.epoch === peer.epoch && own.nonce === peer.nonce;
    if (isHeld) return false;
    let nonce = this.random() | 0;
    while (nonce === 0 || nonce === own.nonce || nonce === peer.nonce) nonce = (nonce + 1) | 0;
    own.epoch = peer.epoch;
    this.adopt(nonce);
    this.state = OFFERED;
    return true;
  }

  /**
   * Board: judges the WELCOME in `peer`. Only the answer to the latest HELLO counts, because with each the host may have
   * drawn another nonce.
   */
  get isWelcome(): boolean {
    if (this.peer.epoch !== this.own.epoch || this.peer.attempt !== this.own.attempt) return false;
    return this.peer.nonce !== 0 && !(this.state === OPEN && this.isConfirmed);
  }

  /** Board: uses the session of the WELCOME in `peer`. @returns true when it is new */
  accept(): boolean {
    const isNew = this.peer.nonce !== this.own.nonce;
    if (isNew) {
      this.adopt(this.peer.nonce);
      this.state = OFFERED;
    }
    return isNew;
  }

  /** The peer is silent or the port is gone: the session waits. */
  suspend(): void {
    if (this.state === OPEN) this.state = SUSPENDED;
    this.isConfirmed = false;
    this.hellos = 0;
  }

  private adopt(nonce: number): void {
    this.own.nonce = nonce;
    this.isNew = true;
    this.isConfirmed = false;
    writeUint32(this.scratch, 0, this.own.epoch);
    writeUint32(this.scratch, 4, nonce);
    // The ends' keys differ in a bit that no number is mixed into: a port that echoes never makes an end hear itself.
    const key = crc32(this.scratch, 0, 8) & ~1;
    this.sendKey = this.role === BOARD ? key : key | 1;
    this.receiveKey = this.sendKey ^ 1;
    this.statistics.sessions++;
  }
}
