import type { RuleName } from "./rules.js";

const TEXT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the fields of one packet in order and remembers the first rule that they break. After that it
 * moves no more, so loops end on `isDone`.
 */
export class FieldReader {
  fault: RuleName | undefined;
  private at: number;
  private readonly bytes: Uint8Array;
  private readonly end: number;

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get isDone(): boolean {
    return this.fault !== undefined || this.at >= this.end;
  }

  fail(rule: RuleName): void {
    this.fault ??= rule;
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  uint16(): number {
    return this.byte() * 0x100 + this.byte();
  }

  uint32(): number {
    return this.uint16() * 0x10000 + this.uint16();
  }

  /** A variable byte integer. */
  integer(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 0x80 ** i;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) this.fail("integerTooLong");
        return value;
      }
    }
    this.fail("integerTooLarge");
    return 0;
  }

  binary(): Uint8Array {
    return this.take(this.uint16());
  }

  /** @param ifIllFormed what it is when its bytes are not UTF-8 */
  text(ifIllFormed: RuleName = "illFormedText"): string {
    const bytes = this.binary();
    if (!isText(bytes)) {
      this.fail(ifIllFormed);
      return "";
    }
    const text = TEXT.decode(bytes);
    if (text.includes("\0")) this.fail("nulInText");
    return text;
  }

  /** The next `length` bytes as a reader of their own. */
  part(length: number): FieldReader {
    const bytes = this.take(length);
    return new FieldReader(bytes, 0, bytes.length);
  }

  rest(): Uint8Array {
    return this.take(this.end - this.at);
  }

  private take(length: number): Uint8Array {
    if (this.fault !== undefined) return new Uint8Array(0);
    if (this.at + length > this.end) {
      this.fail("truncated");
      return new Uint8Array(0);
    }
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

/** Whether bytes are well-formed UTF-8. */
export function isText(bytes: Uint8Array): boolean {
  try {
    TEXT.decode(bytes);
    return true;
  } catch {
    return false;
  }
}
