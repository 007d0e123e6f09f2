import { crc32 } from "../../firmware/crc.js";
import { guardOf, isFrameType, readUint32, widen } from "../../firmware/link/frame.js";
import { decodeGreeting, Greeting, isGreetingKind, WELCOME } from "../../firmware/link/hello.js";

/** Something that went over the wire in one direction. */
export type Item =
  | { readonly kind: "frame"; readonly bytes: Buffer; readonly isVerified: boolean }
  | { readonly kind: "greeting"; readonly bytes: Buffer; readonly greeting: Greeting }
  /** Text, garbage and what is left of damaged frames. */
  | { readonly kind: "other"; readonly bytes: Buffer };

/** The session that both directions learn from the WELCOME; null while none was seen. */
export interface SeenSession {
  key: number | null;
}

const [EXCLAMATION, HEADER_BYTES, OVERHEAD] = [0x21, 4, 11];
/** A greeting is never longer. */
const LONGEST_GREETING = 512;

/** Cuts one direction of a tapped wire; it takes no part and so keeps no promise. */
export class Cutter {
  private readonly session: SeenSession;
  private readonly direction: "up" | "down";
  private kept: Buffer = Buffer.alloc(0);
  private sequence = 0;
  private acknowledgement = 0;

  constructor(direction: "up" | "down", session: SeenSession) {
    this.direction = direction;
    this.session = session;
  }

  /** Takes bytes and returns what is whole by now. */
  feed(bytes: Uint8Array): Item[] {
    this.kept = Buffer.concat([this.kept, bytes]);
    const items: Item[] = [];
    for (let item = this.next(false); item !== null; item = this.next(false)) items.push(item);
    return items;
  }

  /** Returns what is left, after a pause or at the end. */
  flush(): Item[] {
    const items: Item[] = [];
    for (let item = this.next(true); item !== null; item = this.next(true)) items.push(item);
    return items;
  }

  private next(isEnd: boolean): Item | null {
    while (this.kept.length > 0) {
      if (this.kept[0] !== 0) return this.takeOther(isEnd);
      const length = this.markedLength();
      if (length === "unknown" || (typeof length === "number" && length > this.kept.length)) {
        if (!isEnd) return null;
      } else if (length !== "none") {
        const item = this.read(this.kept.subarray(0, length));
        if (item !== null) {
          this.kept = this.kept.subarray(length);
          return item;
        }
      }
      this.kept = this.kept.subarray(1);
    }
    return null;
  }

  private takeOther(isEnd: boolean): Item | null {
    const mark = this.kept.indexOf(0);
    const newline = this.kept.indexOf(0x0a);
    const isLine = newline >= 0 && (mark < 0 || newline < mark);
    if (!isLine && mark < 0 && !isEnd) return null;
    const length = isLine ? newline + 1 : mark < 0 ? this.kept.length : mark;
    const bytes = this.kept.subarray(0, length);
    this.kept = this.kept.subarray(length);
    return { kind: "other", bytes };
  }

  /** Of the frame or greeting that a mark begins. */
  private markedLength(): number | "none" | "unknown" {
    const [, second = -1, third = -1, fourth = -1] = this.kept;
    if (this.kept.length < HEADER_BYTES) return second === 0 ? "none" : "unknown";
    if (isFrameType(second)) return fourth === guardOf(second, third) ? third + OVERHEAD : "none";
    if (second !== EXCLAMATION || !isGreetingKind(third)) return "none";
    const end = this.kept.indexOf(0, 1);
    if (end > 0) return end;
    return this.kept.length < LONGEST_GREETING ? "unknown" : "none";
  }

  private read(bytes: Buffer): Item | null {
    return bytes[1] === EXCLAMATION ? this.readGreeting(bytes) : this.readFrame(bytes);
  }

  private readGreeting(bytes: Buffer): Item | null {
    const greeting = new Greeting();
    if (decodeGreeting(Uint8Array.from(bytes), 0, bytes.length, greeting) !== 0) return null;
    if (greeting.kind === WELCOME) {
      const session = Buffer.alloc(8);
      session.writeInt32BE(greeting.epoch, 0);
      session.writeInt32BE(greeting.nonce, 4);
      this.session.key = crc32(session, 0, 8) & ~1;
    }
    this.sequence = 0;
    this.acknowledgement = 0;
    return { kind: "greeting", bytes, greeting };
  }

  private readFrame(bytes: Buffer): Item | null {
    const { key } = this.session;
    if (key === null) return { kind: "frame", bytes, isVerified: false };
    const end = bytes.length - 4;
    const difference = crc32(bytes, 1, end - 1) ^ readUint32(bytes, end);
    const own = this.direction === "up" ? key : key | 1;
    const sequence = widen(bytes[4] ?? 0, this.sequence);
    const acknowledgement = widen(bytes[5] ?? 0, this.acknowledgement);
    const upper = ((sequence >>> 8) << 16) ^ (((acknowledgement >>> 8) & 0x7fff) << 1);
    if (difference !== (own ^ upper)) return null;
    this.sequence = sequence;
    this.acknowledgement = acknowledgement;
    return { kind: "frame", bytes, isVerified: true };
  }
}
