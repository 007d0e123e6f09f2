/** What a client owes the broker, on one connection. */
export type DueKind = "puback" | "pubrec" | "pubrel" | "pubcomp" | "publish" | "auth";

const ANSWERS: readonly DueKind[] = ["puback", "pubrec", "pubcomp"];

export interface Due {
  readonly kind: DueKind;
  readonly id: number;
  /** When the client learned of it, in the broker's milliseconds; undefined: it has not yet. */
  since: number | undefined;
}

/** "early": it was owed, but others of its kind were owed before; "allowed": it need not have come. */
export type Answer = "in order" | "early" | "allowed" | "unasked";

export class Expected {
  private dues: Due[] = [];
  private readonly allowed: { readonly kind: DueKind; readonly id: number }[] = [];

  /** The client will owe this, once `since` is set. */
  expect(kind: DueKind, id: number): Due {
    const due: Due = { kind, id, since: undefined };
    this.dues.push(due);
    return due;
  }

  /** The client may say this once more than it owes. */
  allow(kind: DueKind, id: number): void {
    this.allowed.push({ kind, id });
  }

  /** Whether the client owes PUBACK, PUBREC or PUBCOMP of this identifier. */
  owesAnswer(id: number): boolean {
    return this.dues.some(
      (due) => due.id === id && due.since !== undefined && ANSWERS.includes(due.kind),
    );
  }

  has(kind: DueKind): boolean {
    return this.dues.some((due) => due.kind === kind);
  }

  answer(kind: DueKind, id: number): Answer {
    const same = this.dues.filter((due) => due.kind === kind);
    const due = same.find((one) => one.id === id);
    if (due?.since === undefined) return this.takeAllowed(kind, id) ? "allowed" : "unasked";
    this.drop(due);
    return due === same[0] ? "in order" : "early";
  }

  /** The client does not know of it any more, or of any of this kind. */
  forget(kind: DueKind, id?: number): void {
    this.dues = this.dues.filter((due) => due.kind !== kind || due.id !== (id ?? due.id));
  }

  private takeAllowed(kind: DueKind, id: number): boolean {
    const index = this.allowed.findIndex((one) => one.kind === kind && one.id === id);
    if (index >= 0) this.allowed.splice(index, 1);
    return index >= 0;
  }

  private drop(due: Due): void {
    this.dues = this.dues.filter((one) => one !== due);
  }

  /** Removes and returns what has been owed for `limit` milliseconds. */
  takeOverdue(at: number, limit: number): Due[] {
    const overdue = this.dues.filter(({ since }) => since !== undefined && at - since >= limit);
    for (const due of overdue) this.drop(due);
    return overdue;
  }

  /** What is owed of one kind begins to count anew. */
  restart(kind: DueKind, at: number): void {
    for (const due of this.dues) if (due.kind === kind && due.since !== undefined) due.since = at;
  }

  /** When the next is overdue, in the broker's milliseconds. */
  nextOverdue(limit: number): number {
    return this.dues.reduce(
      (next, { since }) => (since === undefined ? next : Math.min(next, since + limit)),
      Number.POSITIVE_INFINITY,
    );
  }
}
