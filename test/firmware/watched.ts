import assert from "node:assert/strict";

/** What stands before and behind: bytes that would go on with a number, a text or a bracket. */
const AROUND = [0x30, 0x22, 0x7d, 0x5d, 0x2c, 0x5c, 0x2f, 0xff];

/** A payload in the midst of other bytes. A read outside of it, or far too many within, is an error. */
export class Watched {
  readonly bytes: Uint8Array;
  readonly offset = AROUND.length;
  readonly length: number;
  private reads = 0;

  /** @param payload of text, UTF-8 is made */
  constructor(payload: string | Uint8Array, readsPerByte = 16) {
    const inside = Buffer.from(payload as Uint8Array);
    this.length = inside.length;
    const whole = Uint8Array.from([...AROUND, ...inside, ...AROUND]);
    const most = readsPerByte * (inside.length + 8);
    this.bytes = new Proxy(whole, {
      get: (target, key) => {
        if (typeof key === "string" && /^-?\d/.test(key)) {
          const at = Number(key) - this.offset;
          assert.ok(at >= 0 && at < this.length, `read at ${at} of ${this.length}`);
          assert.ok(++this.reads <= most, `read ${most} bytes of ${this.length}`);
        }
        return Reflect.get(target, key, target);
      },
    });
  }
}
