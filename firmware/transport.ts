/**
 * A byte stream to a broker, as the client needs it: TCP, TLS, or a channel of the serial link.
 */
export interface Transport {
  /** Begins to connect. `TransportHandler.handleOpen` or `handleClose` follows, never before it returns. */
  open(): void;

  /**
   * Takes bytes to send.
   *
   * @param bytes  borrowed during the call
   * @param offset first byte
   * @param length bytes offered: the rest of one MQTT packet, or of a part of it
   * @param isMore whether further bytes of the same packet follow in later calls
   * @returns how many were taken, 0 to `length`; when fewer, `handleWritable` follows
   */
  write(bytes: Uint8Array, offset: number, length: number, isMore: boolean): number;

  /** See PairTransport. */
  writePair?(head: Uint8Array, payload: Uint8Array, size: number): boolean;

  /**
   * Bytes of a packet that is not here whole that the transport keeps, and offers again when more came;
   * the client then gathers larger ones only. None when absent.
   */
  readonly keptBytes?: number;

  /** The storage of all bytes that the transport offers, from its buffer's beginning, if it is always the same. */
  readonly received?: Uint8Array;

  /** Ends the connection at once; `handleClose` does not follow. Idle transports ignore it. */
  close(): void;

  /** The client takes bytes again: what it has not taken is to be offered, now or soon. */
  resume(): void;
}

/** A transport to which two arrays as one packet are cheaper than a copy of both into one place. */
export interface PairTransport extends Transport {
  /**
   * Takes two whole arrays as one packet, or neither of them.
   *
   * @param size bytes of both, 1 to 127
   */
  writePair(head: Uint8Array, payload: Uint8Array, size: number): boolean;
}

/** What a transport tells. The client implements it; a transport is given it once, at start. */
export interface TransportHandler {
  /** The stream is open: bytes flow from now on. `now` is a 32-bit millisecond counter that may wrap. */
  handleOpen(now: number): void;
  /**
   * Bytes came; they are borrowed during the call.
   *
   * @returns how many were taken; the rest must be offered again, after `handleWritable` or `resume`
   */
  handleBytes(bytes: Uint8Array, offset: number, length: number, now: number): number;
  /** A write that took less than offered may be tried again. */
  handleWritable(now: number): void;
  /** The stream ended or could not be opened. */
  handleClose(now: number): void;
}
