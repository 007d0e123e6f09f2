interface Mark {
  /** Bytes since the connection began, up to and with those of the packet. */
  readonly end: number;
  readonly reached: () => void;
}

/** Bytes on their way to a client, and what is to happen when the last byte of a packet reaches it. */
export class Output {
  private chunks: Uint8Array[] = [];
  private pushed = 0;
  private taken = 0;
  private delivered = 0;
  private readonly marks: Mark[] = [];

  push(bytes: Uint8Array, reached?: () => void): void {
    this.chunks.push(bytes);
    this.pushed += bytes.length;
    if (reached !== undefined) this.marks.push({ end: this.pushed, reached });
  }

  get waiting(): number {
    return this.pushed - this.taken;
  }

  take(): Buffer {
    const bytes = Buffer.concat(this.chunks);
    this.chunks = [];
    this.taken = this.pushed;
    return bytes;
  }

  /** The client has `count` bytes more. */
  deliver(count: number): void {
    this.delivered += count;
    if (this.delivered > this.taken) throw new RangeError("delivered more than was taken");
    while (this.marks.length > 0 && this.marks[0].end <= this.delivered) {
      this.marks.shift()?.reached();
    }
  }

  /** Bytes that were taken and have not reached the client. */
  get underWay(): number {
    return this.taken - this.delivered;
  }
}
