/** What tells nothing of what may still happen: counts, and what is read only after it was written anew. */
const IGNORED = /^(statistics|bytes|words|scratch|identity|firmware|smoothed8|variation4|ends)$/;
const IGNORED_FIELD =
  /^(written|provenBytes|pingEnd|outOffset|outEnd|offset|length|channel|first|last|losses)$/;
/** Moments count from now, and turns from the latest. */
const MOMENT = /(At|^nearest)$/;
const TURN = /^(turn|heardTurn|pingTurn)$/;

/** The fields and arrays of one end: they are set back to look at another order of events. */
export class Memory {
  private readonly slots: {
    readonly owner: Record<string, unknown>;
    readonly key: string;
    readonly isIgnored: boolean;
  }[] = [];
  private readonly arrays: (Uint8Array | Int32Array)[] = [];
  private readonly names: string[] = [];

  constructor(root: object) {
    this.visit(root, false, new Set());
  }

  private visit(owner: object, isIgnored: boolean, seen: Set<object>): void {
    if (seen.has(owner)) return;
    seen.add(owner);
    const record = owner as Record<string, unknown>;
    for (const key of Object.keys(record)) {
      const value = record[key];
      const isName = isIgnored || IGNORED.test(key);
      if (value instanceof Uint8Array || value instanceof Int32Array) {
        if (!seen.has(value)) this.add(value, isIgnored ? "bytes" : key);
        seen.add(value);
      } else if (typeof value === "object" && value !== null) this.visit(value, isName, seen);
      else if (typeof value !== "function") {
        this.slots.push({ owner: record, key, isIgnored: isName || IGNORED_FIELD.test(key) });
      }
    }
  }

  private add(array: Uint8Array | Int32Array, name: string): void {
    this.arrays.push(array);
    this.names.push(name);
  }

  /** A saved state, the same for states that differ only in when they are. */
  describe(values: readonly unknown[], now: number): string {
    const numberOf = (name: string) =>
      Number(values[this.slots.findIndex(({ key }) => key === name)]);
    const turn = numberOf("turn");
    const armed = numberOf("armed");
    const parts: unknown[] = [];
    this.slots.forEach(({ key, isIgnored }, i) => {
      if (isIgnored) return;
      const value = values[i];
      if (MOMENT.test(key)) parts.push(Math.max(Number(value) - now, -2000));
      else parts.push(TURN.test(key) ? Number(value) - turn : value);
    });
    this.names.forEach((name, i) => {
      if (IGNORED.test(name)) return;
      const array = Array.from(values[this.slots.length + i] as Uint8Array);
      if (name === "times") {
        parts.push(...array.map((time, kind) => ((armed >> kind) & 1 ? time - now : "")));
      } else if (name === "turns") parts.push(...array.map((one) => Math.max(one - turn, -9)));
      else parts.push(...array);
    });
    return parts.join();
  }

  save(): unknown[] {
    const values: unknown[] = this.slots.map(({ owner, key }) => owner[key]);
    for (const array of this.arrays) values.push(array.slice());
    return values;
  }

  restore(values: readonly unknown[]): void {
    this.slots.forEach(({ owner, key }, i) => {
      owner[key] = values[i];
    });
    this.arrays.forEach((array, i) => {
      array.set(values[this.slots.length + i] as Uint8Array);
    });
  }
}
